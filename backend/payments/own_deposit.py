"""One deposit of the customer's own, read in the statement that signs them in (polling asks often).

The same columns and the same expression as `selectors.find_transaction`, without the ORM, which
needs several milliseconds to write the statement afresh each time.
"""

import json
from datetime import datetime, timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS

from payments import conf, states
from payments.models import Transaction
from users.sign_in import Beside

#: What the API tells of a deposit (payments.serializers), and what it is told by.
_FIELDS = (
    "id", "user_id", "type", "amount", "phone_number", "checkout_request_id",
    "merchant_request_id", "status", "description", "created_at", "updated_at", "completed_at",
    "mpesa_receipt_number", "result_code", "account_reference", "prompt_expires_at",
    "next_query_at", "review_reason",
)  # fmt: skip
_COLUMNS = ", ".join(f"deposit.{name}" for name in _FIELDS)
# Only a failure that can still cost a wait is looked into: the function reads the phone's history.
_PROMPT_FREE_AT = f"""CASE WHEN deposit.status = '{states.FAILED}'
    AND deposit.updated_at > %(failed_after)s
    THEN prompt_free_at(customer.phone_number, deposit.amount, %(guard)s::jsonb, %(now)s) END"""
_LARGEST_ID = 2**63 - 1


def beside_sign_in(transaction_id: int, now: datetime) -> Beside:
    """Return what reads the deposit along with its customer's sign-in."""
    # Compared with a larger number, no index would be used.
    parameters: dict[str, Any] = {"deposit_id": min(transaction_id, _LARGEST_ID)}
    guard, prompt_free_at = conf.prompt_guard(), "NULL::timestamptz"
    if guard is not None:
        prompt_free_at = _PROMPT_FREE_AT
        parameters |= {
            "guard": json.dumps(guard),
            "failed_after": now - timedelta(seconds=max(guard["pauses_s"])),
            "now": now,
        }
    return Beside(
        columns=f"{_COLUMNS}, {prompt_free_at}",
        table="payments_transaction AS deposit",
        condition="deposit.id = %(deposit_id)s",
        owner="deposit.user_id",
        parameters=parameters,
    )


def read_deposit(row: tuple[Any, ...]) -> Transaction:
    """Return the deposit that was read along."""
    txn = Transaction.from_db(DEFAULT_DB_ALIAS, _FIELDS, row[:-1])
    txn.prompt_free_at = row[-1]  # type: ignore[attr-defined]  # as the annotation of selectors
    return txn
