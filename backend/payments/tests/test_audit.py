"""Deposits are held against the ledger: `check_ledger` names whatever does not agree."""

import json
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.db import transaction as db_transaction

from common.db import call_function
from payments import audit
from payments.models import Claim, PulledRow, SuspenseCase, Transaction
from payments.services import (
    make_claim,
    record_confirmation,
    resolve_suspense_case,
    reverse_credit,
)
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    RECEIPT,
    failure_body,
    make_customer,
    make_deposit,
    receive,
    success_body,
)
from tests.sql.calling import after, query
from tests.sql.test_paybill import NUMBER, REFERENCE, give_number
from tests.sql.test_pull import record
from users.models import User
from wallet.models import JournalEntry
from wallet.tests import ledger

pytestmark = pytest.mark.django_db

UNCAUSED = "500.00 was credited without a callback, a query or a decision behind it"


def tamper(sql: str) -> None:
    """Run SQL with all triggers off, as only the database's owner can."""
    with db_transaction.atomic(), connection.cursor() as cursor:
        # What is looked at when a transaction commits has its look before.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql)
        cursor.execute("SET LOCAL session_replication_role = origin")


def problems() -> list[str]:
    """Return what the audit finds, a line each."""
    return [f"{found.row}: {found.problem}" for found in audit.find_problems()]


def make_operator() -> User:
    """Store the operator who decides."""
    return User.objects.create_user("254799999999", None, is_staff=True)


def test_an_ordinary_day_is_in_order(deposit: Transaction, customer: User) -> None:
    receive(success_body())
    receive(success_body(receipt="SECOND0001"))
    receive(success_body(receipt="THIRD00001"))
    resolve_suspense_case(
        case=SuspenseCase.objects.earliest("id"),
        user=customer,
        operator=make_operator(),
        reason="why",
        now=NOON,
    )

    assert problems() == []


def test_a_deposit_completed_by_hand_is_named(deposit: Transaction) -> None:
    tamper(
        "UPDATE payments_transaction SET status = 'COMPLETED', completed_at = now(),"
        " credit_entry_id = 0"
    )

    assert problems() == [
        f"deposit {deposit.pk}: is COMPLETED for 500.00, but has 0 credits of 0 in all",
        f"deposit {deposit.pk}: {UNCAUSED}",
    ]


def test_a_deposit_of_another_amount_is_named(deposit: Transaction) -> None:
    receive(success_body())

    tamper("UPDATE payments_transaction SET amount = 600")

    assert problems() == [
        f"deposit {deposit.pk}: is COMPLETED for 600.00, but has 1 credits of 500.00 in all"
    ]


def test_a_credit_of_an_uncompleted_deposit_is_named(deposit: Transaction) -> None:
    receive(success_body())
    tamper(
        "UPDATE payments_transaction SET status = 'FAILED', credit_entry_id = NULL,"
        " completed_at = NULL, mpesa_receipt_number = NULL"
    )

    entry = JournalEntry.objects.get()
    assert problems() == [
        f"deposit {deposit.pk}: is FAILED for 500.00, but has 1 credits of 500.00 in all",
        f"journal entry {entry.pk} (deposit:{deposit.pk}): belongs to no deposit and no case",
        f"receipt {RECEIPT}: deposit or case and the booked receipt differ",
    ]


def test_a_payment_in_suspense_without_a_case_is_named(deposit: Transaction) -> None:
    receive(success_body(amount=300))
    tamper("DELETE FROM payments_suspensecase")

    assert [line.rpartition(": ")[2] for line in problems()] == [
        "belongs to no deposit and no case",
        "deposit or case and the booked receipt differ",
        "holds 300.00, its open cases 0, difference 300.00",
    ]


def test_a_resolution_without_a_case_is_named(deposit: Transaction, customer: User) -> None:
    receive(success_body(amount=300))
    resolve_suspense_case(
        case=SuspenseCase.objects.get(),
        user=customer,
        operator=make_operator(),
        reason="why",
        now=NOON,
    )
    tamper("UPDATE payments_suspensecase SET resolution_entry_id = NULL")

    assert any("(resolve:" in line for line in problems())


