"""The functions of payments/sql/functions/reversal.sql."""

from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError
from django.db import transaction as db_transaction

from payments.models import Debt, Reversal, SuspenseCase, Transaction
from payments.tests.breaking import book
from payments.tests.building import NOON, OTHER_PHONE, house_balance, make_customer, money
from tests.sql.calling import (
    after,
    approve,
    approve_decision,
    correct,
    dismiss,
    give,
    pay_by_hand,
    query,
    resolve,
    reverse_owing,
    row_of,
    settle,
    spend,
    success,
)
from users.models import Proposal, User
from wallet.models import JournalEntry

pytestmark = pytest.mark.django_db


def reverse(
    entry_id: int | None, operator: User, reason: str = "Taken back", now: datetime = NOON
) -> dict[str, Any]:
    """Reverse an entry."""
    return row_of(
        "SELECT * FROM payment_reverse(%(entry_id)s, %(operator_id)s, %(reason)s, %(now)s)",
        entry_id=entry_id,
        operator_id=operator.pk,
        reason=reason,
        now=now,
    )


def row(outcome: str) -> dict[str, Any]:
    """Return the answer of a call that posted nothing."""
    return {"outcome": outcome, "entry_id": None}


@pytest.fixture
def paid(deposit: Transaction) -> Transaction:
    """Store a deposit that was paid and credited."""
    settle(deposit, success())
    return deposit


class TestPaymentReverse:
    def test_the_credit_leaves_the_wallet_and_both_entries_stay(
        self, paid: Transaction, operator: User
    ) -> None:
        reversed_ = reverse(paid.credit_entry_id, operator, now=after(60))

        back = JournalEntry.objects.latest("id")
        assert reversed_ == {"outcome": "reversed", "entry_id": back.pk}
        assert back.key == f"reverse:deposit:{paid.pk}"
        assert back.description == f"Reversed: {paid.description}"
        assert (back.debit_account.user, back.credit_account.code) == (paid.user, "mpesa:174379")
        assert (back.amount, back.created_at) == (500, after(60))
        stored = Reversal.objects.get()
        assert (stored.transaction, stored.operator) == (paid, operator)
        assert (stored.entry_id, stored.reversal_entry) == (paid.credit_entry_id, back)
        assert (stored.reason, stored.reversed_at) == ("Taken back", after(60))
        paid.refresh_from_db()
        assert (paid.status, paid.review_reason) == ("COMPLETED", "reversed")
        assert paid.updated_at == after(60)
        assert money(paid.user) == (0, 0)
        assert house_balance("mpesa:174379") == 0

    def test_a_credit_without_a_receipt_can_be_reversed(
        self, deposit: Transaction, operator: User
    ) -> None:
        query(deposit)

        assert reverse(deposit.credit_entry_id, operator)["outcome"] == "reversed"
        assert money(deposit.user) == (0, 0)

    def test_a_second_call_reverses_nothing(self, paid: Transaction, operator: User) -> None:
        reverse(paid.credit_entry_id, operator)

        assert reverse(paid.credit_entry_id, operator) == row("already_reversed")
        assert Reversal.objects.count() == 1
        assert JournalEntry.objects.count() == 2

    @pytest.mark.parametrize("entry_id", [None, 999_999])
    def test_an_entry_that_does_not_exist_is_reported(
        self, operator: User, entry_id: int | None
    ) -> None:
        assert reverse(entry_id, operator) == row("no_such_entry")

    def test_money_in_suspense_is_not_reversible(
        self, deposit: Transaction, operator: User
    ) -> None:
        settle(deposit, success(amount="300"))
        held = SuspenseCase.objects.get().entry
        assert held is not None

        assert reverse(held.pk, operator) == row("not_reversible")
        assert money(deposit.user) == (0, 300)

    def test_a_reversal_is_not_reversible(self, paid: Transaction, operator: User) -> None:
        back = reverse(paid.credit_entry_id, operator)["entry_id"]

        assert reverse(back, operator) == row("not_reversible")

    def test_a_credit_of_no_deposit_is_not_reversible(self, customer: User, operator: User) -> None:
        entry = book(customer, 500)

        assert reverse(entry.pk, operator) == row("not_reversible")
        assert money(customer) == (500, 0)

    def test_operators_do_not_reverse_their_own_money(self, paid: Transaction) -> None:
        assert reverse(paid.credit_entry_id, paid.user) == row("own_money")
        assert money(paid.user) == (500, 0)

    def test_spent_money_breaks_the_balance_and_leaves_everything_as_it_was(
        self, paid: Transaction, operator: User
    ) -> None:
        spend(paid.user, 1)

        with pytest.raises(IntegrityError, match="wallet_balance"), db_transaction.atomic():
            reverse(paid.credit_entry_id, operator)

        paid.refresh_from_db()
        assert (paid.review_reason, paid.updated_at) == (None, NOON)
        assert not Reversal.objects.exists()
        assert JournalEntry.objects.count() == 2
        assert money(paid.user) == (499, 0)

    def test_a_reversal_without_a_reason_is_refused(
        self, paid: Transaction, operator: User
    ) -> None:
        with (
            pytest.raises(IntegrityError, match="payments_reversal_reason"),
            db_transaction.atomic(),
        ):
            reverse(paid.credit_entry_id, operator, reason=" ")

        assert money(paid.user) == (500, 0)

    def test_a_long_description_is_cut(self, deposit: Transaction, operator: User) -> None:
        Transaction.objects.update(description="x" * 255)
        settle(deposit, success())

        back = reverse(deposit.credit_entry_id, operator)["entry_id"]

        assert len(JournalEntry.objects.get(pk=back).description) == 255


