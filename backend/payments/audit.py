"""Compares deposits with the ledger, and each credit with its cause. Reads only."""

from collections.abc import Iterator

from django.db import connection

from wallet.audit import LedgerProblem

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

# Every journal entry belongs to a deposit, a suspense case, a reversal or a debt. Any other entry
# was posted by hand, past our functions.
_ENTRIES_UNEXPLAINED = """
SELECT entry.id, entry.key FROM wallet_journalentry AS entry
 WHERE NOT EXISTS (SELECT 1 FROM payments_transaction AS txn
                    WHERE txn.credit_entry_id = entry.id
                      AND (entry.key = 'deposit:' || txn.id OR entry.key LIKE 'resolve:%'
                           OR entry.key LIKE 'share:%'))
   AND NOT EXISTS (SELECT 1 FROM payments_suspensecase AS item
                    WHERE (item.entry_id = entry.id
                           AND entry.key = 'suspense:' || item.mpesa_receipt_number)
                       OR (item.resolution_entry_id = entry.id
                           AND entry.key = 'resolve:' || item.id)
                       OR (item.correction_entry_id = entry.id
                           AND entry.key = 'correct:' || item.id))
   AND NOT EXISTS (SELECT 1 FROM payments_caseshare AS share
                    WHERE share.entry_id = entry.id
                      AND entry.key = 'share:' || share.case_id || ':' || share.number)
   AND NOT EXISTS (SELECT 1 FROM payments_reversal AS reversal
                     JOIN wallet_journalentry AS credited ON credited.id = reversal.entry_id
                    WHERE reversal.reversal_entry_id = entry.id
                      AND entry.key = 'reverse:' || credited.key)
   AND NOT EXISTS (SELECT 1 FROM payments_debt AS debt
                     JOIN payments_reversal AS reversal ON reversal.id = debt.reversal_id
                     JOIN wallet_journalentry AS credited ON credited.id = reversal.entry_id
                    WHERE debt.entry_id = entry.id AND entry.key = 'debt:' || credited.key)
   AND NOT EXISTS (SELECT 1 FROM payments_repayment AS repayment
                    WHERE repayment.entry_id = entry.id
                      AND entry.key = 'repay:' || repayment.debt_id || ':' || repayment.number)
 ORDER BY entry.id
"""

_CREDITS_TO_OTHERS = """
SELECT txn.id, account.code FROM payments_transaction AS txn
  JOIN wallet_posting AS posting
    ON posting.entry_id = txn.credit_entry_id AND posting.side = 'credit'
  JOIN wallet_ledgeraccount AS account ON account.id = posting.account_id
 WHERE account.user_id IS DISTINCT FROM txn.user_id
 ORDER BY txn.id
"""

# A registered receipt has a deposit or a case (one without a deposit has the case of a payment by
# hand), and a deposit's receipt is registered: one that is not could be credited a second time.
_RECEIPTS = """
SELECT coalesce(receipt.number, txn.mpesa_receipt_number) AS number
  FROM payments_receipt AS receipt
  FULL JOIN payments_transaction AS txn
    ON txn.id = receipt.transaction_id AND txn.mpesa_receipt_number = receipt.number
 WHERE (receipt.number IS NULL AND txn.mpesa_receipt_number IS NOT NULL)
    OR (txn.id IS NULL AND NOT EXISTS (
            SELECT 1 FROM payments_suspensecase AS item
             WHERE item.mpesa_receipt_number = receipt.number
               AND item.transaction_id IS NOT DISTINCT FROM receipt.transaction_id))
 ORDER BY number
"""

# A case's entries: what was reported came into suspense; a correction moved the difference to what
# M-Pesa's record says; and the decision took that out again.
_CASES_WITHOUT_THEIR_MONEY = """
SELECT item.id, coalesce(item.corrected_amount, item.amount) FROM payments_suspensecase AS item
 WHERE item.amount IS NOT NULL AND (
    NOT EXISTS (
        SELECT 1 FROM wallet_posting AS posting
          JOIN wallet_ledgeraccount AS account ON account.id = posting.account_id
         WHERE posting.entry_id = item.entry_id AND posting.side = 'credit'
           AND posting.amount = item.amount AND account.kind = 'suspense')
    OR item.corrected_amount IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM wallet_posting AS posting
          JOIN wallet_ledgeraccount AS account ON account.id = posting.account_id
         WHERE posting.entry_id = item.correction_entry_id AND account.kind = 'suspense'
           AND posting.amount = abs(item.corrected_amount - item.amount)
           AND posting.side = CASE WHEN item.corrected_amount > item.amount
                              THEN 'credit' ELSE 'debit' END)
    OR item.status = 'RESOLVED' AND item.share_count IS NULL AND NOT EXISTS (
        SELECT 1 FROM wallet_posting AS posting
          JOIN wallet_ledgeraccount AS account ON account.id = posting.account_id
         WHERE posting.entry_id = item.resolution_entry_id AND posting.side = 'debit'
           AND posting.amount = coalesce(item.corrected_amount, item.amount)
           AND account.kind = 'suspense'))
 ORDER BY item.id
"""

