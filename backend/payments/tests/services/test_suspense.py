"""An operator decides about a payment held in suspense: once, with a reason, by new postings."""

from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError
from django.db import transaction as db_transaction

from common.db import call_function
from payments.models import SuspenseCase, Transaction
from payments.services import approve_proposal, propose_resolution, resolve_suspense_case
from payments.services.suspense import (
    ApprovalMissing,
    CaseAlreadyResolved,
    OwnMoney,
    ReasonMissing,
    UnfitCustomer,
)
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    RECEIPT,
    failure_body,
    make_customer,
    make_deposit,
    money,
    receive,
    success_body,
)
from risk import services as risk
from users import proposals
from users.models import Proposal, User
from wallet.models import JournalEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> User:
    """Store an operator."""
    return User.objects.create_superuser("254799999999", "a-good-password")


def resolve(user: User, operator: User, reason: str = "Customer called, SMS seen") -> None:
    """Resolve the oldest case to a customer."""
    resolve_suspense_case(
        case=SuspenseCase.objects.earliest("id"),
        user=user,
        operator=operator,
        reason=reason,
        now=NOON,
    )


def test_another_amount_goes_to_the_customer_and_completes_nothing(
    deposit: Transaction, operator: User
) -> None:
    receive(success_body(amount=300))

    resolve(deposit.user, operator)

    case = SuspenseCase.objects.get()
    deposit.refresh_from_db()
    assert (case.status, case.resolved_by, case.resolved_at) == ("RESOLVED", operator, NOON)
    assert case.resolution_note == "Customer called, SMS seen"
    assert case.resolution_entry is not None
    assert (deposit.status, deposit.mpesa_receipt_number) == ("PENDING", None)
    assert deposit.review_reason == "resolved"
    assert money(deposit.user) == (300, 0)


@pytest.mark.parametrize("is_failed", [True, False])
def test_the_requested_amount_completes_the_deposit(
    deposit: Transaction, operator: User, is_failed: bool
) -> None:
    receive(success_body("ws_CO_other"))
    if is_failed:
        Transaction.objects.update(status="FAILED")

    resolve(deposit.user, operator)

    deposit.refresh_from_db()
    assert (deposit.status, deposit.mpesa_receipt_number) == ("COMPLETED", RECEIPT)
    assert (deposit.review_reason, deposit.completed_at) == (None, NOON)
    assert deposit.credit_entry == SuspenseCase.objects.get().resolution_entry
    assert money(deposit.user) == (500, 0)