def test_money_from_nowhere_is_named(customer: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ledger_post('gift:1', ledger_system_account('mpesa:174379', 'clearing'),"
            " ledger_customer_account(%s), 1000000, 'A gift', now())",
            [customer.pk],
        )

    assert [line.partition(": ")[2] for line in problems()] == [
        "belongs to no deposit and no case",
        "moves money from clearing to customer, which its key does not promise",
    ]


def test_a_reversed_credit_is_in_order(deposit: Transaction) -> None:
    receive(success_body())

    reverse_credit(
        entry=JournalEntry.objects.get(), operator=make_operator(), reason="Taken back", now=NOON
    )

    assert problems() == []


def test_the_history_keeps_the_reason_of_a_reversal(deposit: Transaction) -> None:
    receive(success_body())

    reverse_credit(
        entry=JournalEntry.objects.get(), operator=make_operator(), reason="Taken back", now=NOON
    )

    kept = call_function(
        "SELECT context.metadata ->> 'reason' AS reason FROM payments_transactionhistory AS past"
        " JOIN pghistory_context AS context ON context.id = past.pgh_context_id",
        {},
    )
    assert kept == {"reason": "Taken back"}


def test_a_reversal_without_a_decision_is_named(deposit: Transaction) -> None:
    receive(success_body())

    ledger.reverse(JournalEntry.objects.get(), description="Charged back", now=NOON)

    assert [line.rpartition(": ")[2] for line in problems()] == [
        "belongs to no deposit and no case"
    ]


def test_a_mark_without_a_reversal_is_named(deposit: Transaction) -> None:
    receive(success_body())

    tamper("UPDATE payments_transaction SET review_reason = 'reversed'")

    assert problems() == [f"deposit {deposit.pk}: is marked reversed, but no reversal is there"]


def test_a_credit_without_a_cause_is_named(deposit: Transaction) -> None:
    """An insider with SQL calls the functions of the product, and no callback ever came."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT deposit_settle_query(%s, true, '{}', now())", [deposit.pk])

    assert problems() == [
        f"deposit {deposit.pk}: {UNCAUSED}",
    ]


def test_a_failure_s_callback_explains_no_credit(deposit: Transaction) -> None:
    receive(failure_body())
    with connection.cursor() as cursor:
        cursor.execute("SELECT deposit_settle_query(%s, true, '{}', now())", [deposit.pk])

    assert problems() == [f"deposit {deposit.pk}: {UNCAUSED}"]


def test_a_query_of_long_ago_explains_no_credit(deposit: Transaction) -> None:
    Transaction.objects.update(last_query_at=NOON)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT deposit_settle_query(%s, true, '{}', %s)",
            [deposit.pk, NOON + timedelta(days=1)],
        )

    assert problems() == [f"deposit {deposit.pk}: {UNCAUSED}"]


@pytest.mark.parametrize(
    ("queries", "ahead_s", "is_explained"), [(2, 56, True), (1, 56, False), (2, 301, False)]
)
def test_a_second_query_by_a_worker_whose_clock_is_ahead_hides_no_cause(
    deposit: Transaction, queries: int, ahead_s: int, is_explained: bool
) -> None:
    """It was asked again while the answer of the first query was under way."""
    asked_at = NOON + timedelta(seconds=ahead_s)
    Transaction.objects.update(last_query_at=asked_at, query_count=queries)
    with connection.cursor() as cursor:
        cursor.execute("SELECT deposit_settle_query(%s, true, '{}', %s)", [deposit.pk, NOON])

    assert problems() == ([] if is_explained else [f"deposit {deposit.pk}: {UNCAUSED}"])


_INVENTED = (
    '{"checkout_request_id": "ws_CO_20112026120000000712345678", "result_code": "0",'
    ' "is_final": true, "amount": "%s", "mpesa_receipt_number": "INVENTED01"}'
)
_UNBACKED = "was booked for deposit {0}, and no report of M-Pesa names it"


def _mint(deposit: Transaction, amount: int, now: datetime = NOON) -> None:
    """Call the product's own function, with triggers on, and no callback that is stored."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT deposit_settle_callback(%s, true, true, %s::jsonb, %s)",
            [deposit.pk, _INVENTED % amount, now],
        )


def test_an_invented_receipt_is_named(deposit: Transaction) -> None:
    _mint(deposit, 500)

    assert problems() == [
        f"deposit {deposit.pk}: {UNCAUSED}",
        f"receipt INVENTED01: {_UNBACKED.format(deposit.pk)}",
    ]


