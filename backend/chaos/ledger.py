"""Reads our side of the comparison with plain SQL: deposits, wallets, suspense, pending work."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, LiteralString

import psycopg
from psycopg.rows import dict_row


@dataclass(frozen=True, kw_only=True)
class Deposit:
    """One row of payments_transaction with the postings and callbacks that belong to it."""

    id: int
    phone: str
    amount: Decimal
    status: str
    account_reference: str
    checkout_request_id: str | None = None
    receipt: str | None = None
    result_code: str | None = None
    review_reason: str | None = None
    query_count: int = 0
    credited: Decimal = Decimal(0)  # sum of all credits to the wallet for this deposit
    credits: int = 0
    credited_at: datetime | None = None  # by the database's clock, which is never shifted
    # callback, replay, confirmation, worker query, pull, statement, or an operator by the statement
    credited_by: str | None = None
    callbacks: int = 0  # stored callbacks that came to its secret address
    cases: int = 0  # open suspense cases
    held: Decimal = Decimal(0)  # posted to suspense and still there
    held_receipts: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Booking:
    """What we have booked under one receipt.

    `credited` and `credits` are those of the deposit that has this receipt, a deposit of the
    customer with this `phone`; `is_own_deposit`: it was made for this payment by hand. `held` is in
    suspense under this receipt, with `reason` and the phone of the customer who is proposed.
    """

    receipt: str
    phone: str | None = None
    is_own_deposit: bool = False
    credited: Decimal = Decimal(0)
    credits: int = 0
    held: Decimal = Decimal(0)
    cases: int = 0
    reason: str | None = None
    proposed: str | None = None


@dataclass(frozen=True, kw_only=True)
class Case:
    """An open suspense case, with what M-Pesa told us of the payment.

    `is_second`: a payment with another receipt completed its deposit.
    """

    receipt: str
    reason: str
    amount: Decimal | None  # what suspense holds for it; None: nothing, its payment is booked
    is_second: bool = False


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """All our deposits and balances, read once nothing changes any more.

    `deposits` are those that began with a prompt. `phones` are the customers', `account_numbers`
    gives the phone of the customer whose number it is; `held_apart` lies in suspense for no
    deposit, and no receipt explains the deposits in `strays`, which have no prompt either.
    """

    deposits: list[Deposit]
    wallets: dict[str, Decimal]
    suspense: Decimal
    clearing: Decimal
    bookings: dict[str, Booking] = field(default_factory=dict)
    account_numbers: dict[str, str] = field(default_factory=dict)
    phones: set[str] = field(default_factory=set)
    held_apart: Decimal = Decimal(0)
    strays: list[int] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)


# A callback credited the deposit if the callback's processed_at equals the deposit's completed_at:
# the settling function writes one clock reading to both. If received_at differs from processed_at,
# that callback was replayed. Without such a callback a confirmation credited it, if it booked the
# receipt at that moment, else the worker's status query.
_DEPOSITS = """
SELECT txn.id, txn.phone_number AS phone, txn.amount, txn.status,
       txn.account_reference, txn.checkout_request_id,
       txn.mpesa_receipt_number AS receipt, txn.result_code, txn.review_reason, txn.query_count,
       coalesce(credit.amount, 0) AS credited, coalesce(credit.count, 0) AS credits,
       moment.at AS credited_at,
       CASE WHEN txn.status <> 'COMPLETED' THEN NULL
            WHEN EXISTS (SELECT 1 FROM payments_suspensecase AS item
                          WHERE item.transaction_id = txn.id AND item.corrected_amount IS NOT NULL
                            AND item.resolution_entry_id = txn.credit_entry_id)
            OR EXISTS (SELECT 1 FROM payments_statementrow AS line
                        WHERE line.transaction_id = txn.id AND line.verdict = 'applied'
                          AND line.settled_by_id IS NOT NULL)
            THEN 'operator, by the statement'
            WHEN EXISTS (SELECT 1 FROM payments_statementrow AS line
                          WHERE line.transaction_id = txn.id AND line.verdict = 'applied')
            THEN 'statement'
            WHEN EXISTS (SELECT 1 FROM payments_pulledrow AS line
                          WHERE line.transaction_id = txn.id AND line.verdict = 'applied')
            THEN 'pull'
            WHEN event.received_at IS NULL AND EXISTS (
                 SELECT 1 FROM payments_confirmation AS told
                   JOIN payments_receipt AS receipt ON receipt.number = told.receipt
                  WHERE told.transaction_id = txn.id AND told.verdict = 'applied'
                    AND told.receipt = txn.mpesa_receipt_number
                    AND receipt.booked_at = txn.completed_at) THEN 'confirmation'
            WHEN event.received_at IS NULL THEN 'worker query'
            WHEN event.received_at <> event.processed_at THEN 'replay'
            ELSE 'callback' END AS credited_by,
       (SELECT count(*) FROM payments_callbackevent AS event
         WHERE event.transaction_id = txn.id AND event.has_token) AS callbacks,
       coalesce(held.count, 0) AS cases, coalesce(held.amount, 0) AS held,
       coalesce(held.receipts, '{}') AS held_receipts
  FROM payments_transaction AS txn
  LEFT JOIN LATERAL (
       SELECT sum(posting.amount) AS amount, count(*) AS count
         FROM wallet_journalentry AS entry
         JOIN wallet_posting AS posting ON posting.entry_id = entry.id AND posting.side = 'credit'
         JOIN wallet_ledgeraccount AS account
           ON account.id = posting.account_id AND account.kind = 'customer'
        WHERE entry.key = 'deposit:' || txn.id OR entry.id = txn.credit_entry_id) AS credit ON true
  LEFT JOIN LATERAL (
       SELECT min(history.pgh_created_at) AS at FROM payments_transactionhistory AS history
        WHERE history.pgh_obj_id = txn.id AND history.status = 'COMPLETED') AS moment ON true
  LEFT JOIN LATERAL (
       SELECT event.received_at, event.processed_at FROM payments_callbackevent AS event
        WHERE event.transaction_id = txn.id AND event.verdict = 'applied'
          AND event.processed_at = txn.completed_at LIMIT 1) AS event ON true
  LEFT JOIN LATERAL (
       SELECT count(*) AS count, sum(coalesce(item.corrected_amount, item.amount)) AS amount,
              array_agg(item.mpesa_receipt_number::text) AS receipts
         FROM payments_suspensecase AS item
        WHERE item.transaction_id = txn.id AND item.status = 'OPEN') AS held ON true
 WHERE txn.account_reference IS NOT NULL
 ORDER BY txn.id
