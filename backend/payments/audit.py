"""Holds deposits against the ledger: every COMPLETED one has exactly one credit. Reads only."""

from collections.abc import Iterator

from django.db import connection

from wallet.audit import Finding

_MISCREDITED = """
SELECT txn.id, txn.status, txn.amount, found.credited, found.credits
  FROM payments_transaction AS txn
 CROSS JOIN LATERAL (
    SELECT coalesce(sum(posting.amount), 0) AS credited, count(*) AS credits
      FROM wallet_posting AS posting
     WHERE posting.side = 'credit' AND posting.entry_id IN (
        txn.credit_entry_id,
        (SELECT entry.id FROM wallet_journalentry AS entry
          WHERE entry.key = 'deposit:' || txn.id))
 ) AS found
 WHERE (txn.status = 'COMPLETED' AND (found.credits <> 1 OR found.credited <> txn.amount))
    OR (txn.status <> 'COMPLETED' AND found.credits <> 0)
 ORDER BY txn.id
"""

_UNEXPLAINED = """
SELECT entry.id, entry.key FROM wallet_journalentry AS entry
 WHERE (entry.key LIKE 'deposit:%' AND NOT EXISTS (
            SELECT 1 FROM payments_transaction AS txn WHERE txn.credit_entry_id = entry.id))
    OR (entry.key LIKE 'suspense:%' AND NOT EXISTS (
            SELECT 1 FROM payments_suspensecase AS item WHERE item.entry_id = entry.id))
    OR (entry.key LIKE 'resolve:%' AND NOT EXISTS (
            SELECT 1 FROM payments_suspensecase AS item WHERE item.resolution_entry_id = entry.id))
 ORDER BY entry.id
"""


def find_problems() -> Iterator[Finding]:
    """Yield deposits credited never, twice or wrongly, and entries that no deposit explains."""
    with connection.cursor() as cursor:
        cursor.execute(_MISCREDITED)
        for txn_id, status, amount, credited, credits_ in cursor.fetchall():
            problem = f"is {status} for {amount}, but has {credits_} credits of {credited} in all"
            yield Finding(f"deposit {txn_id}", problem)
        cursor.execute(_UNEXPLAINED)
        for entry_id, key in cursor.fetchall():
            yield Finding(f"journal entry {entry_id} ({key})", "belongs to no deposit and no case")
