"""Builds accounts and journal entries for the tests of the ledger."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db import transaction as db_transaction

from users.models import User
from wallet.models import JournalEntry, LedgerAccount
from wallet.tests import ledger

NOON = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def make_user(phone_number: str = "254712345678") -> User:
    """Store a customer."""
    return User.objects.create_user(phone_number, None, full_name="Wanjiku Kamau")


def open_wallet(phone_number: str = "254712345678") -> LedgerAccount:
    """Open a customer's account."""
    return ledger.get_customer_account(make_user(phone_number).pk)


def pay_in(
    account: LedgerAccount, amount: Decimal | int = 500, *, key: str = "deposit:1"
) -> JournalEntry:
    """Move money from M-Pesa into an account."""
    with db_transaction.atomic():
        return ledger.post(
            key=key,
            debit=ledger.get_clearing_account("174379"),
            credit=account,
            amount=Decimal(amount),
            description="M-Pesa deposit",
            now=NOON,
        )


def run(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """Run SQL as an operator with a console would."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall()) if cursor.description else []


def tamper(*statements: str) -> None:
    """Run SQL with all triggers off, as only the database's owner can."""
    with db_transaction.atomic():
        run("SET LOCAL session_replication_role = replica")
        for statement in statements:
            run(statement)
        run("SET LOCAL session_replication_role = origin")


def check_constraints() -> None:
    """Look at once at what would be looked at when the transaction is committed."""
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run("SET CONSTRAINTS ALL DEFERRED")
