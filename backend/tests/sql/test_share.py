"""The functions of payments/sql/functions/share.sql."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection
from django.db import transaction as db_transaction

from payments import audit
from payments.models import CaseShare, Receipt, Reversal, SuspenseCase, Transaction
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    RECEIPT,
    make_customer,
    money,
    receive,
    success_body,
)
from tests.sql.calling import (
    agree_on_split,
    approve_decision,
    correct,
    dismiss,
    pay_by_hand,
    reverse_owing,
    split,
    value_of,
)
from users.models import Proposal, User
from wallet.models import JournalEntry
from wallet.tests import ledger

pytestmark = pytest.mark.django_db

Shares = list[tuple[User, Any]]


@pytest.fixture
def case(deposit: Transaction) -> SuspenseCase:
    """Hold KES 800 in suspense: the deposit asked for 500."""
    receive(success_body(amount=800))
    return SuspenseCase.objects.get()


@pytest.fixture
def other(case: SuspenseCase) -> User:
    """Store another customer."""
    return make_customer(OTHER_PHONE)


@pytest.fixture
def shares(case: SuspenseCase, other: User) -> Shares:
    """Return 500 for the deposit's own customer, and 300 for the other."""
    return [(case.deposit.user, 500), (other, 300)]


class TestSharesObjection:
    def objection(self, user_ids: list[int | None], amounts: list[Any]) -> str | None:
        """Return what is wrong with shares of KES 800."""
        found: str | None = value_of(
            "SELECT shares_objection(800, %(user_ids)s::bigint[], %(amounts)s::numeric[])",
            user_ids=user_ids,
            amounts=[None if amount is None else str(amount) for amount in amounts],
        )
        return found

    @pytest.mark.parametrize(
        ("user_ids", "amounts"),
        [
            ([1, 2], ["500.01", "299.99"]),
            ([1, 2, 3, 4, 5], [100, 100, 100, 100, 400]),
        ],
    )
    def test_two_to_five_that_add_up(self, user_ids: list[int | None], amounts: list[Any]) -> None:
        assert self.objection(user_ids, amounts) is None

    @pytest.mark.parametrize(
        ("user_ids", "amounts"),
        [
            ([], []),
            ([1], [800]),
            ([1, 2, 3, 4, 5, 6], [100, 100, 100, 100, 100, 300]),
            ([1, 1], [400, 400]),
            ([2, 1], [400, 400]),
            ([1, None], [400, 400]),
            ([1, 2], [400]),
            ([1, 2], [400, "400.01"]),
            ([1, 2], [400, "399.99"]),
            ([1, 2], ["799.995", "0.005"]),
            ([1, 2], [800, 0]),
            ([1, 2], [900, -100]),
            ([1, 2], [400, None]),
            ([1, 2], ["NaN", 400]),
        ],
    )
    def test_anything_else_is_refused(self, user_ids: list[int | None], amounts: list[Any]) -> None:
        assert self.objection(user_ids, amounts) == "bad_shares"


class TestSharesText:
    def test_two_decimals_in_their_order(self) -> None:
        told = value_of("SELECT shares_text(ARRAY[7, 9]::bigint[], ARRAY[640, 359.5])")

        assert told == "7:640.00,9:359.50"


