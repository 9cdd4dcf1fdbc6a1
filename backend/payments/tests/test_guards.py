"""Changes to deposits that the database refuses even when plain SQL bypasses our code."""

from decimal import Decimal
from typing import Any

import pytest

from payments.models import (
    CallbackEvent,
    DarajaToken,
    Debt,
    IdempotencyKey,
    QueryPace,
    Receipt,
    Reversal,
    SuspenseCase,
    Transaction,
)
from payments.services import resolve_suspense_case, reverse_credit
from payments.tests.breaking import book, check_constraints, refused, run
from payments.tests.building import (
    CHECKOUT,
    NOON,
    OTHER_PHONE,
    RECEIPT,
    make_customer,
    make_deposit,
    receive,
    success_body,
)
from users.models import User
from wallet.models import JournalEntry, LedgerAccount
from wallet.tests import ledger

pytestmark = pytest.mark.django_db


class TestFacts:
    @pytest.mark.parametrize(
        "change",
        [
            "id = id + 1",
            "amount = amount + 1",
            "phone_number = '254110000009'",
            "created_at = now()",
            "account_reference = 'KPOTHER'",
            "callback_token_hash = 'other'",
            "user_id = user_id + 1",
        ],
    )
    def test_customer_phone_and_amount_never_change(
        self, deposit: Transaction, change: str
    ) -> None:
        with refused("who, what and how much never change"):
            run(f"UPDATE payments_transaction SET {change}")

    @pytest.mark.parametrize(
        "change",
        [
            "checkout_request_id = 'ws_CO_other'",
            "checkout_request_id = NULL",
            "mpesa_receipt_number = 'OTHER'",
            "mpesa_receipt_number = NULL",
            "completed_at = now()",
            "credit_entry_id = NULL",
        ],
    )
    def test_a_known_fact_never_changes(self, deposit: Transaction, change: str) -> None:
        receive(success_body())

        with refused("a known fact never changes"):
            run(f"UPDATE payments_transaction SET {change}")

    def test_a_fact_may_follow_nothing(self, customer: User) -> None:
        deposit = make_deposit(customer, checkout_request_id=None)

        run("UPDATE payments_transaction SET checkout_request_id = %s", CHECKOUT)

        deposit.refresh_from_db()
        assert deposit.checkout_request_id == CHECKOUT

    @pytest.mark.parametrize(
        ("column", "value", "constraint"),
        [
            ("amount", "0", "payments_amount_whole_kes"),
            ("amount", "-5", "payments_amount_whole_kes"),
            ("amount", "1.99", "payments_amount_whole_kes"),
            ("amount", "250001", "payments_amount_whole_kes"),
            ("phone_number", "'0712345678'", "payments_phone_number"),
            ("phone_number", "'254212345678'", "payments_phone_number"),
            ("type", "'GIFT'", "payments_type"),
            ("status", "'PAID'", "payments_status"),
        ],
    )
    def test_an_inconsistent_row_is_refused(
        self, customer: User, column: str, value: str, constraint: str
    ) -> None:
        columns = {"user_id": "%s", "amount": "500", "phone_number": "'254712345678'"}
        columns[column] = value

        with refused(constraint):
            run(
                f"INSERT INTO payments_transaction ({', '.join(columns)})"
                f" VALUES ({', '.join(columns.values())})",
                customer.pk,
            )

    def test_two_deposits_never_share_a_checkout_request_id(self, deposit: Transaction) -> None:
        with refused("checkout_request_id"):
            make_deposit(make_customer(OTHER_PHONE), token="another")

    def test_the_defaults_of_the_seed_hold_in_plain_sql(self, customer: User) -> None:
        run(
            "INSERT INTO payments_transaction (user_id, amount, phone_number)"
            " VALUES (%s, 500, '254712345678')",
            customer.pk,
        )

        found = Transaction.objects.get()

        assert (found.type, found.status, found.description) == ("DEPOSIT", "PENDING", "")


