"""`check_ledger` names decisions and debts that the ledger does not bear out."""

from decimal import Decimal

import pytest

from payments.models import Debt, SuspenseCase, Transaction
from payments.services import correct_suspense_case, dismiss_suspense_case, reverse_credit
from payments.services.suspense import Dismissal
from payments.tests.building import NOON, receive, success_body
from payments.tests.test_audit import make_operator, problems, tamper
from tests.sql.calling import after, dismiss, query
from tests.sql.test_paybill import tell
from users.models import User
from wallet.models import JournalEntry
from wallet.tests import ledger

pytestmark = pytest.mark.django_db

WHY = "seen in the portal"


@pytest.fixture
def operator() -> User:
    """Store the operator who decides."""
    return make_operator()


def dismissed(operator: User) -> SuspenseCase:
    """Hold 300 of 500, correct it to 400, and dismiss it."""
    receive(success_body(amount=300))
    case = SuspenseCase.objects.get()
    said = {"operator": operator, "reason": WHY, "now": NOON}
    correct_suspense_case(case=case, amount=Decimal(400), **said)  # type: ignore[arg-type]
    refunded = Dismissal(SuspenseCase.Decision.REFUNDED)
    dismiss_suspense_case(case=case, dismissal=refunded, **said)  # type: ignore[arg-type]
    assert problems() == []
    return SuspenseCase.objects.get()


def spend_and_reverse(deposit: Transaction, operator: User) -> Debt:
    """Let the customer owe 200 of a payment that M-Pesa took back."""
    receive(success_body())
    deposit.refresh_from_db()
    assert deposit.credit_entry is not None
    ledger.post(
        key="spent", debit=ledger.get_customer_account(deposit.user_id),
        credit=ledger.get_clearing_account("174379"), amount=Decimal(200), description="", now=NOON,
    )  # fmt: skip
    reverse_credit(
        entry=deposit.credit_entry, operator=operator, reason=WHY, now=NOON, most_owed=Decimal(200)
    )
    return Debt.objects.get()


@pytest.mark.usefixtures("deposit")
class TestCases:
    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ("corrected_amount = 401", "its entries do not move its 401"),
            ("corrected_amount = NULL", "its entries do not move its 300"),
            (
                "resolved_by_id = NULL, released_by = 'claim'",
                "was closed as refunded, but its money or its deposit",
            ),
            ("decision = 'belongs_to_deposit'", "was closed as belongs_to_deposit"),
            ("correction_entry_id = entry_id", "its entries do not move its 400"),
        ],
    )
    def test_a_decision_that_its_entries_do_not_bear_out(
        self, operator: User, change: str, says: str
    ) -> None:
        case = dismissed(operator)

        tamper(f"UPDATE payments_suspensecase SET {change}")

        found = [line for line in problems() if line.startswith(f"suspense case {case.pk}:")]
        assert any(says in line for line in found), problems()

    @pytest.mark.parametrize("word", ["resolve", "correct"])
    def test_an_entry_that_moves_money_elsewhere(
        self, operator: User, customer: User, word: str
    ) -> None:
        dismissed(operator)
        wallet = ledger.get_customer_account(customer.pk)

        tamper(
            f"UPDATE wallet_journalentry SET debit_account_id = {wallet.pk}"
            f" WHERE key LIKE '{word}:%'"
        )

        assert any("which its key does not promise" in line for line in problems())

    def test_an_entry_of_no_correction(self, operator: User) -> None:
        dismissed(operator)

        tamper("UPDATE wallet_journalentry SET key = 'correct:0' WHERE key LIKE 'correct:%'")

        assert any("(correct:0): belongs to no deposit and no case" in line for line in problems())

    def test_an_open_case_counts_with_its_true_amount(self, operator: User) -> None:
        receive(success_body(amount=300))
        case = SuspenseCase.objects.get()
        correct_suspense_case(
            case=case, amount=Decimal(250), operator=operator, reason=WHY, now=NOON
        )
        assert problems() == []

        tamper("UPDATE payments_suspensecase SET corrected_amount = 260")

        assert "account suspense: holds 250.00, its open cases 260.00, difference -10.00" in (
            problems()
        )


