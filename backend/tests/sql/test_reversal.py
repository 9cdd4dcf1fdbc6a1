"""The function of payments/sql/functions/reversal.sql."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError
from django.db import transaction as db_transaction

from payments.models import Reversal, SuspenseCase, Transaction
from payments.tests.breaking import book
from payments.tests.building import NOON, OTHER_PHONE, house_balance, make_customer, money
from tests.sql.calling import after, approve, query, resolve, row_of, settle, success
from users.models import User
from wallet.models import JournalEntry
from wallet.tests import ledger

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


def spend(user: User, amount: int) -> None:
    """Take money out of a wallet, as a withdrawal would."""
    ledger.post(
        key="spent",
        debit=ledger.get_customer_account(user.pk),
        credit=ledger.get_clearing_account("174379"),
        amount=Decimal(amount),
        description="",
        now=NOON,
    )


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