# Money that nobody got went back to the account that it came from. One that belongs to a deposit is
# in the ledger by that deposit's credit, and the deposit has its receipt.
_DISMISSED_WITHOUT_CAUSE = """
SELECT item.id, item.decision FROM payments_suspensecase AS item
  LEFT JOIN wallet_journalentry AS held ON held.id = item.entry_id
  LEFT JOIN wallet_journalentry AS back ON back.id = item.resolution_entry_id
 WHERE item.decision IN ('not_in_books', 'refunded', 'belongs_to_deposit')
   AND (held.debit_account_id IS DISTINCT FROM back.credit_account_id
        OR item.resolved_by_id IS NULL
        OR item.decision = 'belongs_to_deposit' AND NOT EXISTS (
            SELECT 1 FROM payments_transaction AS txn
             WHERE txn.status = 'COMPLETED'
               AND txn.mpesa_receipt_number = item.mpesa_receipt_number))
 ORDER BY item.id
"""


# The suspense account holds the true amounts of the open cases, and nothing else.
_SUSPENSE_BESIDE_CASES = """
SELECT held.amount, undecided.amount, held.amount - undecided.amount
  FROM (SELECT coalesce(sum(CASE posting.side WHEN 'credit' THEN posting.amount
                                              ELSE -posting.amount END), 0) AS amount
          FROM wallet_posting AS posting
          JOIN wallet_ledgeraccount AS account ON account.id = posting.account_id
         WHERE account.kind = 'suspense') AS held,
       (SELECT coalesce(sum(coalesce(corrected_amount, amount)), 0) AS amount
          FROM payments_suspensecase WHERE status = 'OPEN') AS undecided
 WHERE held.amount <> undecided.amount
"""

# The account of debts holds what is left of them, and nothing else.
_DEBTS_BESIDE_ACCOUNT = """
SELECT held.amount, owed.amount, held.amount - owed.amount
  FROM (SELECT coalesce(sum(CASE posting.side WHEN 'debit' THEN posting.amount
                                              ELSE -posting.amount END), 0) AS amount
          FROM wallet_posting AS posting
          JOIN wallet_ledgeraccount AS account ON account.id = posting.account_id
         WHERE account.kind = 'debt') AS held,
       (SELECT coalesce(sum(debt_left(id)), 0) AS amount FROM payments_debt) AS owed
 WHERE held.amount <> owed.amount
"""

