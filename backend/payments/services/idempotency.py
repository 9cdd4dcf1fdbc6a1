"""One Idempotency-Key, one prompt: claims, stored answers, and what a dead process leaves."""

import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from common.db import call_function
from payments import conf, errors


@dataclass(frozen=True)
class Claim:
    """This request owns the key; only the owner may open a deposit under it."""

    idempotency_id: int
    claim: uuid.UUID


@dataclass(frozen=True)
class StoredAnswer:
    """What came of the first request. `transaction_id` is None only in `answer`-less cases."""

    transaction_id: int
    answer: dict[str, Any] | None  # None: the first process died between push and answer


_CLAIM = """
SELECT * FROM idempotency_claim(%(user_id)s, %(key)s, %(fingerprint)s, %(claim)s,
    %(patience_s)s, %(lifetime_s)s, %(now)s)
"""


def claim_key(
    *, user_id: int, key: str, body: dict[str, Any], now: datetime
) -> Claim | StoredAnswer:
    """Claim the key, or return what the first request under it came to.

    Raises:
        IdempotencyKeyReused: it came with another body.
        IdempotencyInProgress: the first request under it is under way.
    """
    claim = uuid.uuid4()
    fingerprint = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    found = call_function(
        _CLAIM,
        {
            "user_id": user_id,
            "key": key,
            "fingerprint": fingerprint,
            "claim": claim,
            # Twice the time one push may take: whoever has not answered by then is dead.
            "patience_s": 2 * conf.deposit_rules().gateway_timeout.total_seconds(),
            "lifetime_s": conf.KEY_LIFETIME.total_seconds(),
            "now": now,
        },
    )
    match found["outcome"]:
        case "claimed":
            return Claim(found["idempotency_id"], claim)
        case "reused":
            raise errors.IdempotencyKeyReused
        case "in_progress":
            raise errors.IdempotencyInProgress(found["transaction_id"], found["retry_after_s"])
    # "replay" has an answer, "abandoned" has none.
    answer = found["answer"]
    return StoredAnswer(
        found["transaction_id"], json.loads(answer) if isinstance(answer, str) else answer
    )


def store_answer(claim: Claim | None, answer: dict[str, Any]) -> None:
    """Keep the answer for 24 hours. Belongs into the transaction that stores the outcome."""
    if claim is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE payments_idempotencykey SET answer = %s WHERE id = %s AND claim = %s",
            [json.dumps(answer), claim.idempotency_id, claim.claim],
        )


def release_key(claim: Claim | None) -> None:
    """Let the same key start anew: nothing was sent, and the answer is not one to keep."""
    if claim is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM payments_idempotencykey WHERE id = %s AND claim = %s",
            [claim.idempotency_id, claim.claim],
        )
