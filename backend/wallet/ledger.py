"""The only module that writes ledger rows: money moves here or nowhere.

The work is done by the SQL functions beside it (sql/post.sql), which the settlement functions of
payments call directly, in the same round trip.
"""

from datetime import datetime
from decimal import Decimal

from django.db import DatabaseError, connection

from common.db import call_function
from wallet.models import JournalEntry, LedgerAccount, Posting

_KEY_REUSED = "KB001"


class KeyReused(Exception):
    """The key already belongs to a different movement of money."""


class TransactionNeeded(RuntimeError):
    """Money moves only together with the row that explains it, in the caller's transaction."""


class NotReversible(Exception):
    """The entry has other than one debit and one credit."""


def get_customer_account(user_id: int) -> LedgerAccount:
    """Return the user's wallet account, opened at zero on first use."""
    found = call_function("SELECT ledger_customer_account(%(user_id)s) AS id", {"user_id": user_id})
    return LedgerAccount.objects.get(pk=found["id"])


def get_clearing_account(business_short_code: str) -> LedgerAccount:
    """Return the account of what M-Pesa holds for us under a short code."""
    return _get_house_account(f"mpesa:{business_short_code}", LedgerAccount.Kind.CLEARING)


def get_suspense_account() -> LedgerAccount:
    """Return the account of money whose owner is not decided yet."""
    return _get_house_account("suspense", LedgerAccount.Kind.SUSPENSE)


def _get_house_account(code: str, kind: str) -> LedgerAccount:
    sql = "SELECT ledger_house_account(%(code)s, %(kind)s) AS id"
    found = call_function(sql, {"code": code, "kind": kind})
    return LedgerAccount.objects.get(pk=found["id"])


def post(
    *,
    key: str,
    debit: LedgerAccount,
    credit: LedgerAccount,
    amount: Decimal,
    description: str,
    now: datetime,
) -> JournalEntry:
    """Record one balanced movement of `amount` KES, once per key, in the caller's transaction.

    Repeating a call is harmless: the first entry comes back unchanged.

    Raises:
        KeyReused: the key exists with other accounts or another amount.
        TransactionNeeded: no transaction is open.
        IntegrityError: the database refuses it, for one a negative balance.
    """
    if not connection.in_atomic_block:
        raise TransactionNeeded(key)
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
        if getattr(error.__cause__, "sqlstate", None) == _KEY_REUSED:
            raise KeyReused(key) from error
        raise
    return JournalEntry.objects.get(pk=posted["entry_id"])


def reverse(entry: JournalEntry, *, description: str, now: datetime) -> JournalEntry:
    """Post the opposite of an entry, once; history itself never changes.

    Raises:
        NotReversible: the entry has other than one debit and one credit.
        IntegrityError: the customer has spent the money, so the balance would be negative.
    """
    sides = list(entry.postings.select_related("account").order_by("side"))
    if [posting.side for posting in sides] != [Posting.Side.CREDIT, Posting.Side.DEBIT]:
        raise NotReversible(entry.key)
    credited, debited = sides
    return post(
        key=f"reverse:{entry.key}",
        debit=credited.account,
        credit=debited.account,
        amount=credited.amount,
        description=description,
        now=now,
    )
