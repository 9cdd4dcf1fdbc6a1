"""Idempotency keys: claim one, return its stored answer, release it. One key sends one prompt."""

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
    """One request's claim of its idempotency key. Only this request may open a deposit with the
    key.

    `fingerprint` is the SHA-256 of what the request asks for (the amount); `idempotency_id` is None
    until the key is claimed in the database.
    """

    key: str
    fingerprint: str
    claim: uuid.UUID
    idempotency_id: int | None = None

    def parameters(self) -> dict[str, Any]:
        """Return the parameters by which `idempotency_claim` and `push_start` claim the key."""
        return {
            "key": self.key,
            "fingerprint": self.fingerprint,
            "claim": str(self.claim),
            # Twice the longest time of a push: a process without an answer by then has died.
            "patience_s": 2 * conf.deposit_rules().gateway_timeout.total_seconds(),
            "lifetime_s": conf.KEY_LIFETIME.total_seconds(),
            **({} if self.idempotency_id is None else {"idempotency_id": self.idempotency_id}),
        }

    def answered(self, answer: dict[str, Any] | None) -> str:
        """Return `p_claim` of `idempotency_answer` as JSON; an answer of None releases the key."""
        kept = {"idempotency_id": self.idempotency_id, "claim": str(self.claim), "answer": answer}
        return json.dumps(kept)


@dataclass(frozen=True)
class StoredAnswer:
    """The first request's deposit and its stored answer."""

    transaction_id: int
    answer: dict[str, Any] | None  # None: the first process died before it stored an answer


def new_claim(key: str | None, body: dict[str, Any]) -> Claim | None:
    """Return a claim that is not in the database yet; None where the request has no key."""
    if key is None:
        return None
    fingerprint = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    return Claim(key=key, fingerprint=fingerprint, claim=uuid.uuid4())


_CLAIM = """
SELECT * FROM idempotency_claim(%(user_id)s, %(key)s, %(fingerprint)s, %(claim)s::uuid,
    %(patience_s)s, %(lifetime_s)s, %(now)s)
"""


def claim_key(claim: Claim, *, user_id: int, now: datetime) -> Claim | StoredAnswer:
    """Claim the key alone, before a provider is asked over the network.

    Raises:
        IdempotencyKeyReused: the first request with this key had another body.
        IdempotencyInProgress: the first request with this key has no answer yet.
    """
    found = call_function(_CLAIM, {"user_id": user_id, "now": now, **claim.parameters()})
    if found["outcome"] == "claimed":
        return replace(claim, idempotency_id=found["idempotency_id"])
    return find_answer(found)


#: Outcomes of a claim after which this request opens no deposit.
NOT_CLAIMED = frozenset({"reused", "in_progress", "replay", "abandoned"})


def find_answer(found: dict[str, Any]) -> StoredAnswer:
    """Return the answer to the first request with this key.

    Raises:
        IdempotencyKeyReused: the first request with this key had another body.
        IdempotencyInProgress: the first request with this key has no answer yet.
    """
    match found["outcome"]:
        case "reused":
            raise errors.IdempotencyKeyReused
        case "in_progress":
            raise errors.IdempotencyInProgress(found["transaction_id"], found["retry_after_s"])
    # Outcome "replay" has an answer, "abandoned" has none.
    answer = found["answer"]
    return StoredAnswer(
        found["transaction_id"], json.loads(answer) if isinstance(answer, str) else answer
    )


def release_key(claim: Claim | None) -> None:
    """Delete a claimed key after nothing was sent, so that a new request may claim it."""
    if claim is None or claim.idempotency_id is None:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT idempotency_answer(%s::jsonb)", [claim.answered(None)])
