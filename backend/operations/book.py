"""The ledger's totals: what M-PESA holds for us, whose it is, and what customers owe."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db import transaction as db_transaction

_KEY = "operations:book"
#: Every posting of the house's accounts is read, so one look serves many pages.
_KEPT_FOR = timedelta(minutes=1)
_MOST_MS = 5_000

# One statement, so that all sums are of one moment. Customers have a stored balance; those of
# the house's accounts are their postings (wallet.models.LedgerAccount).
_SUMS = """
WITH house AS (
    SELECT array_agg(id) FILTER (WHERE kind = 'clearing') AS clearing,
           array_agg(id) FILTER (WHERE kind = 'suspense') AS suspense,
           array_agg(id) FILTER (WHERE kind = 'debt') AS debts
      FROM wallet_ledgeraccount WHERE kind <> 'customer')
SELECT coalesce(sum(entry.amount) FILTER (WHERE entry.debit_account_id = ANY (house.clearing)), 0)
       - coalesce(sum(entry.amount) FILTER (WHERE entry.credit_account_id = ANY (house.clearing)),
                  0),
       coalesce(sum(entry.amount) FILTER (WHERE entry.credit_account_id = ANY (house.suspense)), 0)
       - coalesce(sum(entry.amount) FILTER (WHERE entry.debit_account_id = ANY (house.suspense)),
                  0),
       coalesce(sum(entry.amount) FILTER (WHERE entry.debit_account_id = ANY (house.debts)), 0)
       - coalesce(sum(entry.amount) FILTER (WHERE entry.credit_account_id = ANY (house.debts)), 0),
       (SELECT coalesce(sum(balance), 0) FROM wallet_ledgeraccount WHERE kind = 'customer')
  FROM house CROSS JOIN wallet_journalentry AS entry
"""


@dataclass(frozen=True)
class Book:
    """The totals in KES at one moment."""

    at_mpesa: Decimal
    in_suspense: Decimal
    owed: Decimal
    in_wallets: Decimal
    looked_at: datetime

    @property
    def difference(self) -> Decimal:
        """What M-PESA holds and customers owe, less what we owe; not 0: a balance is wrong."""
        return self.at_mpesa + self.owed - self.in_wallets - self.in_suspense


def find_book(now: datetime) -> Book | None:
    """Return the totals, at most a minute old; None if the database does not answer in time."""
    known = cache.get(_KEY)
    if isinstance(known, Book):
        return known
    try:
        with db_transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {_MOST_MS}")
            cursor.execute(_SUMS)
            at_mpesa, in_suspense, owed, in_wallets = cursor.fetchone()
    except DatabaseError:
        return None
    book = Book(at_mpesa, in_suspense, owed, in_wallets, now)
    cache.set(_KEY, book, _KEPT_FOR.total_seconds())
    return book