class TestSuspenseSplit:
    def test_each_gets_their_share_and_the_deposit_completes_by_its_own(
        self, case: SuspenseCase, other: User, shares: Shares, operator: User
    ) -> None:
        agree_on_split(case, shares, operator)

        done = split(case, shares, operator)

        assert done["outcome"] == "split"
        case.refresh_from_db()
        assert (case.status, case.decision, case.share_count) == ("RESOLVED", "credited", 2)
        assert (case.resolved_by, case.resolution_note) == (operator, "a brother paid for both")
        stored = list(case.shares.select_related("entry"))
        assert [(share.customer_id, share.amount, share.entry_id) for share in stored] == [
            (user.pk, amount, entry_id)
            for (user, amount), entry_id in zip(shares, done["entry_ids"], strict=True)
        ]
        assert [share.entry.key for share in stored] == [
            f"share:{case.pk}:1", f"share:{case.pk}:2",
        ]  # fmt: skip
        assert stored[0].entry.description == f"M-Pesa {RECEIPT}: a share of it"
        deposit = Transaction.objects.get()
        assert (deposit.status, deposit.mpesa_receipt_number) == ("COMPLETED", RECEIPT)
        assert (deposit.credit_entry_id, deposit.review_reason) == (stored[0].entry_id, None)
        assert (money(deposit.user), money(other)) == ((500, 0), (300, 0))
        assert list(audit.find_problems()) == []

    def test_another_share_leaves_the_deposit_settled_and_not_completed(
        self, case: SuspenseCase, other: User, operator: User
    ) -> None:
        shares: Shares = [(case.deposit.user, "300.50"), (other, "499.50")]
        agree_on_split(case, shares, operator)

        assert split(case, shares, operator)["outcome"] == "split"

        deposit = Transaction.objects.get()
        assert (deposit.status, deposit.review_reason) == ("PENDING", "resolved")
        assert list(audit.find_problems()) == []

    def test_the_corrected_amount_is_shared(
        self, case: SuspenseCase, other: User, operator: User
    ) -> None:
        correct(case, 900, operator)
        shares: Shares = [(case.deposit.user, 500), (other, 400)]
        agree_on_split(case, shares, operator)

        assert split(case, shares, operator)["outcome"] == "split"
        assert money(other) == (400, 0)
        assert list(audit.find_problems()) == []

    def test_a_payment_by_hand_is_shared_and_gets_no_deposit(self, operator: User) -> None:
        case = pay_by_hand("500.00")
        shares: Shares = [(make_customer(), 200), (make_customer(OTHER_PHONE), 300)]
        agree_on_split(case, shares, operator)

        assert split(case, shares, operator)["outcome"] == "split"

        assert not Transaction.objects.exists()
        assert Receipt.objects.get().transaction is None
        assert money(shares[0][0]) == (200, 0)
        assert all("no report of M-Pesa" in each.problem for each in audit.find_problems())

    def test_a_completed_deposit_stays_as_it_is(self, deposit: Transaction, operator: User) -> None:
        receive(success_body())
        receive(success_body(receipt="SECOND0001"))
        case, other = SuspenseCase.objects.get(), make_customer(OTHER_PHONE)
        shares: Shares = [(deposit.user, 250), (other, 250)]
        agree_on_split(case, shares, operator)

        assert split(case, shares, operator)["outcome"] == "split"

        deposit.refresh_from_db()
        assert (deposit.status, deposit.mpesa_receipt_number) == ("COMPLETED", RECEIPT)
        assert (money(deposit.user), money(other)) == ((750, 0), (250, 0))

    def test_once(self, case: SuspenseCase, shares: Shares, operator: User) -> None:
        agree_on_split(case, shares, operator)
        split(case, shares, operator)

        assert split(case, shares, operator)["outcome"] == "already_resolved"
        assert dismiss(case, operator)["outcome"] == "already_resolved"
        assert CaseShare.objects.count() == 2

    def test_only_what_was_agreed_on(
        self, case: SuspenseCase, other: User, shares: Shares, operator: User
    ) -> None:
        assert split(case, shares, operator)["outcome"] == "not_approved"
        agree_on_split(case, [(case.deposit.user, 499), (other, 301)], operator)

        assert split(case, shares, operator)["outcome"] == "not_approved"
        approver = User.objects.create_superuser("254799999990", "a-good-password")
        agreed: Shares = [(case.deposit.user, 499), (other, 301)]
        assert split(case, agreed, approver)["outcome"] == "not_approved"
        assert money(other) == (0, 800)

    def test_shares_that_do_not_add_up_are_refused(
        self, case: SuspenseCase, other: User, operator: User
    ) -> None:
        shares: Shares = [(case.deposit.user, 500), (other, 299)]
        agree_on_split(case, shares, operator)

        assert split(case, shares, operator)["outcome"] == "bad_shares"

    def test_neither_operator_gets_a_share(
        self, case: SuspenseCase, other: User, operator: User
    ) -> None:
        shares: Shares = [(other, 300), (operator, 500)]
        assert split(case, shares, operator)["outcome"] == "own_money"
        proposer = User.objects.get_or_create(phone_number="254799999998")[0]
        shares = [(other, 300), (proposer, 500)]
        agree_on_split(case, shares, operator)
        assert split(case, shares, operator)["outcome"] == "own_money"
        assert (
            split(case, [(other, 300), (operator, 500)], case.deposit.user)["outcome"]
            == "own_money"
        )

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize(
        ("fields", "why"),
        [
            ({"is_active": False}, "blocked"),
            ({"is_staff": True}, "operator"),
        ],
    )
    def test_nothing_may_speak_against_a_customer_but_for_the_deposits_own(
        self, case: SuspenseCase, shares: Shares, operator: User, fields: dict[str, Any], why: str
    ) -> None:
        agree_on_split(case, shares, operator)
        User.objects.filter(phone_number=OTHER_PHONE).update(**fields)

        assert split(case, shares, operator)["outcome"] == why

        User.objects.filter(phone_number=OTHER_PHONE).update(
            is_active=True, is_staff=False, kyc_status="VERIFIED"
        )
        User.objects.filter(pk=case.deposit.user_id).update(**fields)
        assert split(case, shares, operator)["outcome"] == "split"

    def test_an_unverified_customer_gets_none(
        self, case: SuspenseCase, shares: Shares, operator: User
    ) -> None:
        agree_on_split(case, shares, operator)
        User.objects.filter(phone_number=OTHER_PHONE).update(kyc_status="PENDING")

        assert split(case, shares, operator)["outcome"] == "unverified"

    def test_a_case_without_money_has_nothing_to_share(
        self, deposit: Transaction, other: User, operator: User
    ) -> None:
        case = SuspenseCase.objects.get()
        SuspenseCase.objects.create(
            transaction=deposit, mpesa_receipt_number="USED000001", reason="receipt_used"
        )
        empty = SuspenseCase.objects.exclude(pk=case.pk).get()

        assert split(empty, [(deposit.user, 1), (other, 1)], operator)["outcome"] == "no_money"

    def test_a_case_that_does_not_exist_is_reported(
        self, case: SuspenseCase, shares: Shares, operator: User
    ) -> None:
        assert split(SuspenseCase(pk=0), shares, operator)["outcome"] == "no_such_case"