class TestAnotherCustomer:
    @pytest.fixture
    def proposer(self) -> User:
        """Store another operator."""
        return User.objects.create_superuser("254799999998", "a-good-password")

    @pytest.fixture
    def other(self, deposit: Transaction) -> User:
        """Store a verified customer, and let a payment wait that is not the deposit's own."""
        receive(success_body("ws_CO_other"))
        return make_customer(OTHER_PHONE)

    def propose(self, user: User, operator: User, reason: str = "Typed by his wife") -> Proposal:
        """Propose the oldest case for a customer."""
        return propose_resolution(
            case=SuspenseCase.objects.earliest("id"),
            user=user,
            operator=operator,
            reason=reason,
            now=NOON,
        )

    def approve(self, proposal: Proposal, operator: User, reason: str = "Called her") -> None:
        """Approve a proposal."""
        approve_proposal(proposal=proposal, operator=operator, reason=reason, now=NOON)

    def test_two_operators_give_the_payment_and_the_deposit_stays_open(
        self, deposit: Transaction, other: User, proposer: User, operator: User
    ) -> None:
        self.approve(self.propose(other, proposer), operator)

        deposit.refresh_from_db()
        proposal = Proposal.objects.get()
        assert deposit.status == "PENDING"
        assert money(deposit.user) == (0, 0)
        assert money(other) == (500, 0)
        assert (proposal.status, proposal.decided_by) == ("APPROVED", operator)
        assert (proposal.reason, proposal.decision_reason) == ("Typed by his wife", "Called her")
        assert SuspenseCase.objects.get().resolved_by == operator

    def test_one_operator_cannot_give_the_payment(self, other: User, operator: User) -> None:
        with pytest.raises(ApprovalMissing):
            resolve(other, operator)
        with pytest.raises(proposals.SameOperator):
            self.approve(self.propose(other, operator), operator)

        assert SuspenseCase.objects.get().status == "OPEN"
        assert Proposal.objects.get().status == "OPEN"
        assert money(other) == (0, 500)

    def test_the_database_refuses_an_approval_by_the_proposer(
        self, other: User, operator: User
    ) -> None:
        proposal = self.propose(other, operator)

        with pytest.raises(IntegrityError, match="users_proposal_two_operators"):
            Proposal.objects.filter(pk=proposal.pk).update(
                status="APPROVED", decided_by=operator, decided_at=NOON, decision_reason="me"
            )

    def test_an_approval_is_for_its_customer_and_its_approver_only(
        self, deposit: Transaction, other: User, proposer: User, operator: User
    ) -> None:
        third = make_customer("254733333333")
        proposal = self.propose(other, proposer)
        with db_transaction.atomic():
            proposals.approve(proposal.pk, operator=operator, reason="yes", now=NOON)

        for user, by in ((third, operator), (other, proposer)):
            with pytest.raises(ApprovalMissing):
                resolve(user, by)

        assert money(other) == money(third) == (0, 500)

    @pytest.mark.parametrize(
        ("fields", "why"),
        [
            ({"is_staff": True}, "operator"),
            ({"is_superuser": True}, "operator"),
            ({"is_active": False}, "blocked"),
            ({"kyc_status": "PENDING"}, "unverified"),
            ({"kyc_status": "REJECTED"}, "unverified"),
        ],
    )
    def test_an_unfit_customer_is_neither_proposed_nor_approved(
        self, other: User, proposer: User, operator: User, fields: dict[str, Any], why: str
    ) -> None:
        proposal = self.propose(other, proposer)
        User.objects.filter(pk=other.pk).update(**fields)

        with pytest.raises(UnfitCustomer, match=why):
            self.propose(other, proposer)
        with pytest.raises(UnfitCustomer, match=why):
            self.approve(proposal, operator)

        assert SuspenseCase.objects.get().status == "OPEN"
        assert Proposal.objects.get().status == "OPEN"
        assert money(other) == (0, 500)

    def test_a_paused_customer_does_not_get_the_payment(
        self, other: User, proposer: User, operator: User
    ) -> None:
        proposal = self.propose(other, proposer)
        risk.pause(user=other, days=1, now=NOON)

        with pytest.raises(UnfitCustomer, match="paused"):
            self.approve(proposal, operator)

        assert money(other) == (0, 500)

    def test_the_deposits_own_customer_gets_it_paused_and_switched_off(
        self, deposit: Transaction, operator: User
    ) -> None:
        """Their own money is never kept from them, as no callback keeps it."""
        receive(success_body(amount=300))
        risk.pause(user=deposit.user, days=1, now=NOON)
        User.objects.filter(pk=deposit.user_id).update(is_active=False, kyc_status="REJECTED")

        resolve(deposit.user, operator)

        assert money(deposit.user) == (300, 0)

    def test_operators_do_not_propose_themselves(self, other: User, operator: User) -> None:
        with pytest.raises(OwnMoney):
            self.propose(operator, operator)

    def test_a_case_is_proposed_once_until_it_is_rejected(
        self, other: User, proposer: User, operator: User
    ) -> None:
        first = self.propose(other, proposer)
        with pytest.raises(proposals.AlreadyProposed):
            self.propose(other, operator)

        proposals.reject(first.pk, operator=proposer, reason="mistyped", now=NOON)
        self.approve(self.propose(other, proposer), operator)

        assert money(other) == (500, 0)
        for decide in (self.approve, lambda p, o: proposals.reject(
            p.pk, operator=o, reason="late", now=NOON
        )):  # fmt: skip
            with pytest.raises(proposals.ProposalDecided):
                decide(first, operator)

    def test_a_case_that_was_decided_meanwhile_stays_decided(
        self, deposit: Transaction, other: User, proposer: User, operator: User
    ) -> None:
        proposal = self.propose(other, proposer)
        resolve(deposit.user, operator)

        with pytest.raises(CaseAlreadyResolved):
            self.approve(proposal, operator)
        with pytest.raises(CaseAlreadyResolved):
            self.propose(other, proposer)

        assert Proposal.objects.get().status == "OPEN"
        assert (money(deposit.user)[0], money(other)[0]) == (500, 0)

    @pytest.mark.parametrize("reason", ["", " \n"])
    def test_each_of_the_two_says_why(
        self, other: User, proposer: User, operator: User, reason: str
    ) -> None:
        with pytest.raises(proposals.ReasonMissing):
            self.propose(other, proposer, reason)
        with pytest.raises(proposals.ReasonMissing):
            self.approve(self.propose(other, proposer), operator, reason)

        assert money(other) == (0, 500)