class TestCredit:
    def test_completed_without_a_credit_is_refused(self, deposit: Transaction) -> None:
        with refused("payments_completed_is_credited"):
            run("UPDATE payments_transaction SET status = 'COMPLETED', completed_at = now()")

    def test_a_credit_without_completion_is_refused(self, deposit: Transaction) -> None:
        entry = book(deposit.user, 500)

        with refused("payments_completed_is_credited"):
            run("UPDATE payments_transaction SET credit_entry_id = %s", entry.pk)

    @pytest.mark.parametrize("is_own_wallet", [True, False])
    def test_an_entry_of_another_amount_or_user_is_no_credit(
        self, deposit: Transaction, is_own_wallet: bool
    ) -> None:
        other = make_customer(OTHER_PHONE)
        entry = book(deposit.user, 499) if is_own_wallet else book(other, 500)

        with refused("does not credit its wallet with its amount"):
            run(
                "UPDATE payments_transaction SET status = 'COMPLETED', completed_at = now(),"
                " credit_entry_id = %s",
                entry.pk,
            )

    def test_a_row_cannot_be_born_completed_by_a_foreign_entry(self, customer: User) -> None:
        entry = book(make_customer(OTHER_PHONE), 500)

        with refused("does not credit its wallet with its amount"):
            make_deposit(customer, status="COMPLETED", completed_at=NOON, credit_entry_id=entry.pk)

    def test_one_entry_completes_one_deposit(self, deposit: Transaction) -> None:
        receive(success_body())
        entry = JournalEntry.objects.get()

        with refused("credit_entry_id"):
            make_deposit(
                deposit.user,
                checkout_request_id="ws_CO_2",
                token="2",
                status="COMPLETED",
                completed_at=NOON,
                credit_entry_id=entry.pk,
            )


class TestReversals:
    def reverse(self, deposit: Transaction, back: JournalEntry, operator_id: int) -> None:
        """Write the reversal of the deposit's credit as an operator with a console would."""
        run(
            "INSERT INTO payments_reversal (transaction_id, entry_id, reversal_entry_id,"
            " operator_id, reason, reversed_at) VALUES (%s, %s, %s, %s, 'why', now())",
            deposit.pk,
            deposit.credit_entry_id,
            back.pk,
            operator_id,
        )

    @pytest.fixture
    def paid(self, deposit: Transaction) -> Transaction:
        """Store a deposit that was paid and credited."""
        receive(success_body())
        deposit.refresh_from_db()
        return deposit

    def take_back(self, deposit: Transaction) -> JournalEntry:
        """Post the opposite of the deposit's credit."""
        assert deposit.credit_entry is not None
        return ledger.reverse(deposit.credit_entry, description="", now=NOON)

    def test_the_opposite_of_the_credit_is_a_reversal(self, paid: Transaction) -> None:
        self.reverse(paid, self.take_back(paid), make_customer(OTHER_PHONE).pk)

        assert Reversal.objects.get().entry_id == paid.credit_entry_id

    def test_another_entry_is_no_reversal(self, paid: Transaction) -> None:
        other = book(make_customer(OTHER_PHONE), 500)

        with refused("does not take back what entry"):
            self.reverse(paid, other, make_customer("254110000002").pk)

    def test_operators_do_not_reverse_their_own_money(self, paid: Transaction) -> None:
        back = self.take_back(paid)

        with refused("to another customer than"):
            self.reverse(paid, back, paid.user_id)


