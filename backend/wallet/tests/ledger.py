"""Accounts and postings for tests: the SQL functions, called as the settlement functions do."""

from datetime import datetime
from decimal import Decimal

from django.db import DatabaseError

from common.db import call_function
from wallet.models import JournalEntry, LedgerAccount


class KeyReused(Exception):
    """The key already belongs to a different movement of money (SQLSTATE KB001)."""


def get_customer_account(user_id: int) -> LedgerAccount:
    """Return the user's wallet account, opened at zero on first use."""
    found = call_function("SELECT ledger_customer_account(%(user_id)s) AS id", {"user_id": user_id})
    return LedgerAccount.objects.get(pk=found["id"])


def get_clearing_account(business_short_code: str) -> LedgerAccount:
    """Return the account of what M-Pesa holds for us under a short code."""
    return _get_system_account(f"mpesa:{business_short_code}", LedgerAccount.Kind.CLEARING)


def get_suspense_account() -> LedgerAccount:
    """Return the account of money whose owner is not decided yet."""
    return _get_system_account("suspense", LedgerAccount.Kind.SUSPENSE)


def _get_system_account(code: str, kind: str) -> LedgerAccount:
    sql = "SELECT ledger_system_account(%(code)s, %(kind)s) AS id"
    return LedgerAccount.objects.get(pk=call_function(sql, {"code": code, "kind": kind})["id"])


def post(
    *,
    key: str,
    debit: LedgerAccount,
    credit: LedgerAccount,
    amount: Decimal,
    description: str,
    now: datetime,
) -> JournalEntry:
    """Record one movement of `amount` KES, once per key."""
    try:
        posted = call_function(
            "SELECT ledger_post(%(key)s, %(debit)s, %(credit)s, %(amount)s, %(description)s,"
            " %(now)s) AS entry_id",
            {
                "key": key,
                "debit": debit.pk,
                "credit": credit.pk,
                "amount": amount,
                "description": description,
                "now": now,
            },
        )
    except DatabaseError as error:
        if getattr(error.__cause__, "sqlstate", None) == "KB001":
            raise KeyReused(key) from error
        raise
    return JournalEntry.objects.get(pk=posted["entry_id"])


def reverse(entry: JournalEntry, *, description: str, now: datetime) -> JournalEntry:
    """Post the opposite of an entry."""
    return post(
        key=f"reverse:{entry.key}",
        debit=entry.credit_account,
        credit=entry.debit_account,
        amount=entry.amount,
        description=description,
        now=now,
    )