"""
_BOOKINGS = """
SELECT receipt.number AS receipt, customer.phone_number AS phone,
       coalesce(txn.account_reference IS NULL AND txn.id IS NOT NULL, false) AS is_own_deposit,
       coalesce(credit.amount, 0) AS credited, coalesce(credit.count, 0) AS credits,
       coalesce(held.amount, 0) AS held, coalesce(held.count, 0) AS cases, held.reason,
       proposed.phone_number AS proposed
  FROM payments_receipt AS receipt
  LEFT JOIN payments_transaction AS txn ON txn.mpesa_receipt_number = receipt.number
  LEFT JOIN users_user AS customer ON customer.id = txn.user_id
  LEFT JOIN LATERAL (
       SELECT sum(posting.amount) AS amount, count(*) AS count
         FROM wallet_journalentry AS entry
         JOIN wallet_posting AS posting ON posting.entry_id = entry.id AND posting.side = 'credit'
         JOIN wallet_ledgeraccount AS account
           ON account.id = posting.account_id AND account.user_id = txn.user_id
        WHERE entry.key = 'deposit:' || txn.id OR entry.id = txn.credit_entry_id) AS credit ON true
  LEFT JOIN LATERAL (
       SELECT count(*) AS count, sum(coalesce(item.corrected_amount, item.amount)) AS amount,
              -- A case that holds nothing is about another report of the same payment.
              coalesce(min(item.reason) FILTER (WHERE item.amount IS NOT NULL), min(item.reason))
                  AS reason
         FROM payments_suspensecase AS item
        WHERE item.mpesa_receipt_number = receipt.number AND item.status = 'OPEN') AS held ON true
  LEFT JOIN payments_paybillpayment AS payment ON payment.receipt = receipt.number
  LEFT JOIN users_user AS proposed ON proposed.id = payment.proposed_user_id
"""
_ACCOUNT_NUMBERS = """
SELECT account.number, customer.phone_number AS phone
  FROM payments_paybillaccount AS account JOIN users_user AS customer
    ON customer.id = account.user_id
"""
_PHONES = "SELECT phone_number AS phone FROM users_user"
_APART = """
SELECT coalesce((SELECT sum(coalesce(corrected_amount, amount)) FROM payments_suspensecase
                  WHERE transaction_id IS NULL AND status = 'OPEN'), 0) AS held,
       ARRAY(SELECT txn.id FROM payments_transaction AS txn
              WHERE txn.account_reference IS NULL AND NOT EXISTS (
                    SELECT 1 FROM payments_receipt AS receipt
                     WHERE receipt.number = txn.mpesa_receipt_number
                       AND receipt.transaction_id = txn.id AND txn.status = 'COMPLETED')) AS strays
"""
_CASES = """
SELECT item.mpesa_receipt_number AS receipt, item.reason,
       coalesce(item.corrected_amount, item.amount) AS amount,
       coalesce(txn.status = 'COMPLETED'
                AND txn.mpesa_receipt_number <> item.mpesa_receipt_number, false) AS is_second
  FROM payments_suspensecase AS item LEFT JOIN payments_transaction AS txn
    ON txn.id = item.transaction_id
 WHERE item.status = 'OPEN' ORDER BY item.id