class TestDecisionsOfCases:
    """What no caller may write about a case, not even with a ledger entry to show for it."""

    @pytest.fixture
    def case(self, deposit: Transaction) -> SuspenseCase:
        """Hold KES 300 in suspense."""
        receive(success_body(amount=300))
        return SuspenseCase.objects.get()

    @pytest.fixture
    def operator(self) -> User:
        """Store an operator."""
        return make_customer("254110000002")

    def post(
        self, case: SuspenseCase, target: LedgerAccount, amount: str = "300", key: str = ""
    ) -> JournalEntry:
        """Move money out of suspense by the key of the case's decision."""
        return ledger.post(
            key=key or f"resolve:{case.pk}",
            debit=ledger.get_suspense_account(),
            credit=target,
            amount=Decimal(amount),
            description="",
            now=NOON,
        )

    def decide(
        self, case: SuspenseCase, entry: JournalEntry | None, operator: User, decision: str
    ) -> None:
        """Write a decision."""
        run(
            "UPDATE payments_suspensecase SET status = 'RESOLVED', decision = %s,"
            " resolved_at = now(), resolved_by_id = %s, resolution_note = 'why',"
            " resolution_entry_id = %s WHERE id = %s",
            decision, operator.pk, entry and entry.pk, case.pk,
        )  # fmt: skip

    def test_money_that_nobody_gets_goes_back_where_it_came_from(
        self, case: SuspenseCase, operator: User
    ) -> None:
        entry = self.post(case, ledger.get_clearing_account("174379"))

        self.decide(case, entry, operator, "not_in_books")

        case.refresh_from_db()
        assert case.resolution_entry == entry

    @pytest.mark.parametrize("decision", ["not_in_books", "refunded", "belongs_to_deposit"])
    def test_it_goes_neither_to_a_customer_nor_to_another_short_code(
        self, case: SuspenseCase, operator: User, decision: str
    ) -> None:
        with refused("does not pay it to another customer"):
            entry = self.post(case, ledger.get_customer_account(case.deposit.user_id))
            self.decide(case, entry, operator, decision)
        with refused("does not pay it to another customer"):
            entry = self.post(case, ledger.get_clearing_account("600000"))
            self.decide(case, entry, operator, decision)

    @pytest.mark.parametrize("decision", ["", "credited"])
    def test_money_that_is_given_goes_to_no_clearing_account(
        self, case: SuspenseCase, operator: User, decision: str
    ) -> None:
        with refused("does not pay it to another customer"):
            entry = self.post(case, ledger.get_clearing_account("174379"))
            self.decide(case, entry, operator, decision)

    def test_nobody_dismisses_a_payment_of_their_own_deposit(self, case: SuspenseCase) -> None:
        with refused("does not pay it to another customer"):
            entry = self.post(case, ledger.get_clearing_account("174379"))
            self.decide(case, entry, case.deposit.user, "refunded")

    def test_a_dismissal_has_an_operator(self, case: SuspenseCase) -> None:
        with refused("does not pay it to another customer"):
            entry = self.post(case, ledger.get_clearing_account("174379"))
            run(
                "UPDATE payments_suspensecase SET status = 'RESOLVED', decision = 'refunded',"
                " resolved_at = now(), released_by = 'claim', resolution_note = 'why',"
                " resolution_entry_id = %s",
                entry.pk,
            )

    @pytest.mark.parametrize("amount", ["299", "301"])
    def test_all_of_it_and_no_more_goes_back(
        self, case: SuspenseCase, operator: User, amount: str
    ) -> None:
        with refused("does not pay it to another customer"):
            entry = self.post(case, ledger.get_clearing_account("174379"), amount)
            self.decide(case, entry, operator, "refunded")

    def test_a_case_with_money_is_not_closed_without_an_entry(
        self, case: SuspenseCase, operator: User
    ) -> None:
        with refused("its money needs an entry of its own"):
            self.decide(case, None, operator, "not_in_books")

    def test_other_words_are_no_decision(self, case: SuspenseCase, operator: User) -> None:
        with refused("payments_suspense_decision"):
            entry = self.post(case, ledger.get_clearing_account("174379"))
            self.decide(case, entry, operator, "pocketed")

    def test_an_open_case_has_no_decision(self, case: SuspenseCase) -> None:
        with refused("payments_suspense_decision"):
            run("UPDATE payments_suspensecase SET decision = 'refunded'")

    @pytest.mark.parametrize(
        ("columns", "values"), [("decision", "'refunded'"), ("corrected_amount", "5")]
    )
    def test_a_case_begins_without_a_decision_or_correction(
        self, case: SuspenseCase, columns: str, values: str
    ) -> None:
        with refused("it is open before it is corrected or decided"):
            run(
                "INSERT INTO payments_suspensecase"
                f" (transaction_id, mpesa_receipt_number, reason, {columns})"
                f" VALUES (%s, 'OTHER', 'receipt_used', {values})",
                case.transaction_id,
            )


