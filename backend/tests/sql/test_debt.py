"""The functions of payments/sql/functions/debt.sql."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError
from django.db import transaction as db_transaction

from payments.models import Debt, Repayment, Transaction
from payments.tests.building import NOON, house_balance, money
from tests.sql.calling import after, reverse_owing, row_of, settle, spend, success, value_of
from users.models import User
from wallet.models import JournalEntry
from wallet.tests import ledger

pytestmark = pytest.mark.django_db


def collect(debt_id: int, operator: User, reason: str = "as agreed on") -> dict[str, Any]:
    """Collect what the wallet holds of a debt."""
    return row_of(
        "SELECT * FROM debt_collect(%(debt_id)s, %(operator_id)s, %(reason)s, %(now)s)",
        debt_id=debt_id, operator_id=operator.pk, reason=reason, now=after(120),
    )  # fmt: skip


def left(debt_id: int) -> Any:
    """Return what is left of a debt."""
    return value_of("SELECT debt_left(%(debt_id)s)", debt_id=debt_id)


def fill(user: User, amount: str, key: str = "paid in") -> None:
    """Put money into a wallet."""
    ledger.post(
        key=key,
        debit=ledger.get_clearing_account("174379"),
        credit=ledger.get_customer_account(user.pk),
        amount=Decimal(amount),
        description="",
        now=NOON,
    )


def nothing(outcome: str) -> dict[str, Any]:
    """Return the answer of a call that collected nothing."""
    return {"outcome": outcome, "entry_id": None, "amount": None}


@pytest.fixture
def debt(deposit: Transaction, operator: User) -> Debt:
    """Let a customer spend 200 of a payment of 500 that M-Pesa then takes back."""
    settle(deposit, success())
    spend(deposit.user, 200)
    reverse_owing(deposit.credit_entry_id, operator, 200)
    return Debt.objects.get()


class TestDebtOpen:
    def test_the_debt_is_the_shortfall_of_its_reversal(
        self, debt: Debt, deposit: Transaction
    ) -> None:
        assert (debt.customer, debt.amount) == (deposit.user, 200)
        assert debt.reversal.entry_id == deposit.credit_entry_id

    def test_a_debt_of_another_amount_is_refused(self, debt: Debt) -> None:
        with (
            pytest.raises(IntegrityError, match="does not lend customer"),
            db_transaction.atomic(),
        ):
            value_of(
                "SELECT debt_open(%(customer)s, %(reversal)s, %(entry)s, 201, %(now)s)",
                customer=debt.customer_id, reversal=debt.reversal_id, entry=debt.entry_id, now=NOON,
            )  # fmt: skip


class TestDebtLeft:
    def test_it_is_the_amount_less_the_repayments(self, debt: Debt, operator: User) -> None:
        assert left(debt.pk) == 200
        fill(debt.customer, "50.25")
        collect(debt.pk, operator)

        assert left(debt.pk) == Decimal("149.75")

    def test_of_no_debt_nothing_is_known(self) -> None:
        assert left(999_999) is None


class TestDebtCollect:
    def test_it_takes_what_the_wallet_holds_and_later_the_rest(
        self, debt: Debt, operator: User
    ) -> None:
        fill(debt.customer, "80.00")

        collected = collect(debt.pk, operator)

        entry = JournalEntry.objects.latest("id")
        assert collected == {"outcome": "collected", "entry_id": entry.pk, "amount": 80}
        assert (entry.key, entry.amount) == (f"repay:{debt.pk}:1", 80)
        assert (entry.debit_account.user, entry.credit_account.code) == (debt.customer, "debts")
        stored = Repayment.objects.get()
        assert (stored.debt, stored.number, stored.entry) == (debt, 1, entry)
        assert (stored.operator, stored.reason) == (operator, "as agreed on")
        assert stored.repaid_at == after(120)
        assert (money(debt.customer), house_balance("debts")) == ((0, 0), -120)

        fill(debt.customer, "1000.00", "paid in again")
        collect(debt.pk, operator)

        assert JournalEntry.objects.latest("id").key == f"repay:{debt.pk}:2"
        assert (money(debt.customer), house_balance("debts")) == ((880, 0), 0)
        assert collect(debt.pk, operator) == nothing("repaid")

    def test_an_empty_wallet_gives_nothing(self, debt: Debt, operator: User) -> None:
        assert collect(debt.pk, operator) == nothing("empty_wallet")
        assert not Repayment.objects.exists()

    def test_operators_collect_no_debt_of_their_own(self, debt: Debt) -> None:
        fill(debt.customer, "80.00")

        assert collect(debt.pk, debt.customer) == nothing("own_money")

    def test_a_debt_that_does_not_exist_is_reported(self, operator: User) -> None:
        assert collect(999_999, operator) == nothing("no_such_debt")

    def test_a_reason_is_asked_and_a_long_one_is_cut(self, debt: Debt, operator: User) -> None:
        fill(debt.customer, "80.00")
        with (
            pytest.raises(IntegrityError, match="payments_repayment_reason"),
            db_transaction.atomic(),
        ):
            collect(debt.pk, operator, reason=" ")

        collect(debt.pk, operator, reason="why " * 100)

        assert len(Repayment.objects.get().reason) == 255
