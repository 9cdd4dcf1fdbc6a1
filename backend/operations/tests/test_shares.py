"""A payment that was shared out, as the rest of the product sees it: claims, statements, M-Pesa's
answers, fraud rules, export and erasure; and what `check_ledger` says of shares that are forged.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from operations.customer_export import SECTIONS, _list_rows
from operations.erasure import find_hindrances
from operations.needs import list_needs
from payments.models import Claim, SuspenseCase, Transaction, TransactionQuery
from payments.selectors import find_timeline
from payments.services import (
    approve_proposal,
    find_credit,
    find_credit_of_case,
    look_at_open_claims,
    make_claim,
    propose_split,
    reverse_credit,
    split_suspense_case,
)
from payments.services.reversals import NotReversible
from payments.services.suspense import (
    ApprovalMissing,
    CaseAlreadyResolved,
    OwnMoney,
    ReasonMissing,
    Share,
    Split,
    UnfitCustomer,
    UnfitShares,
)
from payments.services.transaction_status import list_untold
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    RECEIPT,
    make_customer,
    money,
    receive,
    success_body,
)
from payments.tests.conftest import customer, deposit
from payments.tests.services.test_claims import CODE
from payments.tests.statement_rows import add_file, add_row
from payments.tests.test_audit import make_operator, problems, tamper
from tests.sql.calling import value_of
from tests.sql.test_risk_inputs import completed, gather
from tests.sql.test_statement import difference, ours_only
from users.models import Proposal, User
from wallet.selectors import list_postings

__all__ = ["customer", "deposit"]

pytestmark = pytest.mark.django_db

WHY = "the brother paid for both"


@pytest.fixture
def case(deposit: Transaction) -> SuspenseCase:
    """Hold KES 800 in suspense, where the deposit asked for 500."""
    receive(success_body(amount=800))
    return SuspenseCase.objects.get()


@pytest.fixture
def other() -> User:
    """Store another verified customer."""
    return make_customer(OTHER_PHONE)


@pytest.fixture
def proposer() -> User:
    """Store the operator who proposes."""
    return User.objects.create_superuser("254799999998", "a-good-password")


@pytest.fixture
def operator(db: None) -> User:
    """Store the operator who approves."""
    return make_operator()


def split_of(case: SuspenseCase, other: User, own: str = "500") -> Split:
    """Return shares of KES 800 of the deposit's own customer and of the other."""
    mine = Decimal(own)
    return Split.of([Share(other.pk, 800 - mine), Share(case.deposit.user_id, mine)])


@pytest.fixture
def proposal(case: SuspenseCase, other: User, proposer: User) -> Proposal:
    """Propose to share the payment out."""
    return propose_split(
        case=case, split=split_of(case, other), operator=proposer, reason=WHY, now=NOON
    )


@pytest.fixture
def shared(case: SuspenseCase, proposal: Proposal, operator: User) -> SuspenseCase:
    """Share the payment out: 500 and 300."""
    approve_proposal(proposal=proposal, operator=operator, reason=WHY, now=NOON)
    case.refresh_from_db()
    return case


def undo(case: SuspenseCase, operator: User, *numbers: int) -> None:
    """Take shares back."""
    for number in numbers:
        entry = find_credit_of_case(case, number)
        reverse_credit(entry=entry, operator=operator, reason=WHY, now=NOON)


class TestServices:
    def test_a_proposal_says_them_in_their_order(
        self, proposal: Proposal, case: SuspenseCase, other: User
    ) -> None:
        own = case.deposit.user_id
        assert proposal.detail == f"{own}:500.00,{other.pk}:300.00"
        assert Split.read(proposal.detail) == split_of(case, other)
        assert proposal.what == (
            f"case {case.pk} in shares: KES 500.00 to customer {own},"
            f" KES 300.00 to customer {other.pk}"
        )

    def test_it_is_decided_once_and_only_as_approved(
        self, shared: SuspenseCase, other: User, operator: User, proposer: User
    ) -> None:
        said: dict[str, Any] = {"case": shared, "reason": WHY, "now": NOON}
        split = split_of(shared, other)
        with pytest.raises(CaseAlreadyResolved):
            split_suspense_case(split=split, operator=operator, **said)
        with pytest.raises(CaseAlreadyResolved):
            propose_split(split=split, operator=proposer, **said)
        assert money(other) == (300, 0)

    def test_nothing_happens_without_an_approval_or_a_reason(
        self, case: SuspenseCase, other: User, operator: User
    ) -> None:
        said: dict[str, Any] = {"case": case, "operator": operator, "now": NOON}
        split = split_of(case, other)
        with pytest.raises(ApprovalMissing):
            split_suspense_case(split=split, reason=WHY, **said)
        with pytest.raises(ReasonMissing):
            split_suspense_case(split=split, reason=" ", **said)
        with pytest.raises(UnfitShares):
            split_suspense_case(split=split_of(case, other, "801"), reason=WHY, **said)
        assert money(other) == (0, 800)

    def test_a_proposal_is_refused_where_its_approval_would_be(
        self, case: SuspenseCase, other: User, proposer: User
    ) -> None:
        said: dict[str, Any] = {"case": case, "reason": WHY, "now": NOON}
        with pytest.raises(OwnMoney):
            propose_split(
                split=split_of(case, other), operator=User.objects.get(pk=other.pk), **said
            )
        with pytest.raises(OwnMoney):
            propose_split(split=split_of(case, other), operator=case.deposit.user, **said)
        one = Split.of([Share(other.pk, Decimal(800))])
        with pytest.raises(UnfitShares):
            propose_split(split=one, operator=proposer, **said)
        User.objects.filter(pk=other.pk).update(is_active=False)
        with pytest.raises(UnfitCustomer, match="blocked"):
            propose_split(split=split_of(case, other), operator=proposer, **said)
        assert not Proposal.objects.exists()

    def test_each_share_is_found_to_be_reversed(self, shared: SuspenseCase, other: User) -> None:
        own = find_credit(shared.deposit, RECEIPT)
        assert own.amount == 500
        assert find_credit_of_case(shared, 2).credit_account.user_id == other.pk
        for number in (None, 3):
            with pytest.raises(NotReversible):
                find_credit_of_case(shared, number)

    def test_a_deposit_whose_customer_got_none_has_none_to_reverse(
        self, case: SuspenseCase, other: User, operator: User, proposer: User
    ) -> None:
        third = make_customer("254733333333")
        split = Split.of([Share(other.pk, Decimal(300)), Share(third.pk, Decimal(500))])
        said: dict[str, Any] = {"reason": WHY, "now": NOON}
        proposal = propose_split(case=case, split=split, operator=proposer, **said)
        approve_proposal(proposal=proposal, operator=operator, **said)

        with pytest.raises(NotReversible):
            find_credit(case.deposit, RECEIPT)
        told = find_timeline(user_id=case.deposit.user_id, transaction_id=case.deposit.pk)
        assert "this payment was for other customers" in str(told)
        assert Transaction.objects.get().review_reason == "resolved"