class TestCorrectionsOfCases:
    @pytest.fixture
    def case(self, deposit: Transaction) -> SuspenseCase:
        """Hold KES 300 in suspense."""
        receive(success_body(amount=300))
        return SuspenseCase.objects.get()

    @pytest.fixture
    def operator(self) -> User:
        """Store an operator."""
        return make_customer("254110000002")

    def correct(
        self, case: SuspenseCase, entry: JournalEntry | None, operator: User, amount: str
    ) -> None:
        """Write a correction."""
        run(
            "UPDATE payments_suspensecase SET corrected_amount = %s, correction_entry_id = %s,"
            " corrected_by_id = %s, correction_note = 'portal: why'",
            amount, entry and entry.pk, operator.pk,
        )  # fmt: skip

    def raise_to(self, case: SuspenseCase, amount: str, short_code: str = "174379") -> JournalEntry:
        """Move more money into suspense by the key of the case's correction."""
        return ledger.post(
            key=f"correct:{case.pk}",
            debit=ledger.get_clearing_account(short_code),
            credit=ledger.get_suspense_account(),
            amount=Decimal(amount),
            description="",
            now=NOON,
        )

    def test_the_difference_is_moved_once(self, case: SuspenseCase, operator: User) -> None:
        self.correct(case, self.raise_to(case, "200"), operator, "500")

        for change in (
            "corrected_amount = 400", "correction_entry_id = entry_id",
            "correction_note = 'other'", "corrected_by_id = NULL",
        ):  # fmt: skip
            with refused("its amount is corrected once"):
                run(f"UPDATE payments_suspensecase SET {change}")

    @pytest.mark.parametrize(
        ("moved", "amount", "short_code"),
        [
            ("199", "500", "174379"),
            ("200", "501", "174379"),
            ("200", "500", "600000"),
            ("200", "100", "174379"),  # the wrong way
        ],
    )
    def test_another_entry_corrects_nothing(
        self, case: SuspenseCase, operator: User, moved: str, amount: str, short_code: str
    ) -> None:
        with refused("does not correct its amount"):
            entry = self.raise_to(case, moved, short_code)
            self.correct(case, entry, operator, amount)

    def test_the_case_s_first_entry_is_no_correction(
        self, case: SuspenseCase, operator: User
    ) -> None:
        with refused("does not correct its amount"):
            self.correct(case, case.entry, operator, "600")

    def test_nobody_corrects_a_payment_of_their_own_deposit(self, case: SuspenseCase) -> None:
        with refused("does not correct its amount"):
            self.correct(case, self.raise_to(case, "200"), case.deposit.user, "500")

    @pytest.mark.parametrize(
        "change", ["corrected_amount = 500", "correction_note = 'why'", "corrected_by_id = 1"]
    )
    def test_half_a_correction_is_none(self, case: SuspenseCase, change: str) -> None:
        with refused("payments_suspense_corrected|does not correct its amount"):
            run(f"UPDATE payments_suspensecase SET {change}")

    def test_a_decided_case_is_not_corrected(self, case: SuspenseCase, operator: User) -> None:
        entry = ledger.post(
            key=f"resolve:{case.pk}",
            debit=ledger.get_suspense_account(),
            credit=ledger.get_clearing_account("174379"),
            amount=Decimal(300),
            description="",
            now=NOON,
        )
        run(
            "UPDATE payments_suspensecase SET status = 'RESOLVED', decision = 'refunded',"
            " resolved_at = now(), resolved_by_id = %s, resolution_note = 'why',"
            " resolution_entry_id = %s",
            operator.pk, entry.pk,
        )  # fmt: skip

        with refused("only an open case changes"):
            self.correct(case, self.raise_to(case, "200"), operator, "500")