class TestPaymentReverseOfResolvedCases:
    """What a case's resolution credited: to the deposit's customer or to another one."""

    def decided(self, deposit: Transaction, user: User, operator: User) -> int:
        """Resolve the oldest case, and return the entry that credited its money."""
        case = SuspenseCase.objects.earliest("id")
        return int(resolve(case.pk, user, operator)["entry_id"])

    def test_a_credit_that_completed_the_deposit_is_reversed_and_marked(
        self, deposit: Transaction, operator: User
    ) -> None:
        settle(deposit, success(checkout_request_id="ws_CO_other"))
        entry_id = self.decided(deposit, deposit.user, operator)

        assert reverse(entry_id, operator)["outcome"] == "reversed"

        deposit.refresh_from_db()
        assert (deposit.status, deposit.review_reason) == ("COMPLETED", "reversed")
        assert money(deposit.user) == (0, 0)
        assert house_balance("mpesa:174379") == 0

    def test_another_customers_credit_is_reversed_and_the_deposit_keeps_its_mark(
        self, deposit: Transaction, operator: User
    ) -> None:
        settle(deposit, success(checkout_request_id="ws_CO_other"))
        other = make_customer(OTHER_PHONE)
        approve(SuspenseCase.objects.get(), other, operator)
        entry_id = self.decided(deposit, other, operator)

        assert reverse(entry_id, operator)["outcome"] == "reversed"

        deposit.refresh_from_db()
        assert (deposit.status, deposit.review_reason) == ("PENDING", "resolved")
        assert Reversal.objects.get().transaction == deposit
        assert money(other) == (0, 0)
        assert SuspenseCase.objects.get().status == "RESOLVED"

    def test_the_customer_who_got_the_money_cannot_reverse_the_credit(
        self, deposit: Transaction, operator: User
    ) -> None:
        settle(deposit, success(checkout_request_id="ws_CO_other"))
        other = make_customer(OTHER_PHONE)
        approve(SuspenseCase.objects.get(), other, operator)
        entry_id = self.decided(deposit, other, operator)

        assert reverse(entry_id, other) == row("own_money")
        assert money(other) == (500, 0)

    def test_a_second_payment_is_reversed_and_the_deposit_is_not_marked(
        self, paid: Transaction, operator: User
    ) -> None:
        settle(paid, success(mpesa_receipt_number="SECOND0001"))
        entry_id = self.decided(paid, paid.user, operator)

        assert reverse(entry_id, operator)["outcome"] == "reversed"

        paid.refresh_from_db()
        assert paid.review_reason is None
        assert money(paid.user) == (500, 0)

    def test_a_deposit_with_an_open_case_is_marked_after_its_decision(
        self, paid: Transaction, operator: User
    ) -> None:
        settle(paid, success(mpesa_receipt_number="SECOND0001"))

        assert reverse(paid.credit_entry_id, operator)["outcome"] == "reversed"
        paid.refresh_from_db()
        assert paid.review_reason == "suspense"

        self.decided(paid, paid.user, operator)
        paid.refresh_from_db()
        assert paid.review_reason == "reversed"
        assert money(paid.user) == (500, 0)