def test_a_real_query_explains_no_invented_receipt(deposit: Transaction) -> None:
    Transaction.objects.update(last_query_at=NOON)
    receive(failure_body(result_code=1037))

    _mint(deposit, 500, NOON + timedelta(minutes=1))

    assert problems() == [
        f"deposit {deposit.pk}: {UNCAUSED}",
        f"receipt INVENTED01: {_UNBACKED.format(deposit.pk)}",
    ]


def test_money_that_was_invented_into_suspense_is_named(
    deposit: Transaction, customer: User
) -> None:
    _mint(deposit, 9_000)
    resolve_suspense_case(
        case=SuspenseCase.objects.get(),
        user=customer,
        operator=make_operator(),
        reason="why",
        now=NOON,
    )

    assert problems() == [f"receipt INVENTED01: {_UNBACKED.format(deposit.pk)}"]


def test_a_receipt_that_follows_a_query_is_in_order(deposit: Transaction) -> None:
    Transaction.objects.update(last_query_at=NOON)
    with connection.cursor() as cursor:
        cursor.execute("SELECT deposit_settle_query(%s, true, '{}', %s)", [deposit.pk, NOON])

    receive(success_body(), now=NOON + timedelta(minutes=1))

    assert problems() == []


def test_a_callback_of_a_host_whose_clock_is_behind_is_in_order(deposit: Transaction) -> None:
    asked_at = NOON + timedelta(minutes=2)
    Transaction.objects.update(last_query_at=asked_at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT deposit_settle_query(%s, true, '{}', %s)", [deposit.pk, asked_at])

    receive(success_body(), now=asked_at - timedelta(seconds=8))

    assert problems() == []


def test_money_that_moves_against_its_key_is_named(deposit: Transaction, customer: User) -> None:
    receive(success_body())
    ledger.post(
        key=f"reverse:deposit:{deposit.pk}",
        debit=ledger.get_customer_account(customer.pk),
        credit=ledger.get_customer_account(make_customer(OTHER_PHONE).pk),
        amount=deposit.amount,
        description="",
        now=NOON,
    )

    said = "moves money from customer to customer, which its key does not promise"
    assert any(said in line for line in problems())


def test_suspense_beside_its_open_cases_is_named(deposit: Transaction, customer: User) -> None:
    receive(success_body(amount=300))

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ledger_post('resolve:999', ledger_system_account('suspense', 'suspense'),"
            " ledger_customer_account(%s), 100, 'Out of suspense', now())",
            [customer.pk],
        )

    assert "account suspense: holds 200.00, its open cases 300.00, difference -100.00" in problems()


def test_a_credit_of_another_customer_is_named(deposit: Transaction) -> None:
    receive(success_body())
    thief = make_customer(OTHER_PHONE)

    tamper(f"UPDATE payments_transaction SET user_id = {thief.pk}")

    assert problems() == [
        f"deposit {deposit.pk}: is credited to account wallet:{deposit.user_id}, not to its user's"
    ]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE payments_transaction SET mpesa_receipt_number = 'ANOTHER001'",
        "UPDATE payments_receipt SET number = 'ANOTHER001'",
        "DELETE FROM payments_receipt",
    ],
)
def test_a_receipt_that_was_touched_is_named(deposit: Transaction, sql: str) -> None:
    receive(success_body())

    tamper(sql)

    assert any("deposit or case and the booked receipt differ" in line for line in problems())


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE payments_suspensecase SET amount = 300000",
        "DELETE FROM wallet_journalentry",
    ],
)
def test_a_case_without_its_money_is_named(deposit: Transaction, sql: str) -> None:
    receive(success_body(amount=300))
    case = SuspenseCase.objects.get()

    tamper(sql)

    assert problems()[0].startswith(f"suspense case {case.pk}: its entries do not move its")


def test_a_resolution_of_another_amount_is_named(deposit: Transaction, customer: User) -> None:
    receive(success_body(amount=300))
    case = SuspenseCase.objects.get()
    resolve_suspense_case(
        case=case, user=customer, operator=make_operator(), reason="why", now=NOON
    )

    tamper("UPDATE wallet_journalentry SET amount = 3000 WHERE key LIKE 'resolve:%'")

    assert problems() == [
        f"suspense case {case.pk}: its entries do not move its 300.00",
        "account suspense: holds -2700.00, its open cases 0, difference -2700.00",
    ]