class TestDebts:
    """A debt is the shortfall of a reversal; its repayments come out of the debtor's wallet."""

    @pytest.fixture
    def operator(self) -> User:
        """Store an operator."""
        return make_customer("254110000002")

    @pytest.fixture
    def debt(self, deposit: Transaction, operator: User) -> Debt:
        """Let a customer spend 200 of 500 that M-Pesa then takes back."""
        receive(success_body())
        deposit.refresh_from_db()
        assert deposit.credit_entry is not None
        self.pay(deposit.user, "200", "spent", "174379")
        reverse_credit(
            entry=deposit.credit_entry, operator=operator, reason="taken back", now=NOON,
            most_owed=Decimal(200),
        )  # fmt: skip
        book(deposit.user, 1000)
        return Debt.objects.get()

    def pay(self, user: User, amount: str, key: str, short_code: str = "") -> JournalEntry:
        """Take money out of a wallet: for debts, or for a short code."""
        debts = LedgerAccount.objects.filter(code="debts").first()
        target = ledger.get_clearing_account(short_code) if short_code else debts
        assert target is not None
        return ledger.post(
            key=key, debit=ledger.get_customer_account(user.pk), credit=target,
            amount=Decimal(amount), description="", now=NOON,
        )  # fmt: skip

    def repay(self, debt: Debt, entry: JournalEntry, operator_id: int, number: int = 1) -> None:
        """Write a repayment."""
        run(
            "INSERT INTO payments_repayment (debt_id, number, entry_id, operator_id, reason,"
            " repaid_at) VALUES (%s, %s, %s, %s, 'why', now())",
            debt.pk, number, entry.pk, operator_id,
        )  # fmt: skip

    def test_a_repayment_out_of_the_wallet_is_taken(self, debt: Debt, operator: User) -> None:
        self.repay(debt, self.pay(debt.customer, "50", f"repay:{debt.pk}:1"), operator.pk)
        self.repay(debt, self.pay(debt.customer, "150", f"repay:{debt.pk}:2"), operator.pk, 2)

        with refused("does not repay debt"):
            entry = self.pay(debt.customer, "0.01", f"repay:{debt.pk}:3")
            self.repay(debt, entry, operator.pk, 3)

    @pytest.mark.parametrize(
        ("amount", "key", "short_code"),
        [("201", "repay:{}:1", ""), ("50", "repay:{}:2", ""), ("50", "repay:{}:1", "174379")],
    )
    def test_another_entry_repays_nothing(
        self, debt: Debt, operator: User, amount: str, key: str, short_code: str
    ) -> None:
        with refused("does not repay debt"):
            entry = self.pay(debt.customer, amount, key.format(debt.pk), short_code)
            self.repay(debt, entry, operator.pk)

    def test_nobody_else_repays_and_no_number_is_left_out(self, debt: Debt, operator: User) -> None:
        book(operator, 500, "theirs")
        with refused("does not repay debt"):
            self.repay(debt, self.pay(operator, "50", f"repay:{debt.pk}:1"), operator.pk)
        with refused("does not repay debt"):
            entry = self.pay(debt.customer, "50", f"repay:{debt.pk}:2")
            self.repay(debt, entry, operator.pk, 2)
        with refused("does not repay debt"):
            entry = self.pay(debt.customer, "50", f"repay:{debt.pk}:1")
            self.repay(debt, entry, debt.customer_id)

    @pytest.mark.parametrize("column", ["customer_id", "amount", "reversal_id", "entry_id"])
    def test_a_debt_says_whose_it_is_and_how_much(self, debt: Debt, column: str) -> None:
        values: dict[str, Any] = {
            "customer_id": debt.customer_id, "reversal_id": debt.reversal_id,
            "entry_id": debt.entry_id, "amount": debt.amount,
        }  # fmt: skip
        values[column] += 1
        with refused("does not lend customer"):
            run(
                f"INSERT INTO payments_debt ({', '.join(values)}, owed_since)"
                " VALUES (%s, %s, %s, %s, now())",
                *values.values(),
            )

    @pytest.mark.parametrize("table", ["payments_debt", "payments_repayment"])
    @pytest.mark.parametrize(
        "sql", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
    )
    def test_debts_and_repayments_stay(
        self, debt: Debt, operator: User, table: str, sql: str
    ) -> None:
        self.repay(debt, self.pay(debt.customer, "50", f"repay:{debt.pk}:1"), operator.pk)
        check_constraints()  # or a TRUNCATE would stop at what is still to be looked at

        with refused("append-only"):
            run(sql.format(table))


