"""Our books about the deposits of one history, and what must be true of them at every moment."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from tests.model.mpesa import Payment, Prompt

_DEPOSITS = """
SELECT txn.id, txn.account_reference, txn.status, txn.checkout_request_id,
       txn.mpesa_receipt_number, txn.review_reason, txn.amount,
       (SELECT posting.amount FROM wallet_journalentry AS entry
          JOIN wallet_posting AS posting ON posting.entry_id = entry.id AND side = 'credit'
         WHERE entry.key = 'deposit:' || txn.id) AS credited,
       coalesce((SELECT jsonb_agg(jsonb_build_array(
            item.mpesa_receipt_number, item.amount::int, item.status, item.reason))
          FROM payments_suspensecase AS item WHERE item.transaction_id = txn.id), '[]'
       )::text AS cases
  FROM payments_transaction AS txn WHERE txn.user_id = ANY(%(users)s) ORDER BY txn.id
"""
_WALLETS = """
SELECT coalesce(sum(account.balance), 0), coalesce(sum((
           SELECT sum(CASE side WHEN 'credit' THEN amount ELSE -amount END)
             FROM wallet_posting WHERE account_id = account.id)), 0)
  FROM wallet_ledgeraccount AS account WHERE account.user_id = ANY(%(users)s)
"""


@dataclass(frozen=True)
class Case:
    """A suspense case."""

    receipt: str
    amount: int | None
    status: str
    reason: str


@dataclass(frozen=True)
class Deposit:
    """A deposit as the database has it."""

    id: int
    account_reference: str
    status: str
    checkout_request_id: str | None
    receipt: str | None
    review_reason: str | None
    amount: Decimal
    credited: Decimal | None
    cases_json: str

    @property
    def cases(self) -> list[Case]:
        """Return its suspense cases."""
        return [Case(*case) for case in json.loads(self.cases_json)]

    @property
    def booked(self) -> list[tuple[str | None, Decimal]]:
        """Return every sum that was booked for it, with its receipt where there is one."""
        direct = [] if self.credited is None else [(self.receipt, self.credited)]
        held = [(case.receipt, Decimal(case.amount)) for case in self.cases if case.amount]
        return [*direct, *held]


def read_deposits(user_ids: list[int]) -> list[Deposit]:
    """Return all deposits of these customers."""
    return [Deposit(*row) for row in _rows(_DEPOSITS, user_ids)]


def _rows(sql: str, user_ids: list[int]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"users": user_ids})
        return list(cursor.fetchall())


def assert_nothing_minted(
    deposits: Iterable[Deposit], prompts: dict[str, Prompt], user_ids: list[int]
) -> None:
    """Hold every booking against a payment, and the wallets against the bookings."""
    expected = Decimal(0)
    for deposit in deposits:
        prompt = prompts.get(deposit.account_reference)
        _assert_explained(deposit, prompt.payments if prompt else [])
        expected += deposit.credited or 0
        expected += sum(case.amount or 0 for case in deposit.cases if case.status == "RESOLVED")
    [(kept, posted)] = _rows(_WALLETS, user_ids)
    assert kept == posted == expected


def _assert_explained(deposit: Deposit, payments: list[Payment]) -> None:
    """No booking without a payment, none twice, each of the right amount."""
    booked = deposit.booked
    assert len(booked) <= len(payments), f"minted: {deposit}"
    paid = {payment.receipt: payment.amount for payment in payments}
    receipts = [receipt for receipt, _ in booked if receipt is not None]
    assert len(set(receipts)) == len(receipts), f"booked twice: {deposit}"
    for receipt, amount in booked:
        # Without a receipt it was a query that credited, and a query names no amount.
        assert amount == (deposit.amount if receipt is None else paid.get(receipt)), deposit
    if deposit.credited is not None:
        assert deposit.credited == deposit.amount
    is_resolved = any(case.amount == deposit.amount for case in deposit.cases)
    assert (deposit.status == "COMPLETED") >= (deposit.credited is not None)
    assert deposit.status != "COMPLETED" or deposit.credited is not None or is_resolved, deposit


def assert_settled(deposit: Deposit, prompt: Prompt | None) -> None:
    """Nothing is on its way any more: every payment is booked, or waits for an operator."""
    if prompt is None or not prompt.payments:
        assert deposit.status != "COMPLETED"
        assert deposit.booked == []
        return
    if prompt.told >= {payment.receipt for payment in prompt.payments}:
        _assert_all_booked(deposit, prompt)
    elif deposit.checkout_request_id is None:
        assert deposit.status == "PENDING", f"no way to know: {deposit}"
    elif not prompt.is_contradicted:
        assert deposit.status == "COMPLETED", f"lost: {deposit}"


def _assert_all_booked(deposit: Deposit, prompt: Prompt) -> None:
    """Every receipt is the deposit's own, or a case's; the sums are equal to the shilling."""
    in_cases = {case.receipt for case in deposit.cases}
    unpriced = {case.receipt for case in deposit.cases if case.amount is None}
    for payment in prompt.payments:
        assert payment.receipt in {deposit.receipt, *in_cases}, f"lost: {deposit}"
    if not unpriced & {payment.receipt for payment in prompt.payments}:
        taken = sum(payment.amount for payment in prompt.payments)
        assert sum(amount for _, amount in deposit.booked) == taken, f"lost: {deposit}"