def test_the_command_exits_with_status_1(deposit: Transaction) -> None:
    receive(success_body())
    tamper("UPDATE payments_transaction SET amount = 600")
    out, err = StringIO(), StringIO()

    with pytest.raises(SystemExit) as stop:
        call_command("check_ledger", stdout=out, stderr=err)

    assert stop.value.code == 1
    assert out.getvalue().startswith(f"deposit {deposit.pk}: ")
    assert err.getvalue() == "1 differences\n"


class TestClaims:
    _CLAIM = (
        "INSERT INTO payments_claim (user_id, receipt, readings, status, created_at, ends_at,"
        " ended_at) VALUES ({user}, 'UKK51ZDR4F', '{{UKK51ZDR4F}}', 'CREDITED', now(),"
        " now() + interval '1 day', now())"
    )

    def test_a_payment_that_its_claimant_got_is_in_order(self, customer: User) -> None:
        self._hold("0712345678 wallet")

        assert make_claim(user=customer, text="UKK51ZDR4F", now=NOON).outcome == "credited"

        assert problems() == []

    def test_a_release_that_nobody_claimed_is_named(self, customer: User) -> None:
        self._hold("wallet")
        case = SuspenseCase.objects.get()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT paybill_release(%s, %s, NULL, NULL, 'claim', 'as if', now())",
                [case.pk, customer.pk],
            )

        says = "was released by a claim of UKK51ZDR4F that its customer did not make"
        assert problems() == [f"suspense case {case.pk}: {says}"]

    def test_a_claim_that_is_credited_without_a_payment_is_named(self, customer: User) -> None:
        tamper(self._CLAIM.format(user=customer.pk))

        claim = Claim.objects.get()
        assert problems() == [
            f"claim {claim.pk}: is credited, but its customer has no payment UKK51ZDR4F"
        ]

    def _hold(self, typed: str) -> None:
        """Let M-Pesa report a payment by hand that waits in suspense."""
        body = {"TransID": "UKK51ZDR4F", "TransAmount": "500.00", "BillRefNumber": typed}
        record_confirmation(
            body=json.dumps(body).encode(), headers={}, source_address=None, now=NOON
        )


class TestPulledPayments:
    """What M-Pesa's list booked has a cause while its row is there, and none without it."""

    @pytest.fixture
    def pulled(self, customer: User) -> int:
        """Credit one payment by hand, hold another; return the credited deposit's id."""
        give_number(customer)
        record(receipt="HELD000001")
        deposit_id: int = record(number=NUMBER)[1]
        return deposit_id

    def test_a_row_explains_credit_and_receipts(self, pulled: int) -> None:
        assert problems() == []

    def test_a_filled_receipt_is_explained(self, customer: User) -> None:
        deposit = make_deposit(customer, account_reference=REFERENCE, last_query_at=NOON)
        query(deposit)
        assert record(after(60), reference=REFERENCE)[0] == "filled"

        assert problems() == []
        tamper("DELETE FROM payments_pulledrow")
        assert problems() == [f"receipt {RECEIPT}: {_UNBACKED.format(deposit.pk)}"]

    def test_without_its_row_nothing_is(self, pulled: int) -> None:
        tamper("DELETE FROM payments_pulledrow")

        assert problems() == [
            f"deposit {pulled}: {UNCAUSED}",
            f"receipt HELD000001: {_UNBACKED.format(None)}",
            f"receipt {RECEIPT}: {_UNBACKED.format(pulled)}",
        ]

    def test_a_release_by_the_list_is_explained(self, customer: User) -> None:
        record()
        deposit = make_deposit(customer, account_reference=REFERENCE)
        assert record(after(60), reference=REFERENCE) == ("applied", deposit.pk)

        assert problems() == []
        tamper("DELETE FROM payments_pulledrow WHERE verdict = 'applied'")
        case = SuspenseCase.objects.get()
        says = "500.00 left suspense without two operators or a report of M-Pesa behind it"
        assert problems() == [f"suspense case {case.pk}: {says}"]

    def test_a_row_that_failed_explains_nothing(self, pulled: int) -> None:
        tamper("DELETE FROM payments_pulledrow")
        for receipt in (RECEIPT, "HELD000001"):
            PulledRow.objects.create(receipt=receipt, raw={}, verdict="failed")

        assert len(problems()) == 3
