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

# Money enters by deposits and cases, and leaves by reversing an entry; a key of any other kind is
# somebody's own posting.
_UNEXPLAINED = """
SELECT entry.id, entry.key FROM wallet_journalentry AS entry
 WHERE NOT EXISTS (SELECT 1 FROM payments_transaction AS txn
                    WHERE txn.credit_entry_id = entry.id
                      AND (entry.key = 'deposit:' || txn.id OR entry.key LIKE 'resolve:%'))
   AND NOT EXISTS (SELECT 1 FROM payments_suspensecase AS item
                    WHERE (item.entry_id = entry.id
                           AND entry.key = 'suspense:' || item.mpesa_receipt_number)
                       OR (item.resolution_entry_id = entry.id
                           AND entry.key = 'resolve:' || item.id))
   AND NOT EXISTS (SELECT 1 FROM wallet_journalentry AS first
                    WHERE entry.key = 'reverse:' || first.key)
 ORDER BY entry.id
"""

_ELSEWHERE = """
SELECT txn.id, account.code FROM payments_transaction AS txn
  JOIN wallet_posting AS posting
    ON posting.entry_id = txn.credit_entry_id AND posting.side = 'credit'
  JOIN wallet_ledgeraccount AS account ON account.id = posting.account_id
 WHERE account.user_id IS DISTINCT FROM txn.user_id
 ORDER BY txn.id
"""

# A receipt that nobody knows, or that is not booked, could be used for a second credit.
_RECEIPTS = """
SELECT coalesce(receipt.number, txn.mpesa_receipt_number) AS number
  FROM payments_receipt AS receipt
  FULL JOIN payments_transaction AS txn
    ON txn.id = receipt.transaction_id AND txn.mpesa_receipt_number = receipt.number
 WHERE (receipt.number IS NULL AND txn.mpesa_receipt_number IS NOT NULL)
    OR (txn.id IS NULL AND NOT EXISTS (
            SELECT 1 FROM payments_suspensecase AS item
             WHERE item.mpesa_receipt_number = receipt.number
               AND item.transaction_id = receipt.transaction_id))
 ORDER BY number
"""

_MISPARKED = """
SELECT item.id, item.amount FROM payments_suspensecase AS item
 WHERE (item.amount IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM wallet_posting AS posting
              JOIN wallet_ledgeraccount AS account ON account.id = posting.account_id
             WHERE posting.entry_id = item.entry_id AND posting.side = 'credit'
               AND posting.amount = item.amount AND account.kind = 'suspense'))
    OR (item.amount IS NOT NULL AND item.status = 'RESOLVED' AND NOT EXISTS (
            SELECT 1 FROM wallet_posting AS posting
              JOIN wallet_ledgeraccount AS account ON account.id = posting.account_id
             WHERE posting.entry_id = item.resolution_entry_id AND posting.side = 'debit'
               AND posting.amount = item.amount AND account.kind = 'suspense'))
 ORDER BY item.id
"""


def find_problems() -> Iterator[Finding]:
    """Yield deposits credited never, twice or wrongly, receipts and cases that do not agree with
    them, and entries that none of these explains.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MISCREDITED)
        for txn_id, status, amount, credited, credits_ in cursor.fetchall():
            problem = f"is {status} for {amount}, but has {credits_} credits of {credited} in all"
            yield Finding(f"deposit {txn_id}", problem)
        cursor.execute(_UNEXPLAINED)
        for entry_id, key in cursor.fetchall():
            yield Finding(f"journal entry {entry_id} ({key})", "belongs to no deposit and no case")
        cursor.execute(_ELSEWHERE)
        for txn_id, code in cursor.fetchall():
            yield Finding(f"deposit {txn_id}", f"is credited to account {code}, not to its user's")
        cursor.execute(_RECEIPTS)
        for (number,) in cursor.fetchall():
            yield Finding(f"receipt {number}", "deposit or case and the booked receipt differ")
        cursor.execute(_MISPARKED)
        for case_id, amount in cursor.fetchall():
            yield Finding(f"suspense case {case_id}", f"its entries do not move its {amount}")