# Every credit has a cause: a callback, a confirmation, a row of M-Pesa's list or of its statement,
# or an answer of Transaction Status, applied (or replayed) at the same moment or with the same
# receipt, a status query sent within the hour before, or a decision about a case. Any other
# callback, such as one that reports a failure, is no cause. A query names no receipt, so it
# explains no credit that came with one. Where it was asked twice, a worker whose clock is
# ahead may have asked again while the first answer came: the credit then seems to be a little older
# than the question.
_CREDITS_WITHOUT_CAUSE = """
SELECT txn.id, txn.amount FROM payments_transaction AS txn
 WHERE txn.status = 'COMPLETED'
   AND (txn.last_query_at IS NULL OR txn.completed_at NOT BETWEEN
            txn.last_query_at - CASE WHEN txn.query_count > 1 THEN interval '5 minutes'
                                     ELSE interval '0' END
            AND txn.last_query_at + interval '1 hour'
        OR EXISTS (SELECT 1 FROM payments_receipt AS receipt
                    WHERE receipt.transaction_id = txn.id
                      AND receipt.booked_at = txn.completed_at))
   AND NOT EXISTS (SELECT 1 FROM payments_callbackevent AS event
                    WHERE event.transaction_id = txn.id AND event.has_token
                      AND event.verdict = 'applied'
                      AND (event.processed_at = txn.completed_at
                           OR upper(encode(event.raw_body, 'escape'))
                              LIKE '%' || txn.mpesa_receipt_number || '%'))
   AND NOT EXISTS (SELECT 1 FROM payments_confirmation AS told
                    WHERE told.transaction_id = txn.id AND told.verdict = 'applied'
                      AND (told.processed_at = txn.completed_at
                           OR told.receipt = txn.mpesa_receipt_number))
   AND NOT EXISTS (SELECT 1 FROM payments_pulledrow AS pulled
                    WHERE pulled.transaction_id = txn.id AND pulled.verdict = 'applied'
                      AND pulled.receipt = txn.mpesa_receipt_number)
   AND NOT EXISTS (SELECT 1 FROM payments_transactionquery AS told
                    WHERE told.transaction_id = txn.id AND told.verdict = 'applied'
                      AND told.receipt = txn.mpesa_receipt_number AND told.amount = txn.amount)
   AND NOT EXISTS (SELECT 1 FROM payments_statementrow AS line
                    WHERE line.transaction_id = txn.id AND line.verdict = 'applied'
                      AND line.receipt = txn.mpesa_receipt_number)
   AND NOT EXISTS (SELECT 1 FROM payments_suspensecase AS item
                    WHERE item.transaction_id = txn.id AND item.status = 'RESOLVED'
                      AND (item.resolution_entry_id = txn.credit_entry_id
                           OR EXISTS (SELECT 1 FROM payments_caseshare AS share
                                       WHERE share.case_id = item.id
                                         AND share.entry_id = txn.credit_entry_id)))
 ORDER BY txn.id
"""

# Receipts reach us by callbacks, confirmations, M-Pesa's list, its statements and Transaction
# Status only: one that none of the latter four names, nor any callback of its deposit, and that was
# booked at another moment than any of these, was invented, and with it the money of a credit or of
# a suspense case. Neither sign is enough alone: a body may spell the receipt with escapes, and
# where a query credits at the same time, or a host's clock is behind, the moments differ.
_RECEIPTS_WITHOUT_CAUSE = """
SELECT receipt.number, receipt.transaction_id FROM payments_receipt AS receipt
 WHERE NOT EXISTS (SELECT 1 FROM payments_callbackevent AS event
                    WHERE event.transaction_id = receipt.transaction_id AND event.has_token
                      AND event.verdict IN ('applied', 'mismatched')
                      AND (event.processed_at = receipt.booked_at
                           OR upper(encode(event.raw_body, 'escape'))
                              LIKE '%' || receipt.number || '%'))
   AND NOT EXISTS (SELECT 1 FROM payments_confirmation AS told
                    WHERE told.receipt = receipt.number
                      AND told.verdict IN ('applied', 'held')
                      -- The body never changes; the column could be written over.
                      AND (told.processed_at = receipt.booked_at
                           OR upper(encode(told.raw_body, 'escape'))
                              LIKE '%' || receipt.number || '%'))
   AND NOT EXISTS (SELECT 1 FROM payments_pulledrow AS pulled
                    WHERE pulled.receipt = receipt.number
                      AND pulled.verdict IN ('applied', 'filled', 'held'))
   AND NOT EXISTS (SELECT 1 FROM payments_transactionquery AS told
                    WHERE told.receipt = receipt.number
                      AND told.verdict IN ('applied', 'filled', 'held'))
   AND NOT EXISTS (SELECT 1 FROM payments_statementrow AS line
                    WHERE line.receipt = receipt.number
                      AND line.verdict IN ('applied', 'filled', 'held'))
 ORDER BY receipt.number
"""

