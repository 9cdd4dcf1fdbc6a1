"""What M-Pesa said to a push, stored with the deposit and under its key, and said again."""

import json
import logging
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, IntegrityError, OperationalError

from common import clock
from common.db import call_function, discard_stale_connection
from common.errors import DomainError
from payments import errors
from payments.errors import DepositError, RejectedByMpesa
from payments.gateway import GatewayRejected, PushAccepted, PushRequest
from payments.services.callbacks import record_callback
from payments.services.idempotency import Claim, StoredAnswer

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class PushOutcome:
    """What came of a request to deposit.

    `checkout_request_id` None without an error: sent, outcome unknown, followed up automatically.
    """

    transaction_id: int
    checkout_request_id: str | None = None
    error: DepositError | None = None
    is_replay: bool = False


@dataclass(frozen=True, kw_only=True)
class InitiatedDeposit:
    """A PENDING row is committed; the request and the secret of its callback address.

    `sighting` says where the request came from, as `push_accepted` takes it.
    """

    transaction_id: int
    request: PushRequest
    token: str
    claim: Claim | None
    sighting: dict[str, Any]

    def answered(self, answer: dict[str, Any] | None) -> str | None:
        """Return what stores the answer under the key, if there is one."""
        return None if self.claim is None else self.claim.answered(answer)


def store_acceptance(deposit: InitiatedDeposit, accepted: PushAccepted) -> PushOutcome:
    """Store M-Pesa's ids; an early callback may have stored the same ones already."""
    try:
        _store_accepted(deposit, accepted)
    except IntegrityError:
        # The id belongs to another deposit: this answer cannot be ours, so we know nothing.
        logger.exception("deposit %s: checkout_request_id seen before", deposit.transaction_id)
        return store_unknown(deposit)
    except DatabaseError:
        # The prompt is out and its row is there: the callback will find it by its token.
        logger.exception("deposit %s: the answer could not be stored", deposit.transaction_id)
        return PushOutcome(transaction_id=deposit.transaction_id)
    if accepted.callback_body is not None:
        _deliver_callback(deposit, accepted.callback_body)
    return PushOutcome(
        transaction_id=deposit.transaction_id, checkout_request_id=accepted.checkout_request_id
    )


def _store_accepted(deposit: InitiatedDeposit, accepted: PushAccepted) -> None:
    """Store ids and answer together; once more if the database was lost on the way.

    These ids are said once: without them only the callback can tell what became of the prompt.
    """
    try:
        _store_accepted_once(deposit, accepted)
    except OperationalError:
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
        logger.error("deposit %s: callback and push name different ids", deposit.transaction_id)


def _deliver_callback(deposit: InitiatedDeposit, body: bytes) -> None:
    """Hand over the callback of a gateway without a network. The push stands in any case."""
    try:
        record_callback(
            token=deposit.token, body=body, headers={}, source_address=None, now=clock.now()
        )
    except DomainError as error:
        logger.error("deposit %s: its callback got lost: %s", deposit.transaction_id, error.code)


_UNKNOWN = "SELECT push_unknown(%(claim)s::jsonb, %(source)s::jsonb, %(now)s)"


def store_unknown(deposit: InitiatedDeposit) -> PushOutcome:
    """Leave the deposit as it is; the same key hears the same."""
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
        # The key then counts as its process died: 409 for a while, and 202 after that.
        logger.exception("deposit %s: the answer could not be stored", deposit.transaction_id)
    return PushOutcome(transaction_id=deposit.transaction_id)


_REFUSED = """
SELECT push_refused(%(id)s, %(result_code)s, %(result_desc)s, %(claim)s::jsonb, %(now)s)
"""
#: Answers of docs/api.md §3 that are not stored: the same key then starts afresh.
_NOT_STORED = (errors.MpesaBusy, errors.MpesaUnavailable)


def store_rejection(
    deposit: InitiatedDeposit, error: RejectedByMpesa, rejected: GatewayRejected | None
) -> PushOutcome:
    """Fail the deposit: M-Pesa said no, or never heard of it."""
    detail = rejected.detail if rejected else error.error
    logger.warning("push of deposit %s refused: %s", deposit.transaction_id, detail)
    answer = None if isinstance(error, _NOT_STORED) else _describe_error(error)
    try:
        call_function(
            _REFUSED,
            {
                "id": deposit.transaction_id,
                "result_code": (rejected.result_code if rejected else "") or error.code,
                "result_desc": detail,
                "claim": deposit.answered(answer),
                "now": clock.now(),
            },
        )
    except DatabaseError:
        # The row stays PENDING, so the customer hears what it says, now and under the same key.
        logger.exception("deposit %s: the refusal could not be stored", deposit.transaction_id)
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
    """Give the first answer again. A process that died left none: then the outcome is unknown."""
    answer = stored.answer or {"outcome": "unknown"}
    error = None
    if answer["outcome"] == "refused":
        error = errors.StoredError(answer, stored.transaction_id)
    return PushOutcome(
        transaction_id=stored.transaction_id,
        checkout_request_id=answer.get("checkout_request_id"),
        error=error,
        is_replay=True,
    )