class TestSuspenseIsUndone:
    def test_only_when_each_share_is_reversed(
        self, case: SuspenseCase, shares: Shares, operator: User
    ) -> None:
        def is_undone() -> Any:
            return value_of("SELECT suspense_is_undone(%(case_id)s)", case_id=case.pk)

        assert is_undone() is False
        agree_on_split(case, shares, operator)
        first, second = split(case, shares, operator)["entry_ids"]
        assert reverse_owing(first, operator)["outcome"] == "reversed"
        assert is_undone() is False
        assert reverse_owing(second, operator)["outcome"] == "reversed"
        assert is_undone() is True

        assert reverse_owing(second, operator)["outcome"] == "already_reversed"
        assert set(Reversal.objects.values_list("transaction", flat=True)) == {case.transaction_id}
        assert Transaction.objects.get().review_reason == "reversed"
        assert list(audit.find_problems()) == []

    def test_a_share_of_a_payment_by_hand_goes_back_where_it_came_from(
        self, operator: User
    ) -> None:
        case = pay_by_hand("500.00")
        shares: Shares = [(make_customer(), 200), (make_customer(OTHER_PHONE), 300)]
        agree_on_split(case, shares, operator)
        entry_ids = split(case, shares, operator)["entry_ids"]

        assert reverse_owing(entry_ids[1], operator)["outcome"] == "reversed"

        assert Reversal.objects.get().case == case
        back = JournalEntry.objects.latest("id")
        assert (back.credit_account.code, back.amount) == ("mpesa:174379", 300)


