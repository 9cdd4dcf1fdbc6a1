"""Deposits are held against the ledger: `check_ledger` names whatever does not agree."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.db import transaction as db_transaction

from payments import audit
from payments.models import SuspenseCase, Transaction
from payments.services import resolve_suspense_case
from payments.tests.building import NOON, receive, success_body
from users.models import User
from wallet.models import JournalEntry

pytestmark = pytest.mark.django_db


def tamper(sql: str) -> None:
    """Run SQL with all triggers off, as only the database's owner can."""
    with db_transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql)
        cursor.execute("SET LOCAL session_replication_role = origin")


def problems() -> list[str]:
    """Return what the audit finds, a line each."""
    return [f"{finding.row}: {finding.problem}" for finding in audit.find_problems()]


def test_an_ordinary_day_is_in_order(deposit: Transaction, customer: User) -> None:
    receive(success_body())
    receive(success_body(receipt="SECOND0001"))
    receive(success_body(receipt="THIRD00001"))
    resolve_suspense_case(
        case=SuspenseCase.objects.earliest("id"),
        user=customer,
        operator=customer,
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
        f"deposit {deposit.pk}: is COMPLETED for 500.00, but has 0 credits of 0 in all"
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
    ]


def test_a_parked_payment_without_a_case_is_named(deposit: Transaction) -> None:
    receive(success_body(amount=300))
    tamper("DELETE FROM payments_suspensecase")

    assert [line.partition(": ")[2] for line in problems()] == ["belongs to no deposit and no case"]


def test_a_resolution_without_a_case_is_named(deposit: Transaction, customer: User) -> None:
    receive(success_body(amount=300))
    resolve_suspense_case(
        case=SuspenseCase.objects.get(), user=customer, operator=customer, reason="why", now=NOON
    )
    tamper("UPDATE payments_suspensecase SET resolution_entry_id = NULL")

    assert any("(resolve:" in line for line in problems())


def test_the_command_exits_with_status_1(deposit: Transaction) -> None:
    receive(success_body())
    tamper("UPDATE payments_transaction SET amount = 600")
    out, err = StringIO(), StringIO()

    with pytest.raises(SystemExit) as stop:
        call_command("check_ledger", stdout=out, stderr=err)

    assert stop.value.code == 1
    assert out.getvalue().startswith(f"deposit {deposit.pk}: ")
    assert err.getvalue() == "1 differences\n"
