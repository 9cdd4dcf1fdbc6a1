"""Stores M-Pesa's answer to a push with the deposit and its idempotency key, and replays it."""

import json
import logging
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError, IntegrityError

from common import clock, logs
from common.db import call_function, discard_stale_connection
from common.errors import DomainError
from common.unavailable import is_unavailable
from payments import errors
from payments.errors import DepositError, RejectedByMpesa
from payments.gateway import GatewayRejected, PushAccepted, PushRequest
from payments.services.callbacks import record_callback
from payments.services.idempotency import Claim, StoredAnswer
from payments.services.origins import Origin

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class PushOutcome:
    """The result of a request to deposit.

    With neither `checkout_request_id` nor `error` the outcome is unknown: the push was sent, and
    status queries or the callback find the outcome.
    """

    transaction_id: int
    checkout_request_id: str | None = None
    error: DepositError | None = None
    is_replay: bool = False


@dataclass(frozen=True, kw_only=True)
class InitiatedDeposit:
    """A deposit whose PENDING row is committed, before its push: the request, the callback token.

    `sighting` holds customer and request source: `p_source` of `push_accepted`. Its log lines are
    written inside `origins.about`, which names the deposit.
    """

    transaction_id: int
    request: PushRequest
    token: str
    claim: Claim | None
    sighting: dict[str, Any]
    origin: Origin = field(default_factory=Origin)

    def answered(self, answer: dict[str, Any] | None) -> str | None:
        """Return `p_claim` of `idempotency_answer`; None where the request has no key."""
        return None if self.claim is None else self.claim.answered(answer)


def store_acceptance(deposit: InitiatedDeposit, accepted: PushAccepted) -> PushOutcome:
    """Store M-Pesa's ids; an early callback may have stored the same ones already."""
    try:
        _store_accepted(deposit, accepted)
    except IntegrityError:
        # Another deposit has this id, so the answer is not about this push: outcome unknown.
        logger.exception("push: checkout_request_id seen before")
        return store_unknown(deposit)
    except DatabaseError:
        # The prompt is on its way and the row is stored: the callback finds it by its token.
        logger.exception("push: the answer could not be stored")
        return PushOutcome(transaction_id=deposit.transaction_id)
    logger.info("push accepted")
    if accepted.callback_body is not None:
        _deliver_callback(deposit, accepted.callback_body)
    return PushOutcome(
        transaction_id=deposit.transaction_id, checkout_request_id=accepted.checkout_request_id
    )


def _store_accepted(deposit: InitiatedDeposit, accepted: PushAccepted) -> None:
    """Store ids and answer together; try once more where the database connection was lost.

    M-Pesa names the ids only in this answer. Without them no status query is possible, and only the
    callback can report the outcome.
    """
    try:
        _store_accepted_once(deposit, accepted)
    except DatabaseError as error:
        if not is_unavailable(error):
            raise
        discard_stale_connection()
        _store_accepted_once(deposit, accepted)


_ACCEPTED = """
SELECT push_accepted(%(id)s, %(ids)s::jsonb, %(claim)s::jsonb, %(source)s::jsonb, %(now)s)
    AS is_stored
"""


def _store_accepted_once(deposit: InitiatedDeposit, accepted: PushAccepted) -> None:
    answer = {"outcome": "accepted", "checkout_request_id": accepted.checkout_request_id}
    ids = {
        "checkout_request_id": accepted.checkout_request_id,
        "merchant_request_id": accepted.merchant_request_id,
    }
    found = call_function(
        _ACCEPTED,
        {
            "id": deposit.transaction_id,
            "ids": json.dumps(ids),
            "claim": deposit.answered(answer),
            "source": json.dumps(deposit.sighting),
            "now": clock.now(),
        },
    )
    if not found["is_stored"]:
        logger.error("push: callback and push name different ids")


def _deliver_callback(deposit: InitiatedDeposit, body: bytes) -> None:
    """Record the callback of a gateway without a network. An error does not undo the push."""
    try:
        record_callback(
            token=deposit.token, body=body, headers={}, source_address=None, now=clock.now()
        )
    except DomainError as error:
        logger.error("push: its callback got lost: %s", error.code)


_UNKNOWN = "SELECT push_unknown(%(claim)s::jsonb, %(source)s::jsonb, %(now)s)"


def store_unknown(deposit: InitiatedDeposit) -> PushOutcome:
    """Leave the deposit PENDING and store "unknown" as the answer, which the key replays."""
    try:
        call_function(
            _UNKNOWN,
            {
                "claim": deposit.answered({"outcome": "unknown"}),
                "source": json.dumps(deposit.sighting),
                "now": clock.now(),
            },
        )
    except DatabaseError:
        # The key then has no answer, as if this process had died: a repeated request gets 409
        # until the claim expires, and 202 after that.
        logger.exception("push: the answer could not be stored")
    return PushOutcome(transaction_id=deposit.transaction_id)


_REFUSED = """
SELECT push_refused(%(id)s, %(result_code)s, %(result_desc)s, %(claim)s::jsonb, %(now)s)
"""
#: Errors that are not stored with the key: it may then start a new deposit (docs/api.md §3).
_NOT_STORED = (errors.MpesaBusy, errors.MpesaUnavailable)


def store_rejection(
    deposit: InitiatedDeposit, error: RejectedByMpesa, rejected: GatewayRejected | None
) -> PushOutcome:
    """Fail the deposit: M-Pesa rejected the push, or the push never reached M-Pesa."""
    detail = rejected.detail if rejected else error.error
    logger.warning("push refused: %s", detail)
    answer = None if isinstance(error, _NOT_STORED) else _describe_error(error)
    try:
        call_function(
            _REFUSED,
            {
                "id": deposit.transaction_id,
                "result_code": (rejected.result_code if rejected else "") or error.reason,
                "result_desc": detail,
                "claim": deposit.answered(answer),
                "now": clock.now(),
            },
        )
    except DatabaseError:
        # The row stays PENDING: the answer is that of a pending deposit, now and for the key.
        logger.exception("push: the refusal could not be stored")
        return PushOutcome(transaction_id=deposit.transaction_id)
    return PushOutcome(transaction_id=deposit.transaction_id, error=error)


def _describe_error(error: RejectedByMpesa) -> dict[str, Any]:
    return {
        "outcome": "refused",
        "code": error.code,
        "error": error.error,
        "customer_message": error.customer_message._asdict(),
        "retry_after_s": error.retry_after_s,
        "money": error.money,
    }


def replay(stored: StoredAnswer) -> PushOutcome:
    """Return the first answer again; where the process died before storing one, outcome unknown."""
    answer = stored.answer or {"outcome": "unknown"}
    error = None
    if answer["outcome"] == "refused":
        error = errors.StoredError(answer, stored.transaction_id)
    with logs.about(deposit=stored.transaction_id):
        logger.info("push replayed: the answer of the first request with this key")
    return PushOutcome(
        transaction_id=stored.transaction_id,
        checkout_request_id=answer.get("checkout_request_id"),
        error=error,
        is_replay=True,
    )