def test_a_second_payment_is_given_without_touching_the_first(
    deposit: Transaction, operator: User
) -> None:
    receive(success_body())
    receive(success_body(receipt="SECOND0001"))

    resolve(deposit.user, operator)

    deposit.refresh_from_db()
    assert (deposit.mpesa_receipt_number, deposit.review_reason) == (RECEIPT, None)
    assert money(deposit.user) == (1000, 0)


def test_nothing_is_decided_twice(deposit: Transaction, operator: User) -> None:
    receive(success_body(amount=300))
    resolve(deposit.user, operator)

    for user in (make_customer(OTHER_PHONE), deposit.user):
        with pytest.raises(CaseAlreadyResolved):
            resolve(user, operator)

    assert money(deposit.user) == (300, 0)


@pytest.mark.parametrize("reason", ["", "   \n"])
def test_nothing_is_decided_without_a_reason(
    deposit: Transaction, operator: User, reason: str
) -> None:
    receive(success_body(amount=300))

    with pytest.raises(ReasonMissing):
        resolve(deposit.user, operator, reason)

    assert SuspenseCase.objects.get().status == "OPEN"


def test_a_case_without_money_is_closed_without_postings(
    deposit: Transaction, operator: User
) -> None:
    other = make_deposit(make_customer(OTHER_PHONE), checkout_request_id="ws_2", token="2")
    receive(success_body())
    receive(success_body("ws_2"), token="2")

    resolve(other.user, operator)

    assert SuspenseCase.objects.get().status == "RESOLVED"
    assert JournalEntry.objects.count() == 1
    assert money(other.user) == (0, 0)


def test_a_deposit_is_under_review_until_its_last_case_is_decided(
    deposit: Transaction, operator: User
) -> None:
    receive(success_body())
    receive(success_body(receipt="SECOND0001"))
    receive(success_body(receipt="THIRD00001"))

    resolve(deposit.user, operator)

    deposit.refresh_from_db()
    assert deposit.review_reason == "suspense"


def test_a_long_reason_is_cut_not_refused(deposit: Transaction, operator: User) -> None:
    receive(success_body(amount=300))

    resolve(deposit.user, operator, "why " * 200)

    assert len(SuspenseCase.objects.get().resolution_note) <= 255


def test_a_callback_after_the_decision_is_too_late(deposit: Transaction, operator: User) -> None:
    receive(success_body("ws_CO_other"))
    resolve(deposit.user, operator)

    assert receive(success_body("ws_CO_other")).verdict == "duplicate"
    assert receive(failure_body()).verdict == "mismatched"
    assert money(deposit.user) == (500, 0)


def test_a_case_that_is_gone_cannot_be_resolved(deposit: Transaction, operator: User) -> None:
    gone = SuspenseCase(pk=999_999)

    with pytest.raises(CaseAlreadyResolved):
        resolve_suspense_case(
            case=gone, user=deposit.user, operator=operator, reason="why", now=NOON
        )


def test_a_query_credits_nothing_after_the_decision(deposit: Transaction, operator: User) -> None:
    receive(success_body(amount=300))
    resolve(deposit.user, operator)

    settled = call_function(
        "SELECT deposit_settle_query(%(id)s, true, '{}', %(now)s) AS verdict",
        {"id": deposit.pk, "now": NOON},
    )

    assert settled["verdict"] == "kept"
    assert money(deposit.user) == (300, 0)


def test_operators_do_not_give_a_payment_to_themselves(
    deposit: Transaction, operator: User
) -> None:
    receive(success_body("ws_CO_other"))

    with pytest.raises(OwnMoney):
        resolve(operator, operator)

    assert SuspenseCase.objects.get().status == "OPEN"
    assert money(operator) == (0, 500)


def test_operator_and_reason_are_in_the_history(deposit: Transaction, operator: User) -> None:
    receive(success_body(amount=300))

    resolve(deposit.user, operator)

    for model in ("SuspenseCaseHistory", "TransactionHistory"):
        history = apps.get_model("payments", model)._default_manager
        context = history.latest("pgh_id").pgh_context
        assert context.metadata["operator"] == operator.pk
        assert context.metadata["reason"]
