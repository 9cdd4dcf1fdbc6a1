"""Debts: a reversal of money that was spent, and what is collected of it later."""

from decimal import Decimal

import pytest

from payments import audit
from payments.models import Debt, SuspenseCase, Transaction
from payments.selectors import any_debt_left, list_debts
from payments.services import collect_debt, find_credit_of_case, reverse_credit
from payments.services.reversals import MoneySpent, NothingToCollect, NotReversible
from payments.services.suspense import OwnMoney, ReasonMissing
from payments.tests.building import NOON, make_deposit, money, receive, success_body
from tests.sql.calling import approve, give, pay_by_hand
from users.models import User
from wallet.models import JournalEntry
from wallet.tests import ledger

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> User:
    """Store an operator."""
    return User.objects.create_superuser("254799999999", "a-good-password")


@pytest.fixture
def debt(deposit: Transaction, operator: User) -> Debt:
    """Let a customer owe KES 500: a deposit was taken back after it was spent."""
    receive(success_body())
    deposit.refresh_from_db()
    assert deposit.credit_entry is not None
    ledger.post(
        key="spent", debit=ledger.get_customer_account(deposit.user_id),
        credit=ledger.get_clearing_account("174379"), amount=Decimal(500), description="", now=NOON,
    )  # fmt: skip
    reverse_credit(
        entry=deposit.credit_entry, operator=operator, reason="RFX1", now=NOON,
        most_owed=Decimal(500),
    )  # fmt: skip
    return Debt.objects.get()


class TestReversing:
    def test_money_that_was_spent_stays_spent_unless_the_debt_is_agreed_on(
        self, deposit: Transaction, operator: User
    ) -> None:
        receive(success_body())
        entry = JournalEntry.objects.get()
        ledger.post(
            key="spent", debit=entry.credit_account, credit=entry.debit_account,
            amount=Decimal(1), description="", now=NOON,
        )  # fmt: skip

        with pytest.raises(MoneySpent) as caught:
            reverse_credit(entry=entry, operator=operator, reason="RFX1", now=NOON)

        assert caught.value.args == (1,)
        assert money(deposit.user) == (499, 0)

    def test_the_ledger_agrees_with_debts_and_repayments(self, debt: Debt, operator: User) -> None:
        problems = [f"{found.row}: {found.problem}" for found in audit.find_problems()]
        spent = JournalEntry.objects.get(key="spent")
        assert [line for line in problems if f"entry {spent.pk}" not in line] == []


class TestCollecting:
    def test_what_comes_into_the_wallet_is_collected(self, debt: Debt, operator: User) -> None:
        later = make_deposit(
            debt.customer, checkout_request_id="ws_2", token="2", amount=Decimal(300)
        )
        receive(success_body("ws_2", amount=300, receipt="SECOND0001"), token="2")
        assert list_debts().get().left == 500

        repayment = collect_debt(debt=debt, operator=operator, reason="agreed on it", now=NOON)

        assert (repayment.entry.amount, repayment.operator) == (300, operator)
        assert list_debts().get().left == 200
        assert any_debt_left(debt.customer)
        assert money(later.user) == (0, 0)
        assert str(repayment) == f"repayment 1 of debt {debt.pk}"
        assert str(debt) == f"debt {debt.pk} of {debt.customer}"

    def test_what_cannot_be_collected_is_said(self, debt: Debt, operator: User) -> None:
        with pytest.raises(NothingToCollect, match="empty_wallet"):
            collect_debt(debt=debt, operator=operator, reason="agreed on it", now=NOON)
        with pytest.raises(OwnMoney):
            collect_debt(debt=debt, operator=debt.customer, reason="agreed on it", now=NOON)
        with pytest.raises(ReasonMissing):
            collect_debt(debt=debt, operator=operator, reason=" ", now=NOON)


class TestFindCreditOfCase:
    def test_what_a_case_gave_and_nothing_else(self, customer: User, operator: User) -> None:
        case = pay_by_hand("10.50")
        with pytest.raises(NotReversible):
            find_credit_of_case(case)
        approve(case, customer, operator)
        entry_id = give(case, customer, operator)["entry_id"]

        assert find_credit_of_case(SuspenseCase.objects.get()).pk == entry_id
