"""Reads one deposit in the statement that authenticates its customer, for frequent polling.

It reads the same columns and expression as `selectors.find_transaction`, but without the ORM, which
needs several milliseconds to build the statement each time.
"""

import json
from datetime import datetime, timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS

from payments import conf, states
from payments.models import Transaction
from users.sign_in import JoinedRow

#: The columns that payments.serializers and selectors.describe need.
_FIELDS = (
    "id", "user_id", "type", "amount", "phone_number", "checkout_request_id",
    "merchant_request_id", "status", "description", "created_at", "updated_at", "completed_at",
    "mpesa_receipt_number", "result_code", "account_reference", "prompt_expires_at",
    "next_query_at", "review_reason",
)  # fmt: skip
_COLUMNS = ", ".join(f"deposit.{name}" for name in _FIELDS)
# Called only for a failure recent enough to cost a wait: the function reads the phone's deposits.
_PROMPT_FREE_AT = f"""CASE WHEN deposit.status = '{states.FAILED}'
    AND deposit.updated_at > %(failed_after)s
    THEN prompt_free_at(customer.phone_number, deposit.amount, %(guard)s::jsonb, %(now)s) END"""
_MAX_ID = 2**63 - 1


def row_joined_at_sign_in(transaction_id: int, now: datetime) -> JoinedRow:
    """Say which row the sign-in's query reads as well: this deposit."""
    # With a larger number PostgreSQL would compare as numeric, and not use the index.
    parameters: dict[str, Any] = {"deposit_id": min(transaction_id, _MAX_ID)}
    guard, prompt_free_at = conf.prompt_guard(), "NULL::timestamptz"
    if guard is not None:
        prompt_free_at = _PROMPT_FREE_AT
        parameters |= {
            "guard": json.dumps(guard),
            "failed_after": now - timedelta(seconds=max(guard["pauses_s"])),
            "now": now,
        }
    return JoinedRow(
        columns=f"{_COLUMNS}, {prompt_free_at}",
        table="payments_transaction AS deposit",
        condition="deposit.id = %(deposit_id)s",
        owner="deposit.user_id",
        parameters=parameters,
    )


def read_deposit(row: tuple[Any, ...]) -> Transaction:
    """Return the deposit from the columns that `row_joined_at_sign_in` added."""
    txn = Transaction.from_db(DEFAULT_DB_ALIAS, _FIELDS, row[:-1])
    txn.prompt_free_at = row[-1]  # type: ignore[attr-defined]  # as the annotation of selectors
    return txn