# A payment by hand is posted once: to a wallet, or to suspense and out of it by the decision of its
# case. A deposit that has the receipt of a payment in suspense, and a credit of its own as well,
# doubles the money; unless an operator found that both are one payment, and its money left suspense
# for the account that it came from.
_BOOKED_TWICE = """
SELECT txn.mpesa_receipt_number, txn.id FROM payments_transaction AS txn
  JOIN wallet_journalentry AS held ON held.key = 'suspense:' || txn.mpesa_receipt_number
 WHERE NOT EXISTS (SELECT 1 FROM payments_suspensecase AS item
                     LEFT JOIN wallet_journalentry AS back ON back.id = item.resolution_entry_id
                    WHERE item.entry_id = held.id
                      AND (item.resolution_entry_id = txn.credit_entry_id
                           OR EXISTS (SELECT 1 FROM payments_caseshare AS share
                                       WHERE share.case_id = item.id
                                         AND share.entry_id = txn.credit_entry_id)
                           OR item.decision = 'belongs_to_deposit'
                           AND back.credit_account_id = held.debit_account_id
                           AND back.amount = txn.amount
                           -- It was said to be in no book, or given away with another amount,
                           -- and a statement has it.
                           OR (item.decision = 'not_in_books'
                               AND back.credit_account_id = held.debit_account_id
                               OR item.decision = 'credited' AND EXISTS (
                                   SELECT 1 FROM payments_reversal AS reversal
                                    WHERE reversal.entry_id = item.resolution_entry_id))
                           AND EXISTS (
                               SELECT 1 FROM payments_statementrow AS line
                                WHERE line.transaction_id = txn.id AND line.verdict = 'applied'
                                  AND line.receipt = txn.mpesa_receipt_number
                                  AND line.settled_by_id IS NOT NULL)))
 ORDER BY txn.id
"""

# A payment by hand that left suspense for a customer without a cause. The cause is a decision of
# two operators, or M-Pesa's own word: a callback, a confirmation or a row of a pull about that
# deposit. What a claim released has another check.
_RELEASES_WITHOUT_CAUSE = """
SELECT item.id, item.amount FROM payments_suspensecase AS item
  JOIN payments_paybillpayment AS payment ON payment.case_id = item.id
  JOIN wallet_journalentry AS entry ON entry.id = item.resolution_entry_id
  JOIN wallet_ledgeraccount AS wallet ON wallet.id = entry.credit_account_id
 WHERE item.status = 'RESOLVED' AND item.released_by <> 'claim' AND wallet.kind = 'customer'
   AND NOT EXISTS (SELECT 1 FROM users_proposal AS proposal
                    WHERE proposal.kind = 'resolve_case' AND proposal.subject_id = item.id
                      AND proposal.status = 'APPROVED'
                      AND proposal.customer_id = wallet.user_id
                      AND proposal.decided_by_id = item.resolved_by_id
                      AND proposal.proposed_by_id <> proposal.decided_by_id)
   AND NOT EXISTS (SELECT 1 FROM payments_callbackevent AS event
                    WHERE event.transaction_id = item.transaction_id AND event.has_token
                      AND event.verdict = 'applied' AND item.resolved_by_id IS NULL
                      AND (event.processed_at = item.resolved_at
                           OR upper(encode(event.raw_body, 'escape'))
                              LIKE '%' || item.mpesa_receipt_number || '%'))
   AND NOT EXISTS (SELECT 1 FROM payments_confirmation AS told
                    WHERE told.transaction_id = item.transaction_id AND told.verdict = 'applied'
                      AND told.receipt = item.mpesa_receipt_number
                      AND item.resolved_by_id IS NULL)
   AND NOT EXISTS (SELECT 1 FROM payments_pulledrow AS pulled
                    WHERE pulled.transaction_id = item.transaction_id
                      AND pulled.verdict = 'applied'
                      AND pulled.receipt = item.mpesa_receipt_number
                      AND item.resolved_by_id IS NULL)
   AND NOT EXISTS (SELECT 1 FROM payments_statementrow AS line
                    WHERE line.transaction_id = item.transaction_id
                      AND line.verdict = 'applied'
                      AND line.receipt = item.mpesa_receipt_number
                      AND item.resolved_by_id IS NULL)
 ORDER BY item.id
"""

