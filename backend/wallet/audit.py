"""Checks the ledger: recomputes balances from entries, and compares entries with their seals.

Only `seal_ledger` writes: it adds a seal.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import OperationalError, connection

from common.db import call_function
from wallet.models import LedgerSeal

logger = logging.getLogger(__name__)

_LOCK_NOT_AVAILABLE = "55P03"


@dataclass(frozen=True)
class LedgerProblem:
    """A fault of the ledger: the row concerned and what is wrong with it."""

    row: str
    problem: str


def seal_ledger(*, now: datetime, limit: int = 1000) -> int:
    """Seal the next entries and return their number; 0 if another transaction holds the lock.

    Each new seal is logged. If somebody removes the last seals and seals changed entries again,
    only a log kept outside of the database shows it.
    """
    sql = "SELECT ledger_seal(%(limit)s, %(now)s) AS count"
    try:
        count = int(call_function(sql, {"limit": limit, "now": now})["count"])
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
            raise
        return 0
    if count:
        seal = LedgerSeal.objects.latest("last_entry_id")
        # Only 39 digits: the log masks 40 or more hexadecimal digits, and 39 identify the seal.
        logger.info("sealed up to entry %s: seal %s", seal.last_entry_id, seal.digest[:39])
    return count


_DRIFTED_BALANCES = """
SELECT account.code, account.balance,
       coalesce(sum(CASE posting.side WHEN 'credit' THEN posting.amount ELSE -posting.amount END),
                0) AS derived
  FROM wallet_ledgeraccount AS account
  LEFT JOIN wallet_posting AS posting ON posting.account_id = account.id
 WHERE account.kind = 'customer'
 GROUP BY account.id
HAVING account.balance <> coalesce(
       sum(CASE posting.side WHEN 'credit' THEN posting.amount ELSE -posting.amount END), 0)
 ORDER BY account.id
"""

# Selects entries whose accounts are missing: no foreign key prevents that (_MOVE_BALANCES in
# wallet.models gives the reason).
_ENTRIES_WITHOUT_ACCOUNT = """
SELECT entry.id, entry.key FROM wallet_journalentry AS entry
 WHERE NOT EXISTS (SELECT 1 FROM wallet_ledgeraccount WHERE id = entry.debit_account_id)
    OR NOT EXISTS (SELECT 1 FROM wallet_ledgeraccount WHERE id = entry.credit_account_id)
 ORDER BY entry.id
"""

# Selects the first entry changed after its sealing, the first unsealed entry among the sealed ids,
# and the first seal whose digest or predecessor is wrong. NOT IN builds one hash table of the
# sealed ids; PostgreSQL planned NOT EXISTS as a loop over all pairs.
_BROKEN_SEALS = """
WITH sealed AS (
    SELECT seal.id AS seal_id, item.entry_id, item.digest
      FROM wallet_ledgerseal AS seal,
           unnest(seal.entry_ids, seal.entry_digests) AS item (entry_id, digest)
), touched AS (
    SELECT entry_id FROM sealed
     WHERE ledger_entry_digest(entry_id) IS DISTINCT FROM digest
     ORDER BY seal_id, entry_id LIMIT 1
), slipped_in AS (
    SELECT entry.id AS entry_id FROM wallet_journalentry AS entry
     WHERE entry.id <= (SELECT max(last_entry_id) FROM wallet_ledgerseal)
       AND entry.id NOT IN (SELECT entry_id FROM sealed)
     ORDER BY entry.id LIMIT 1
), relinked AS (
    SELECT id FROM (
        SELECT id, digest, previous_digest, entry_digests,
               lag(digest, 1, repeat('0', 64)) OVER (ORDER BY last_entry_id) AS expected
          FROM wallet_ledgerseal) AS link
     WHERE previous_digest <> expected
        OR digest <> ledger_link_digest(previous_digest, entry_digests)
     ORDER BY id LIMIT 1
)
SELECT 'journal entry ' || entry_id, 'was changed or deleted after it was sealed' FROM touched
UNION ALL
SELECT 'journal entry ' || entry_id, 'was slipped in behind the seals' FROM slipped_in
UNION ALL
SELECT 'seal ' || id, 'does not follow from the seal before it' FROM relinked
"""


def find_problems() -> Iterator[LedgerProblem]:
    """Yield every fault: wrong stored balances, entries without their accounts, broken seals."""
    for code, kept, derived in _rows(_DRIFTED_BALANCES):
        problem = f"kept balance {kept}, postings say {derived}, difference {kept - derived}"
        yield LedgerProblem(f"account {code}", problem)
    for entry_id, key in _rows(_ENTRIES_WITHOUT_ACCOUNT):
        yield LedgerProblem(
            f"journal entry {entry_id} ({key})", "names an account that does not exist"
        )
    for row, problem in _rows(_BROKEN_SEALS):
        yield LedgerProblem(row, problem)


def _rows(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())
