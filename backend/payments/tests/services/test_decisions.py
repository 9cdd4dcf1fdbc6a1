"""Decisions that give nobody a payment, corrections, and those that take two operators."""

from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps

from payments import audit
from payments.models import Reversal, SuspenseCase, Transaction
from payments.services import (
    approve_proposal,
    correct_suspense_case,
    dismiss_suspense_case,
    needs_second_operator,
    propose_correction,
    propose_dismissal,
    propose_resolution,
    propose_reversal,
    resolve_suspense_case,
    reverse_credit,
)
from payments.services.reversals import AlreadyReversed, MoneySpent, NotReversible
from payments.services.suspense import (
    ApprovalMissing,
    CaseAlreadyResolved,
    Dismissal,
    OwnMoney,
    ReasonMissing,
    UnfitAmount,
    UnfitDeposit,
)
from payments.tests.building import NOON, OTHER_PHONE, make_customer, money, receive, success_body
from tests.sql.calling import pay_by_hand, query, spend
from users import proposals
from users.models import Proposal, User
from wallet.models import JournalEntry

pytestmark = pytest.mark.django_db

NOT_IN_BOOKS = Dismissal(SuspenseCase.Decision.NOT_IN_BOOKS)
WHY = "seen in the portal"


@pytest.fixture
def operator() -> User:
    """Store an operator."""
    return User.objects.create_superuser("254799999999", "a-good-password")


@pytest.fixture
def second() -> User:
    """Store another operator."""
    return User.objects.create_superuser("254799999998", "a-good-password")


@pytest.fixture
def case(deposit: Transaction) -> SuspenseCase:
    """Hold KES 300 of a deposit of 500 in suspense."""
    receive(success_body(amount=300))
    return SuspenseCase.objects.get()


def said(operator: User, reason: str = WHY) -> dict[str, Any]:
    """Return who decides, why and when."""
    return {"operator": operator, "reason": reason, "now": NOON}


class TestDismissing:
    def test_the_case_is_closed_and_the_history_knows_by_whom_and_why(
        self, case: SuspenseCase, operator: User
    ) -> None:
        dismiss_suspense_case(case=case, dismissal=NOT_IN_BOOKS, **said(operator))

        case.refresh_from_db()
        assert (case.status, case.decision) == ("RESOLVED", "not_in_books")
        assert money(case.deposit.user) == (0, 0)
        history = apps.get_model("payments", "SuspenseCaseHistory")._default_manager
        written = history.latest("pgh_id")
        assert written.decision == "not_in_books"
        assert written.pgh_context.metadata == {"operator": operator.pk, "reason": WHY}
        assert list(audit.find_problems()) == []

    def test_each_reason_to_refuse_is_an_error_of_its_own(
        self, case: SuspenseCase, operator: User, deposit: Transaction
    ) -> None:
        other = Dismissal(SuspenseCase.Decision.BELONGS_TO_DEPOSIT, deposit.pk)
        with pytest.raises(UnfitDeposit):
            dismiss_suspense_case(case=case, dismissal=other, **said(operator))
        with pytest.raises(OwnMoney):
            dismiss_suspense_case(case=case, dismissal=NOT_IN_BOOKS, **said(deposit.user))
        with pytest.raises(ReasonMissing):
            dismiss_suspense_case(case=case, dismissal=NOT_IN_BOOKS, **said(operator, " "))
        dismiss_suspense_case(case=case, dismissal=NOT_IN_BOOKS, **said(operator))
        with pytest.raises(CaseAlreadyResolved):
            dismiss_suspense_case(case=case, dismissal=NOT_IN_BOOKS, **said(operator))
        with pytest.raises(CaseAlreadyResolved):
            propose_dismissal(case=case, dismissal=NOT_IN_BOOKS, **said(operator))