# A payment that was shared out: its shares are its amount, each by its entry into its customer's
# wallet, and two operators agreed on exactly them, neither of whom got one.
_SHARED_WITHOUT_CAUSE = """
SELECT item.id, coalesce(item.corrected_amount, item.amount), coalesce(given.amount, 0)
  FROM payments_suspensecase AS item
  LEFT JOIN LATERAL (
    SELECT count(*) AS shares, sum(entry.amount) AS amount,
           array_agg(wallet.user_id) AS customers,
           string_agg(wallet.user_id || ':' || entry.amount, ',' ORDER BY share.number) AS detail
      FROM payments_caseshare AS share
      JOIN wallet_journalentry AS entry ON entry.id = share.entry_id
      JOIN wallet_ledgeraccount AS wallet ON wallet.id = entry.credit_account_id
     WHERE share.case_id = item.id) AS given ON true
 WHERE (item.share_count IS NOT NULL OR given.shares > 0)
   AND (item.share_count IS DISTINCT FROM given.shares
        OR given.amount IS DISTINCT FROM coalesce(item.corrected_amount, item.amount)
        OR item.resolution_entry_id IS NOT NULL
        OR NOT EXISTS (SELECT 1 FROM users_proposal AS proposal
                        WHERE proposal.kind = 'split_case' AND proposal.subject_id = item.id
                          AND proposal.status = 'APPROVED' AND proposal.detail = given.detail
                          AND proposal.decided_by_id = item.resolved_by_id
                          AND NOT ARRAY[proposal.proposed_by_id, proposal.decided_by_id]
                                  && given.customers))
 ORDER BY item.id
"""

# The first word of an entry's key says between which kinds of account the entry moves money.
_ENTRIES_OF_WRONG_KINDS = """
SELECT entry.id, entry.key, taken.kind, given.kind
  FROM wallet_journalentry AS entry
  JOIN wallet_ledgeraccount AS taken ON taken.id = entry.debit_account_id
  JOIN wallet_ledgeraccount AS given ON given.id = entry.credit_account_id
 WHERE (split_part(entry.key, ':', 1), taken.kind, given.kind) NOT IN (
    ('deposit', 'clearing', 'customer'), ('suspense', 'clearing', 'suspense'),
    ('resolve', 'suspense', 'customer'), ('resolve', 'suspense', 'clearing'),
    ('correct', 'clearing', 'suspense'), ('correct', 'suspense', 'clearing'),
    ('share', 'suspense', 'customer'),
    ('reverse', 'customer', 'clearing'), ('debt', 'debt', 'customer'),
    ('repay', 'customer', 'debt'))
 ORDER BY entry.id
"""

_MARKS_WITHOUT_REVERSAL = """
SELECT txn.id FROM payments_transaction AS txn
 WHERE txn.review_reason = 'reversed' AND NOT EXISTS (
            SELECT 1 FROM payments_reversal AS reversal
             WHERE reversal.transaction_id = txn.id AND reversal.entry_id = txn.credit_entry_id)
 ORDER BY txn.id
"""


# What a claim released was released to a customer who claimed that receipt.
_RELEASES_WITHOUT_CLAIM = """
SELECT item.id, item.mpesa_receipt_number FROM payments_suspensecase AS item
  JOIN wallet_journalentry AS entry ON entry.id = item.resolution_entry_id
  JOIN wallet_ledgeraccount AS wallet ON wallet.id = entry.credit_account_id
 WHERE item.released_by = 'claim'
   AND NOT EXISTS (SELECT 1 FROM payments_claim AS claim
                    WHERE claim.user_id = wallet.user_id
                      AND item.mpesa_receipt_number = ANY (claim.readings))
 ORDER BY item.id
"""

# A credited claim's customer has the money: by a deposit with that receipt, or by its case.
_CLAIMS_WITHOUT_CREDIT = """
SELECT claim.id, claim.receipt FROM payments_claim AS claim
 WHERE claim.status = 'CREDITED'
   AND NOT EXISTS (SELECT 1 FROM payments_transaction AS txn
                     JOIN payments_receipt AS receipt ON receipt.transaction_id = txn.id
                    WHERE txn.id = claim.transaction_id AND txn.user_id = claim.user_id
                      AND txn.status = 'COMPLETED' AND receipt.number = ANY (claim.readings))
   AND NOT EXISTS (SELECT 1 FROM payments_suspensecase AS item
                     JOIN wallet_journalentry AS entry ON entry.id = item.resolution_entry_id
                     JOIN wallet_ledgeraccount AS wallet ON wallet.id = entry.credit_account_id
                    WHERE item.id = claim.case_id AND wallet.user_id = claim.user_id
                      AND item.mpesa_receipt_number = ANY (claim.readings))
   AND NOT EXISTS (SELECT 1 FROM payments_suspensecase AS item
                     JOIN payments_caseshare AS share ON share.case_id = item.id
                    WHERE item.id = claim.case_id AND share.customer_id = claim.user_id
                      AND item.mpesa_receipt_number = ANY (claim.readings))
 ORDER BY claim.id
"""