class TestBookedTwice:
    def by_query_and_by_hand(self, deposit: Transaction) -> SuspenseCase:
        """Let a status query credit a deposit whose confirmation then waits in suspense."""
        Transaction.objects.update(last_query_at=NOON)
        query(deposit, now=after(1))
        tell(now=after(30))
        return SuspenseCase.objects.get()

    def test_one_payment_that_is_found_to_be_the_deposits_is_in_order(
        self, deposit: Transaction, operator: User
    ) -> None:
        case = self.by_query_and_by_hand(deposit)
        says = f"is in suspense, and deposit {deposit.pk} was credited with it as well"
        assert dismiss(case, operator, "belongs_to_deposit", deposit)["outcome"] == "dismissed"

        assert all("no callback, confirmation or pull names it" in line for line in problems())
        assert not any(says in line for line in problems())

    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE payments_suspensecase SET decision = 'credited'",
            "UPDATE wallet_journalentry SET amount = 499 WHERE key LIKE 'resolve:%'",
            (
                "UPDATE wallet_journalentry SET credit_account_id = (SELECT id FROM"
                " wallet_ledgeraccount WHERE kind = 'customer') WHERE key LIKE 'resolve:%'"
            ),
        ],
    )
    def test_a_real_double_is_still_found(
        self, deposit: Transaction, operator: User, change: str
    ) -> None:
        case = self.by_query_and_by_hand(deposit)
        dismiss(case, operator, "belongs_to_deposit", deposit)

        tamper(change)

        says = f"is in suspense, and deposit {deposit.pk} was credited with it as well"
        assert any(says in line for line in problems())

    def test_a_deposit_that_lost_the_receipt_is_named(
        self, deposit: Transaction, operator: User
    ) -> None:
        case = self.by_query_and_by_hand(deposit)
        dismiss(case, operator, "belongs_to_deposit", deposit)

        tamper("UPDATE payments_transaction SET mpesa_receipt_number = NULL")

        says = f"suspense case {case.pk}: was closed as belongs_to_deposit, but"
        assert any(line.startswith(says) for line in problems())


class TestDebts:
    def test_a_debt_and_its_entries_are_in_order(
        self, deposit: Transaction, operator: User
    ) -> None:
        spend_and_reverse(deposit, operator)

        spent = JournalEntry.objects.get(key="spent")
        assert [line for line in problems() if f"entry {spent.pk} " not in line] == []

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ("UPDATE payments_debt SET amount = 199", "account debts: holds 200.00, its open"),
            ("DELETE FROM payments_debt", "belongs to no deposit and no case"),
            (
                (
                    "UPDATE wallet_journalentry SET debit_account_id = (SELECT id FROM"
                    " wallet_ledgeraccount WHERE kind = 'clearing') WHERE key LIKE 'debt:%'"
                ),
                "which its key does not promise",
            ),
        ],
    )
    def test_a_debt_that_its_entries_do_not_bear_out(
        self, deposit: Transaction, operator: User, change: str, says: str
    ) -> None:
        spend_and_reverse(deposit, operator)

        tamper(change)

        assert any(says in line for line in problems()), problems()

    def test_a_repayment_of_no_debt(self, deposit: Transaction, operator: User) -> None:
        debt = spend_and_reverse(deposit, operator)
        debts, clearing = debt.entry.debit_account, ledger.get_clearing_account("174379")
        wallet = ledger.get_customer_account(debt.customer_id)
        for key, debit, credit in (("x", clearing, wallet), ("repay:1:1", wallet, debts)):
            ledger.post(
                key=key, debit=debit, credit=credit, amount=Decimal(5), description="", now=NOON,
            )  # fmt: skip

        assert any("(repay:1:1): belongs to no deposit" in line for line in problems())
        assert any("account debts: holds 195.00, its open debts 200.00" in line
                   for line in problems())  # fmt: skip
