"""Changes to deposits that the database refuses even when plain SQL bypasses our code."""

import pytest

from payments.models import (
    CallbackEvent,
    DarajaToken,
    IdempotencyKey,
    QueryPace,
    Receipt,
    Reversal,
    SuspenseCase,
    Transaction,
)
from payments.tests.breaking import book, refused, run
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