# A deposit that a statement proved unpaid has the decision, and no payment of it in a statement
# that the command imported. (What an operator uploaded is only a file before its row is settled.)
_UNPAID_WITHOUT_CAUSE = """
SELECT txn.id FROM payments_transaction AS txn
 WHERE txn.result_code = 'not_in_statement' AND txn.status = 'FAILED'
   AND NOT EXISTS (SELECT 1 FROM payments_unpaiddeposit AS unpaid
                    WHERE unpaid.transaction_id = txn.id)
 ORDER BY txn.id
"""
_UNPAID_BUT_PAID = """
SELECT txn.id, line.receipt FROM payments_unpaiddeposit AS unpaid
  JOIN payments_transaction AS txn ON txn.id = unpaid.transaction_id AND txn.status = 'FAILED'
  JOIN payments_statementrow AS line
    ON line.reference = txn.account_reference AND line.reference <> '' AND line.kind = 'payment'
  JOIN payments_statementimport AS file ON file.id = line.file_id
 WHERE line.match <> 'taken_back' AND line.verdict = '' AND file.uploaded_by_id IS NULL
 ORDER BY txn.id
"""


#: Each query with two templates for its rows: which row it is, and what is wrong with it.
_CHECKS = (
    (
        _MISCREDITED,
        "deposit {0}",
        "is {1} for {2}, but has {4} credits of {3} in all",
    ),
    (_ENTRIES_UNEXPLAINED, "journal entry {0} ({1})", "belongs to no deposit and no case"),
    (
        _ENTRIES_OF_WRONG_KINDS,
        "journal entry {0} ({1})",
        "moves money from {2} to {3}, which its key does not promise",
    ),
    (_CREDITS_TO_OTHERS, "deposit {0}", "is credited to account {1}, not to its user's"),
    (_RECEIPTS, "receipt {0}", "deposit or case and the booked receipt differ"),
    (_CASES_WITHOUT_THEIR_MONEY, "suspense case {0}", "its entries do not move its {1}"),
    (
        _DISMISSED_WITHOUT_CAUSE,
        "suspense case {0}",
        "was closed as {1}, but its money or its deposit does not say so",
    ),
    (_DEBTS_BESIDE_ACCOUNT, "account debts", "holds {0}, its open debts {1}, difference {2}"),
    (_SUSPENSE_BESIDE_CASES, "account suspense", "holds {0}, its open cases {1}, difference {2}"),
    (
        _CREDITS_WITHOUT_CAUSE,
        "deposit {0}",
        "{1} was credited without a callback, a query or a decision behind it",
    ),
    (
        _RECEIPTS_WITHOUT_CAUSE,
        "receipt {0}",
        "was booked for deposit {1}, and no report of M-Pesa names it",
    ),
    (_BOOKED_TWICE, "receipt {0}", "is in suspense, and deposit {1} was credited with it as well"),
    (
        _RELEASES_WITHOUT_CAUSE,
        "suspense case {0}",
        "{1} left suspense without two operators or a report of M-Pesa behind it",
    ),
    (
        _SHARED_WITHOUT_CAUSE,
        "suspense case {0}",
        "{1} was shared out as {2} in all, or not as two operators agreed",
    ),
    (_MARKS_WITHOUT_REVERSAL, "deposit {0}", "is marked reversed, but no reversal is there"),
    (
        _RELEASES_WITHOUT_CLAIM,
        "suspense case {0}",
        "was released by a claim of {1} that its customer did not make",
    ),
    (_CLAIMS_WITHOUT_CREDIT, "claim {0}", "is credited, but its customer has no payment {1}"),
    (_UNPAID_WITHOUT_CAUSE, "deposit {0}", "is ended as not paid, but no statement proved it"),
    (_UNPAID_BUT_PAID, "deposit {0}", "is ended as not paid, but a statement has its payment {1}"),
)


def find_problems() -> Iterator[LedgerProblem]:
    """Yield each inconsistency: a deposit credited not at all, twice, wrongly or without a cause; a
    receipt, case, reversal or debt that does not agree with the ledger; a payment by hand that was
    booked twice, or left suspense without a decision; a journal entry that belongs to none of
    these; an account of suspense or debts that differs from its open cases or debts.
    """
    with connection.cursor() as cursor:
        for sql, row, problem in _CHECKS:
            cursor.execute(sql)
            for values in cursor.fetchall():
                yield LedgerProblem(row.format(*values), problem.format(*values))