class TestCorrecting:
    def test_the_true_amount_completes_the_deposit(
        self, case: SuspenseCase, operator: User, deposit: Transaction
    ) -> None:
        correct_suspense_case(case=case, amount=Decimal(500), **said(operator))

        resolve_suspense_case(case=case, user=deposit.user, **said(operator))

        deposit.refresh_from_db()
        assert (deposit.status, money(deposit.user)) == ("COMPLETED", (500, 0))
        assert list(audit.find_problems()) == []

    @pytest.mark.parametrize("amount", ["300", "0", "1.001"])
    def test_an_amount_that_corrects_nothing_is_refused(
        self, case: SuspenseCase, operator: User, amount: str
    ) -> None:
        with pytest.raises(UnfitAmount):
            correct_suspense_case(case=case, amount=Decimal(amount), **said(operator))

        assert money(case.deposit.user) == (0, 300)


class TestTwoOperators:
    """With a limit of KES 299, so that the case of 300 is above it."""

    @pytest.fixture(autouse=True)
    def limit(self, settings: Any) -> None:
        """Let one operator decide up to KES 299."""
        settings.OPERATOR_APPROVAL_ABOVE = 299

    def test_the_limit_itself_takes_one(self) -> None:
        amounts = [None, Decimal(299), Decimal("299.01")]
        assert [needs_second_operator(amount) for amount in amounts] == [False, False, True]

    def test_a_dismissal(self, case: SuspenseCase, operator: User, second: User) -> None:
        with pytest.raises(ApprovalMissing):
            dismiss_suspense_case(case=case, dismissal=NOT_IN_BOOKS, **said(operator))
        proposal = propose_dismissal(case=case, dismissal=NOT_IN_BOOKS, **said(operator))
        assert (proposal.detail, proposal.customer) == ("not_in_books", None)
        with pytest.raises(proposals.SameOperator):
            approve_proposal(proposal=proposal, **said(operator))

        approve_proposal(proposal=proposal, **said(second))

        case.refresh_from_db()
        assert (case.decision, case.resolved_by) == ("not_in_books", second)

    def test_a_dismissal_that_names_a_deposit(
        self, deposit: Transaction, operator: User, second: User
    ) -> None:
        query(deposit)
        case = pay_by_hand()
        belongs = Dismissal(SuspenseCase.Decision.BELONGS_TO_DEPOSIT, deposit.pk)
        proposal = propose_dismissal(case=case, dismissal=belongs, **said(operator))

        approve_proposal(proposal=proposal, **said(second))

        deposit.refresh_from_db()
        assert deposit.mpesa_receipt_number == case.mpesa_receipt_number
        assert money(deposit.user) == (500, 0)

    def test_a_correction_below_the_limit_of_an_amount_above_it(
        self, case: SuspenseCase, operator: User, second: User
    ) -> None:
        with pytest.raises(ApprovalMissing):
            correct_suspense_case(case=case, amount=Decimal(5), **said(operator))
        proposal = propose_correction(case=case, amount=Decimal(5), **said(operator))

        approve_proposal(proposal=proposal, **said(second))

        case.refresh_from_db()
        assert (case.true_amount, case.corrected_by) == (5, second)

    @pytest.mark.parametrize(
        ("stored", "why"),
        [({"amount": None}, "no_money"), ({"corrected_amount": 5}, "already_corrected")],
    )
    def test_no_correction_of_a_case_that_has_no_amount_to_correct(
        self, case: SuspenseCase, operator: User, stored: dict[str, Any], why: str
    ) -> None:
        for name, value in stored.items():
            setattr(case, name, value)

        with pytest.raises(UnfitAmount, match=why):
            propose_correction(case=case, amount=Decimal(5), **said(operator))

        assert not Proposal.objects.exists()

    def test_a_payment_to_the_deposits_own_customer_whatever_their_account(
        self, case: SuspenseCase, operator: User, second: User
    ) -> None:
        user = case.deposit.user
        User.objects.filter(pk=user.pk).update(is_active=False, kyc_status="REJECTED")
        with pytest.raises(ApprovalMissing):
            resolve_suspense_case(case=case, user=user, **said(operator))
        proposal = propose_resolution(case=case, user=user, **said(operator))

        approve_proposal(proposal=proposal, **said(second))

        assert money(user) == (300, 0)

    def test_a_reversal_with_its_debt(
        self, deposit: Transaction, operator: User, second: User
    ) -> None:
        receive(success_body())
        deposit.refresh_from_db()
        entry = JournalEntry.objects.get()
        spend(deposit.user, 200)
        with pytest.raises(ApprovalMissing):
            reverse_credit(entry=entry, most_owed=Decimal(200), **said(operator))
        proposal = propose_reversal(entry=entry, most_owed=Decimal(200), **said(operator))
        assert proposal.what.endswith("up to KES 200.00 may be owed")

        approve_proposal(proposal=proposal, **said(second))

        assert Reversal.objects.get().debt.amount == 200
        assert money(deposit.user) == (0, 0)
        with pytest.raises(AlreadyReversed):
            propose_reversal(entry=entry, **said(operator))

    def test_more_that_was_spent_meanwhile_leaves_the_proposal_open(
        self, deposit: Transaction, operator: User, second: User
    ) -> None:
        receive(success_body())
        entry = JournalEntry.objects.get()
        proposal = propose_reversal(entry=entry, **said(operator))
        spend(deposit.user, 200)

        with pytest.raises(MoneySpent):
            approve_proposal(proposal=proposal, **said(second))

        assert Proposal.objects.get().status == "OPEN"
        assert money(deposit.user) == (300, 0)

    def test_nobody_proposes_about_a_payment_of_their_own(
        self, case: SuspenseCase, operator: User
    ) -> None:
        own = said(case.deposit.user)
        with pytest.raises(OwnMoney):
            propose_dismissal(case=case, dismissal=NOT_IN_BOOKS, **own)
        with pytest.raises(OwnMoney):
            propose_correction(case=case, amount=Decimal(500), **own)
        query_credited = Dismissal(SuspenseCase.Decision.BELONGS_TO_DEPOSIT, case.deposit.pk)
        with pytest.raises(OwnMoney):
            propose_dismissal(
                case=pay_by_hand(receipt="BYHAND0001"), dismissal=query_credited, **own
            )

    def test_only_credits_of_others_are_proposed_to_be_reversed(
        self, case: SuspenseCase, operator: User
    ) -> None:
        assert case.entry is not None
        with pytest.raises(NotReversible):
            propose_reversal(entry=case.entry, **said(operator))
        receive(success_body(receipt="SECOND0001"))
        entry = JournalEntry.objects.latest("id")
        with pytest.raises(OwnMoney):
            propose_reversal(entry=entry, **said(case.deposit.user))

    def test_an_approved_dismissal_approves_no_payment(
        self, case: SuspenseCase, operator: User, second: User
    ) -> None:
        proposal = propose_dismissal(case=case, dismissal=NOT_IN_BOOKS, **said(second))
        proposals.approve(proposal.pk, **said(operator))

        with pytest.raises(ApprovalMissing):
            resolve_suspense_case(case=case, user=case.deposit.user, **said(operator))
        with pytest.raises(ApprovalMissing):
            resolve_suspense_case(case=case, user=make_customer(OTHER_PHONE), **said(operator))


@pytest.mark.parametrize(
    ("kind", "customer", "detail"),
    [
        ("dismiss_case", True, "refunded"),
        ("dismiss_case", False, ""),
        ("resolve_case", False, ""),
        ("resolve_case", True, "refunded"),
    ],
)
def test_a_proposal_says_what_and_only_a_payment_has_a_customer(
    operator: User, kind: str, customer: bool, detail: str
) -> None:
    user = make_customer(OTHER_PHONE) if customer else None

    with pytest.raises(Exception, match="users_proposal_says_what"):
        proposals.propose(
            kind=Proposal.Kind(kind), subject_id=1, customer=user, detail=detail, **said(operator)
        )
