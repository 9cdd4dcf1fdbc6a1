"""One Idempotency-Key, one prompt: claims, stored answers, and what a dead process leaves."""

import hashlib
import json
import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection

from common.db import call_function
from payments import conf, errors


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A request's own hold on its key; only the holder may open a deposit under it.

    `idempotency_id` is None until the key is claimed.
    """

    key: str
    fingerprint: str
    claim: uuid.UUID
    idempotency_id: int | None = None

    def parameters(self) -> dict[str, Any]:
        """Return what `idempotency_claim` and `push_start` need to claim the key."""
        return {
            "key": self.key,
            "fingerprint": self.fingerprint,
            "claim": str(self.claim),
            # Twice the time one push may take: a process that has not answered by then is dead.
            "patience_s": 2 * conf.deposit_rules().gateway_timeout.total_seconds(),
            "lifetime_s": conf.KEY_LIFETIME.total_seconds(),
            **({} if self.idempotency_id is None else {"idempotency_id": self.idempotency_id}),
        }

    def answered(self, answer: dict[str, Any] | None) -> str:
        """Return, as JSON, what stores the answer; None lets the same key start again."""
        kept = {"idempotency_id": self.idempotency_id, "claim": str(self.claim), "answer": answer}
        return json.dumps(kept)


@dataclass(frozen=True)
class StoredAnswer:
    """What came of the first request. `transaction_id` is None only in `answer`-less cases."""

    transaction_id: int
    answer: dict[str, Any] | None  # None: the first process died between push and answer


def new_claim(key: str | None, body: dict[str, Any]) -> Claim | None:
    """Return a claim yet to be made on the key; None: the request brought none."""
    if key is None:
        return None
    fingerprint = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    return Claim(key=key, fingerprint=fingerprint, claim=uuid.uuid4())


_CLAIM = """
SELECT * FROM idempotency_claim(%(user_id)s, %(key)s, %(fingerprint)s, %(claim)s::uuid,
    %(patience_s)s, %(lifetime_s)s, %(now)s)
"""


def claim_key(claim: Claim, *, user_id: int, now: datetime) -> Claim | StoredAnswer:
    """Claim only the key, before somebody is asked over the network.

    Raises:
        IdempotencyKeyReused: it came with another body.
        IdempotencyInProgress: the first request under it is under way.
    """
    found = call_function(_CLAIM, {"user_id": user_id, "now": now, **claim.parameters()})
    if found["outcome"] == "claimed":
        return replace(claim, idempotency_id=found["idempotency_id"])
    return find_answer(found)


#: Outcomes of a claim by which the request is over.
OVER = frozenset({"reused", "in_progress", "replay", "abandoned"})


def find_answer(found: dict[str, Any]) -> StoredAnswer:
    """Return what the first request under the key came to.

    Raises:
        IdempotencyKeyReused: it came with another body.
        IdempotencyInProgress: the first request under it is under way.
    """
    match found["outcome"]:
        case "reused":
            raise errors.IdempotencyKeyReused
        case "in_progress":
            raise errors.IdempotencyInProgress(found["transaction_id"], found["retry_after_s"])
    # "replay" has an answer, "abandoned" has none.
    answer = found["answer"]
    return StoredAnswer(
        found["transaction_id"], json.loads(answer) if isinstance(answer, str) else answer
    )


def release_key(claim: Claim | None) -> None:
    """Let the same key start again: nothing was sent. A key not claimed yet stays as it is."""
    if claim is None or claim.idempotency_id is None:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT idempotency_answer(%s::jsonb)", [claim.answered(None)])