class TestReversalsWithoutADeposit:
    @pytest.mark.parametrize("columns", ["NULL, NULL", "txn.id, item.id"])
    def test_a_reversal_names_a_deposit_or_a_case(self, deposit: Transaction, columns: str) -> None:
        receive(success_body(amount=300))
        case = SuspenseCase.objects.get()
        operator = make_customer("254110000002")
        resolve_suspense_case(
            case=case, user=deposit.user, operator=operator, reason="why", now=NOON
        )
        case.refresh_from_db()
        assert case.resolution_entry is not None
        back = ledger.reverse(case.resolution_entry, description="", now=NOON)

        with refused("payments_reversal_subject|does not take back"):
            run(
                "INSERT INTO payments_reversal (transaction_id, case_id, entry_id,"
                " reversal_entry_id, operator_id, reason, reversed_at)"
                f" SELECT {columns}, %s, %s, %s, 'why', now()"
                " FROM payments_suspensecase AS item"
                " JOIN payments_transaction AS txn ON txn.id = item.transaction_id",
                case.resolution_entry_id, back.pk, operator.pk,
            )  # fmt: skip


class TestSingleRows:
    @pytest.mark.parametrize("table", ["payments_querypace", "payments_darajatoken"])
    def test_each_single_row_table_has_one_row(self, table: str) -> None:
        with refused("single"):
            run(f"INSERT INTO {table} (id) VALUES (2)")


class TestSeedQueries:
    def test_the_latest_deposits(self, deposit: Transaction) -> None:
        rows = run(
            "SELECT * FROM payments_transaction WHERE type='DEPOSIT'"
            " ORDER BY created_at DESC LIMIT 10;"
        )

        assert len(rows) == 1

    def test_the_seeds_query_for_failed_deposits_works(self, deposit: Transaction) -> None:
        assert run("SELECT * FROM payments_transaction WHERE status='FAILED';") == []


def test_rows_name_themselves(deposit: Transaction) -> None:
    receive(success_body(amount=300))
    key = IdempotencyKey(user=deposit.user, key="k")

    assert str(deposit) == f"DEPOSIT {deposit.pk} PENDING"
    assert str(SuspenseCase.objects.get()) == f"amount_mismatch {RECEIPT}"
    assert str(Receipt.objects.get()) == RECEIPT
    event = CallbackEvent.objects.get()
    assert str(event) == f"callback {event.pk} mismatched"
    assert str(key) == f"key of user {deposit.user.pk}"
    assert str(QueryPace()) == "query pace"
    assert str(DarajaToken()) == "Daraja token"
    assert LedgerAccount.objects.filter(code="suspense").exists()