class TestCustomers:
    def test_the_statement_and_the_export_say_a_share(
        self, shared: SuspenseCase, other: User
    ) -> None:
        [line] = list_postings(other.pk)
        assert line.entry.description == f"M-Pesa {RECEIPT}: a share of it"
        [row] = _list_rows(SECTIONS["shares_of_payments"], other)
        assert (row["case_id"], row["amount"]) == (shared.pk, 300)
        assert "customer_id" not in row

    def test_a_customer_with_a_share_proposed_is_not_forgotten(
        self, proposal: Proposal, other: User
    ) -> None:
        assert "A proposal about the customer is open." in find_hindrances(other, now=NOON)
        stranger = make_customer("254733333333")
        assert find_hindrances(stranger, now=NOON) == []

    def test_the_claim_of_each_customer_ends_with_their_share(
        self, deposit: Transaction, other: User, proposer: User, operator: User
    ) -> None:
        receive(success_body(amount=800, receipt=CODE))
        case = SuspenseCase.objects.get()
        for user in (deposit.user, other):
            make_claim(user=user, text=CODE, now=NOON)
        said: dict[str, Any] = {"reason": WHY, "now": NOON}
        split = split_of(case, other)
        proposal = propose_split(case=case, split=split, operator=proposer, **said)
        approve_proposal(proposal=proposal, operator=operator, **said)

        look_at_open_claims(now=NOON + timedelta(minutes=5))

        assert [claim.status for claim in Claim.objects.all()] == ["CREDITED", "CREDITED"]
        assert problems() == []


class TestTakenBackByMpesa:
    def test_an_answer_about_the_receipt_is_told_until_each_share_is_back(
        self, shared: SuspenseCase, operator: User
    ) -> None:
        TransactionQuery.objects.create(
            receipt=RECEIPT, why="old_receipt", business_short_code="174379",
            token_hash="a" * 64, state="answered", verdict="reversed", amount=800,
            answered_at=NOON, transaction=shared.transaction,
        )  # fmt: skip

        def is_told() -> bool:
            needs = {need.kind.name for need in list_needs(now=NOON)}
            assert ("untold_reversals" in needs) is list_untold().exists()
            return list_untold().exists()

        def verdict() -> Any:
            return value_of(
                "SELECT verdict FROM transaction_status_undone(%(receipt)s)", receipt=RECEIPT
            )

        assert (is_told(), verdict()) == (True, "reversed")
        undo(shared, operator, 1)
        assert (is_told(), verdict()) == (True, "reversed")
        undo(shared, operator, 2)
        assert (is_told(), verdict()) == (False, "confirmed")
        assert problems() == []

    def test_the_statement_misses_the_whole_payment_until_each_share_is_back(
        self, shared: SuspenseCase, operator: User
    ) -> None:
        file = add_file()
        assert ours_only(file) == [1, 800]
        undo(shared, operator, 2)
        assert ours_only(file) == [1, 800]
        undo(shared, operator, 1)
        assert ours_only(file) == [0, 0]

    def test_a_row_of_the_whole_payment_agrees(self, shared: SuspenseCase) -> None:
        file = add_file()
        add_row(file, amount_in=Decimal(800))

        assert difference(file) == 0
        assert ours_only(file) == [0, 0]


def test_only_the_share_that_completed_a_deposit_counts_as_one_for_the_fraud_rules(
    shared: SuspenseCase, other: User
) -> None:
    assert completed(gather(shared.deposit.user)) == (1, 500)
    assert completed(gather(other)) == (0, 0)


class TestAudit:
    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE payments_suspensecase SET share_count = 3",
            "UPDATE payments_suspensecase SET share_count = NULL",
            "UPDATE payments_suspensecase SET amount = 801",
            "DELETE FROM payments_caseshare WHERE number = 2",
            "UPDATE users_proposal SET status = 'REJECTED'",
            "UPDATE users_proposal SET detail = '1:800.00'",
            (
                "UPDATE users_proposal SET proposed_by_id ="
                " (SELECT customer_id FROM payments_caseshare WHERE number = 2)"
            ),
        ],
    )
    def test_shares_that_two_operators_did_not_agree_on_are_named(
        self, shared: SuspenseCase, sql: str
    ) -> None:
        assert problems() == []

        tamper(sql)

        assert any("was shared out as" in found for found in problems())