"""
_WALLETS = """
SELECT customer.phone_number AS phone, account.balance
  FROM wallet_ledgeraccount AS account JOIN users_user AS customer ON customer.id = account.user_id
"""
_HOUSE = """
SELECT account.kind, sum(CASE posting.side WHEN 'credit' THEN posting.amount
                                           ELSE -posting.amount END) AS amount
  FROM wallet_ledgeraccount AS account JOIN wallet_posting AS posting
    ON posting.account_id = account.id WHERE account.kind <> 'customer' GROUP BY account.kind
"""
_BACKLOG = """
SELECT (SELECT count(*) FROM payments_transaction
         WHERE next_query_at IS NOT NULL AND checkout_request_id IS NOT NULL
           AND status <> 'COMPLETED') AS "deposits to ask about",
       (SELECT count(*) FROM payments_callbackevent
         WHERE verdict = 'received') AS "callbacks to replay",
       (SELECT count(*) FROM payments_confirmation
         WHERE verdict = 'received') AS "confirmations to replay"
"""
_TIMELINE: dict[str, LiteralString] = {
    "deposit": "SELECT * FROM payments_transaction WHERE id = %s",
    "history": "SELECT pgh_created_at, status, result_code, checkout_request_id, review_reason,"
    " mpesa_receipt_number FROM payments_transactionhistory WHERE pgh_obj_id = %s ORDER BY pgh_id",
    "callback": "SELECT received_at, processed_at, verdict, note, has_token,"
    " encode(raw_body, 'escape') AS body FROM payments_callbackevent"
    " WHERE transaction_id = %s ORDER BY id",
    "confirmation": "SELECT received_at, processed_at, verdict, note, receipt,"
    " encode(raw_body, 'escape') AS body FROM payments_confirmation WHERE transaction_id = %s"
    " ORDER BY id",
    "case": "SELECT * FROM payments_suspensecase WHERE transaction_id = %s ORDER BY id",
    "key": "SELECT claimed_at, answer FROM payments_idempotencykey WHERE transaction_id = %s",
}


_OF_RECEIPT: dict[str, LiteralString] = {
    "receipt": "SELECT * FROM payments_receipt WHERE number = %s",
    "payment": "SELECT * FROM payments_paybillpayment WHERE receipt = %s",
    "confirmation": "SELECT received_at, processed_at, verdict, note, transaction_id,"
    " encode(raw_body, 'escape') AS body FROM payments_confirmation WHERE receipt = %s ORDER BY id",
    "case": "SELECT * FROM payments_suspensecase WHERE mpesa_receipt_number = %s ORDER BY id",
}


def read_ledger(url: str) -> Ledger:
    """Read deposits and balances in one database snapshot."""
    with psycopg.connect(url, row_factory=dict_row) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        deposits = [Deposit(**row) for row in connection.execute(_DEPOSITS)]
        wallets = {row["phone"]: row["balance"] for row in connection.execute(_WALLETS)}
        bookings = {row["receipt"]: Booking(**row) for row in connection.execute(_BOOKINGS)}
        numbers = {row["number"]: row["phone"] for row in connection.execute(_ACCOUNT_NUMBERS)}
        phones = {row["phone"] for row in connection.execute(_PHONES)}
        apart = connection.execute(_APART).fetchone() or {"held": Decimal(0), "strays": []}
        cases = [Case(**row) for row in connection.execute(_CASES)]
        house = {row["kind"]: row["amount"] for row in connection.execute(_HOUSE)}
    return Ledger(
        deposits=deposits,
        wallets=wallets,
        suspense=house.get("suspense", Decimal(0)),
        # The clearing account is an asset: it grows by debits, so the sign of its sum is turned.
        clearing=-house.get("clearing", Decimal(0)),
        bookings=bookings,
        account_numbers=numbers,
        phones=phones,
        held_apart=apart["held"],
        strays=apart["strays"],
        cases=cases,
    )


def read_backlog(url: str) -> dict[str, int]:
    """Return the amount of pending work by its name; empty when nothing is pending."""
    with psycopg.connect(url, row_factory=dict_row) as connection:
        row = connection.execute(_BACKLOG).fetchone()
    return {name: count for name, count in (row or {}).items() if count}


def read_timeline(url: str, deposit_id: int) -> list[str]:
    """Return every stored row about one deposit, one line for each row."""
    return _read_rows(url, _TIMELINE, deposit_id)


def read_receipt(url: str, receipt: str) -> list[str]:
    """Return every stored row about one receipt, one line for each row."""
    return _read_rows(url, _OF_RECEIPT, receipt)


def _read_rows(url: str, queries: dict[str, LiteralString], key: object) -> list[str]:
    lines = []
    with psycopg.connect(url, row_factory=dict_row) as connection:
        for name, sql in queries.items():
            for row in connection.execute(sql, [key]):
                lines.append(f"{name}: {_in_words(row)}")
    return lines


def _in_words(row: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in row.items() if value not in (None, ""))