class TestGuards:
    """The tables refuse what the functions would not write."""

    def share(self, case: SuspenseCase, number: int, user: User, amount: int) -> None:
        """Post a share and store it, past the function."""
        entry = ledger.post(
            key=f"share:{case.pk}:{number}",
            debit=ledger.get_suspense_account(),
            credit=ledger.get_customer_account(user.pk),
            amount=Decimal(amount),
            description="",
            now=NOON,
        )
        CaseShare.objects.create(
            case=case, number=number, customer=user, amount=amount, entry=entry
        )

    def decide(self, case: SuspenseCase, operator: User, count: int, **fields: Any) -> None:
        """Decide the case, past the function."""
        SuspenseCase.objects.filter(pk=case.pk).update(
            **{
                "status": "RESOLVED", "decision": "credited", "share_count": count,
                "resolved_at": NOON, "resolved_by": operator, "resolution_note": "why", **fields,
            }
        )  # fmt: skip

    def test_what_was_agreed_on_is_taken(
        self, case: SuspenseCase, shares: Shares, operator: User
    ) -> None:
        agree_on_split(case, shares, operator)
        for number, (user, amount) in enumerate(shares, 1):
            self.share(case, number, user, amount)

        self.decide(case, operator, 2)

        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    @pytest.mark.parametrize("amount", [299, 301])
    def test_shares_that_do_not_add_up(
        self, case: SuspenseCase, other: User, operator: User, amount: int
    ) -> None:
        shares: Shares = [(case.deposit.user, 500), (other, amount)]
        agree_on_split(case, shares, operator)
        for number, (user, share) in enumerate(shares, 1):
            self.share(case, number, user, share)

        with pytest.raises(IntegrityError, match="shares are not its amount"):
            self.decide(case, operator, 2)

    def test_not_without_two_operators(
        self, case: SuspenseCase, shares: Shares, operator: User
    ) -> None:
        for number, (user, amount) in enumerate(shares, 1):
            self.share(case, number, user, amount)

        with pytest.raises(IntegrityError, match="agreed on by two"):
            self.decide(case, operator, 2)

    @pytest.mark.parametrize(
        ("count", "fields"),
        [(3, {}), (1, {}), (2, {"decision": "refunded"}), (2, {"status": "OPEN"})],
    )
    def test_not_another_decision_nor_number(
        self, case: SuspenseCase, shares: Shares, operator: User, count: int, fields: dict[str, Any]
    ) -> None:
        agree_on_split(case, shares, operator)
        for number, (user, amount) in enumerate(shares, 1):
            self.share(case, number, user, amount)

        with pytest.raises(IntegrityError):
            self.decide(case, operator, count, **fields)

    def test_no_share_to_an_operator_who_decided(
        self, case: SuspenseCase, other: User, operator: User
    ) -> None:
        shares: Shares = [(other, 300), (operator, 500)]
        agree_on_split(case, shares, operator)
        for number, (user, amount) in enumerate(shares, 1):
            self.share(case, number, user, amount)

        with pytest.raises(IntegrityError, match="agreed on by two"):
            self.decide(case, operator, 2)

    def test_a_share_needs_its_entry(self, case: SuspenseCase, other: User) -> None:
        assert case.entry is not None
        with (
            pytest.raises(IntegrityError, match="does not pay it to its customer"),
            db_transaction.atomic(),
        ):
            CaseShare.objects.create(
                case=case, number=1, customer=other, amount=800, entry=case.entry
            )

    def test_a_share_of_an_open_case_is_refused_at_the_end(
        self, case: SuspenseCase, other: User
    ) -> None:
        self.share(case, 1, other, 300)

        with (
            pytest.raises(IntegrityError, match="the case is not shared out like this"),
            connection.cursor() as cursor,
        ):
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    @pytest.mark.parametrize("sql", ["UPDATE {} SET amount = 1", "DELETE FROM {}"])
    def test_shares_stay(
        self, case: SuspenseCase, shares: Shares, operator: User, sql: str
    ) -> None:
        agree_on_split(case, shares, operator)
        split(case, shares, operator)

        with (
            pytest.raises(DatabaseError, match="append-only"),
            db_transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql.format("payments_caseshare"))


def test_an_approved_dismissal_shares_nothing(
    case: SuspenseCase, shares: Shares, operator: User
) -> None:
    approve_decision(Proposal.Kind.DISMISS_CASE, case.pk, operator, detail="refunded")

    assert split(case, shares, operator)["outcome"] == "not_approved"