class TestPaymentReverseOwing:
    def done(self, outcome: str, shortfall: Any = None) -> dict[str, Any]:
        """Return the answer of a call that posted nothing."""
        return {"outcome": outcome, "entry_id": None, "debt_id": None, "shortfall": shortfall}

    def test_money_that_is_there_is_taken_and_nothing_is_owed(
        self, paid: Transaction, operator: User
    ) -> None:
        reversed_ = reverse_owing(paid.credit_entry_id, operator, 500)

        back = JournalEntry.objects.latest("id")
        assert reversed_ == {
            "outcome": "reversed", "entry_id": back.pk, "debt_id": None, "shortfall": 0,
        }  # fmt: skip
        assert not Debt.objects.exists()
        assert (money(paid.user), house_balance("debts")) == ((0, 0), 0)

    @pytest.mark.parametrize("most_owed", [200, 500])
    def test_what_was_spent_is_owed_and_the_wallet_ends_at_zero(
        self, paid: Transaction, operator: User, most_owed: int
    ) -> None:
        spend(paid.user, 200)

        reversed_ = reverse_owing(paid.credit_entry_id, operator, most_owed, now=after(60))

        lent, back = JournalEntry.objects.order_by("id")[2:]
        debt = Debt.objects.get()
        assert reversed_ == {
            "outcome": "reversed", "entry_id": back.pk, "debt_id": debt.pk, "shortfall": 200,
        }  # fmt: skip
        assert (lent.key, lent.amount) == (f"debt:deposit:{paid.pk}", 200)
        assert (lent.debit_account.code, lent.credit_account.user) == ("debts", paid.user)
        assert (back.key, back.amount) == (f"reverse:deposit:{paid.pk}", 500)
        assert (debt.customer, debt.amount, debt.entry) == (paid.user, 200, lent)
        assert (debt.reversal, debt.owed_since) == (Reversal.objects.get(), after(60))
        assert (money(paid.user), house_balance("debts")) == ((0, 0), -200)
        paid.refresh_from_db()
        assert paid.review_reason == "reversed"

    @pytest.mark.parametrize("most_owed", [None, 0, "199.99"])
    def test_more_than_was_agreed_on_is_told_and_nothing_is_taken(
        self, paid: Transaction, operator: User, most_owed: Any
    ) -> None:
        spend(paid.user, 200)

        refused = reverse_owing(paid.credit_entry_id, operator, most_owed)

        assert refused == self.done("spent", 200)
        assert not Reversal.objects.exists()
        assert money(paid.user) == (300, 0)

    def test_a_second_call_reverses_nothing(self, paid: Transaction, operator: User) -> None:
        spend(paid.user, 500)
        reverse_owing(paid.credit_entry_id, operator, 500)

        again = reverse_owing(paid.credit_entry_id, operator, 500)

        assert again == self.done("already_reversed")
        assert house_balance("debts") == -500

    @pytest.mark.parametrize("limit", [499, 0, None])
    def test_above_the_limit_it_takes_exactly_what_two_agreed_on(
        self, paid: Transaction, operator: User, limit: int | None
    ) -> None:
        entry_id = paid.credit_entry_id
        assert entry_id is not None
        assert reverse_owing(entry_id, operator, 500, limit=limit) == self.done("not_approved")

        approve_decision(Proposal.Kind.REVERSE_CREDIT, entry_id, operator, detail="owing:200.00")
        assert reverse_owing(entry_id, operator, 201, limit=limit) == self.done("not_approved")

        assert reverse_owing(entry_id, operator, 200, limit=limit)["outcome"] == "reversed"

    @pytest.mark.parametrize("amount", ["10.50", "1.00"])
    def test_a_payment_without_a_deposit_is_reversed_to_where_it_came_from(
        self, customer: User, operator: User, amount: str
    ) -> None:
        User.objects.filter(pk=customer.pk).update(phone_number="0712-old-system")
        case = pay_by_hand(amount, business_short_code="600000")
        approve(case, customer, operator)
        entry_id = give(case, customer, operator)["entry_id"]
        case.refresh_from_db()
        assert case.transaction is None

        assert reverse_owing(entry_id, customer)["outcome"] == "own_money"
        assert reverse_owing(entry_id, operator)["outcome"] == "reversed"

        stored = Reversal.objects.get()
        assert (stored.transaction, stored.case) == (None, case)
        assert (money(customer), house_balance("mpesa:600000")) == ((0, 0), 0)
        assert reverse_owing(entry_id, operator) == self.done("already_reversed")

    def test_the_true_amount_of_a_corrected_case_is_reversed(
        self, deposit: Transaction, operator: User
    ) -> None:
        settle(deposit, success(amount="1"))
        correct(SuspenseCase.objects.get(), "500", operator)
        entry_id = give(SuspenseCase.objects.get(), deposit.user, operator)["entry_id"]

        assert reverse_owing(entry_id, operator)["outcome"] == "reversed"
        assert (money(deposit.user), house_balance("mpesa:174379")) == ((0, 0), 0)

    def test_a_dismissed_case_has_no_credit_to_reverse(
        self, deposit: Transaction, operator: User
    ) -> None:
        settle(deposit, success(amount="1"))
        entry_id = dismiss(SuspenseCase.objects.get(), operator)["entry_id"]

        assert reverse_owing(entry_id, operator) == self.done("not_reversible")
        assert reverse_owing(999_999, operator) == self.done("no_such_entry")
