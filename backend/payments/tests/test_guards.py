"""What the database refuses of a deposit, whoever asks: every attempt is plain SQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.db import transaction as db_transaction
from django.db.models import ProtectedError

from payments.models import (
    CallbackEvent,
    DarajaToken,
    IdempotencyKey,
    QueryPace,
    Receipt,
    SuspenseCase,
    Transaction,
)
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
from wallet import ledger
from wallet.models import JournalEntry, LedgerAccount

pytestmark = pytest.mark.django_db


def run(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """Run SQL as somebody with a console would."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall()) if cursor.description else []


def check_constraints() -> None:
    """Look at once at what would be looked at when the transaction is committed."""
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run("SET CONSTRAINTS ALL DEFERRED")


@contextmanager
def refused(text: str) -> Iterator[None]:
    """Expect the database to refuse what is inside, at the latest when it is committed."""
    with pytest.raises(DatabaseError, match=text), db_transaction.atomic():  # noqa: PT012
        yield
        check_constraints()


def book(user: User, amount: int, key: str = "some entry") -> JournalEntry:
    """Credit a customer."""
    return ledger.post(
        key=key,
        debit=ledger.get_clearing_account("174379"),
        credit=ledger.get_customer_account(user.pk),
        amount=Decimal(amount),
        description="",
        now=NOON,
    )


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
    def test_who_what_and_how_much_never_change(self, deposit: Transaction, change: str) -> None:
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
    def test_a_row_that_makes_no_sense_is_refused(
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


class TestReceipts:
    def test_a_receipt_belongs_to_a_completed_deposit(self, deposit: Transaction) -> None:
        with refused("payments_receipt_is_credited"):
            run("UPDATE payments_transaction SET mpesa_receipt_number = 'NLJ7RT61SV'")

    def test_a_receipt_must_be_booked_for_this_very_deposit(self, deposit: Transaction) -> None:
        entry = book(deposit.user, 500)

        with refused("payments_receipt_is_booked"):
            run(
                "UPDATE payments_transaction SET status = 'COMPLETED', completed_at = now(),"
                " credit_entry_id = %s, mpesa_receipt_number = 'NLJ7RT61SV'",
                entry.pk,
            )

    def test_a_receipt_is_booked_once(self, deposit: Transaction) -> None:
        other = make_deposit(
            make_customer(OTHER_PHONE), checkout_request_id="ws_CO_2", token="another"
        )
        Receipt.objects.create(number=RECEIPT, transaction=deposit)

        with refused("payments_receipt_pkey"):
            Receipt.objects.create(number=RECEIPT, transaction=other)

    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE payments_receipt SET number = 'FREED'",
            "DELETE FROM payments_receipt",
            "TRUNCATE payments_receipt CASCADE",
        ],
    )
    def test_a_booked_receipt_stays(self, deposit: Transaction, sql: str) -> None:
        receive(success_body())
        check_constraints()

        with refused("append-only"):
            run(sql)


class TestHistory:
    def test_a_deposit_is_never_deleted(self, deposit: Transaction) -> None:
        with refused("is money history and stays"):
            run("DELETE FROM payments_transaction")

    @pytest.mark.parametrize("table", ["payments_transaction", "payments_suspensecase"])
    def test_history_is_never_emptied(self, deposit: Transaction, table: str) -> None:
        check_constraints()

        with refused("append-only: TRUNCATE refused"):
            run(f"TRUNCATE {table} CASCADE")

    def test_a_user_with_deposits_is_never_deleted(self, deposit: Transaction) -> None:
        with pytest.raises(ProtectedError):
            deposit.user.delete()


class TestSuspenseCases:
    @pytest.fixture
    def case(self, deposit: Transaction) -> SuspenseCase:
        """Park a payment of the wrong amount."""
        receive(success_body(amount=300))
        return SuspenseCase.objects.get()

    @pytest.mark.parametrize(
        "sql",
        [
            "DELETE FROM payments_suspensecase",
            "UPDATE payments_suspensecase SET amount = 3000",
            "UPDATE payments_suspensecase SET mpesa_receipt_number = 'OTHER'",
            "UPDATE payments_suspensecase SET reason = 'second_payment'",
            "UPDATE payments_suspensecase SET opened_at = now()",
        ],
    )
    def test_what_a_case_is_about_never_changes(self, case: SuspenseCase, sql: str) -> None:
        with refused("only an open case changes, by its decision"):
            run(sql)

    def test_money_is_not_resolved_without_an_entry(self, case: SuspenseCase) -> None:
        with refused("its money needs an entry of its own"):
            run(
                "UPDATE payments_suspensecase SET status = 'RESOLVED', resolved_at = now(),"
                " resolution_note = 'trust me'"
            )

    def test_a_decision_needs_its_reason_and_time(self, case: SuspenseCase) -> None:
        entry = book(case.transaction.user, 300)

        with refused("payments_suspense_resolved"):
            run(
                "UPDATE payments_suspensecase SET status = 'RESOLVED', resolution_entry_id = %s",
                entry.pk,
            )

    def test_a_decision_is_final(self, case: SuspenseCase) -> None:
        entry = book(case.transaction.user, 300)
        run(
            "UPDATE payments_suspensecase SET status = 'RESOLVED', resolved_at = now(),"
            " resolution_note = 'paid by M-Pesa', resolution_entry_id = %s",
            entry.pk,
        )

        with refused("only an open case changes, by its decision"):
            run(
                "UPDATE payments_suspensecase SET status = 'OPEN', resolved_at = NULL,"
                " resolution_entry_id = NULL, resolution_note = ''"
            )

    def test_a_case_without_money_has_no_entry(self, case: SuspenseCase) -> None:
        with refused("payments_suspense_posted"):
            SuspenseCase.objects.create(
                transaction=case.transaction,
                mpesa_receipt_number="OTHER",
                reason="receipt_used",
                amount=300,
                entry=book(case.transaction.user, 300),
            )


class TestSingleRows:
    @pytest.mark.parametrize("table", ["payments_querypace", "payments_darajatoken"])
    def test_there_is_one_row_for_all_processes(self, table: str) -> None:
        with refused("single"):
            run(f"INSERT INTO {table} (id) VALUES (2)")


class TestSeedQueries:
    def test_the_latest_deposits(self, deposit: Transaction) -> None:
        rows = run(
            "SELECT * FROM payments_transaction WHERE type='DEPOSIT'"
            " ORDER BY created_at DESC LIMIT 10;"
        )

        assert len(rows) == 1

    def test_the_failed_ones(self, deposit: Transaction) -> None:
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
