"""The inbox: every callback that may matter is settled and stored raw, in one SQL function."""

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Any

from django.db import DatabaseError, OperationalError, connection
from django.db import transaction as db_transaction

from common.db import call_function, discard_stale_connection
from payments import conf, errors
from payments.daraja.result_codes import UNCERTAIN_FAILURES
from payments.gateway import MalformedCallback, StkCallback
from payments.models import CallbackEvent

logger = logging.getLogger(__name__)

#: Headers worth keeping as evidence; cookies and credentials have no business in a callback.
_HEADERS_KEPT = {"user-agent", "content-type", "content-length", "x-forwarded-for", "x-request-id"}
_LASTING_VERDICTS = {
    CallbackEvent.Verdict.APPLIED,
    CallbackEvent.Verdict.DUPLICATE,
    CallbackEvent.Verdict.MISMATCHED,
}


@dataclass(frozen=True)
class CallbackOutcome:
    """What came of a callback. `has_token`: it came to a deposit's own secret address.

    `event_id` None: its token is no deposit's, and nothing was stored or done.
    """

    verdict: str
    event_id: int | None
    transaction_id: int | None
    has_token: bool


_UNKNOWN = CallbackOutcome("unmatched", None, None, has_token=False)


def hash_token(token: str) -> str:
    """Return what is stored of a callback token. A lookup by hash leaks no timing of the token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _admit() -> None:
    """Let every stranger in: nobody is counted."""


def record_callback(
    *,
    token: str | None,
    body: bytes,
    headers: dict[str, str],
    source_address: str | None,
    now: datetime,
    admit_stranger: Callable[[], None] = _admit,
) -> CallbackOutcome:
    """Store a callback and settle it; return once that is committed.

    Without a known token it is only a hint: it may bring the next query forward, and moves nothing.
    `admit_stranger` is called before anything is done about such a one, and refuses it by raising.

    Raises:
        CallbackMalformed: kept as evidence when the token is known.
        CallbackNotStored: the sender has to keep it.
    """
    callback = _parse(body)
    arrival = {
        "token_hash": hash_token(token) if token else None,
        "source_address": source_address,
        "headers": json.dumps(_kept(headers)),
        "raw_body": body,
        "result": _stk_result(callback) if isinstance(callback, StkCallback) else None,
        "is_trusted_source": is_trusted_source(source_address),
        "now": now,
    }
    outcome = _settle_or_store(_RECORD, arrival) if token else _UNKNOWN
    if outcome.event_id is None:
        admit_stranger()
    if isinstance(callback, MalformedCallback):
        logger.warning("malformed callback: %s", callback)
        raise errors.CallbackMalformed from callback
    if outcome.event_id is None:
        outcome = _settle_or_store(_RECORD_HINT, {**arrival, "token_hash": None})
    logger.info(
        "callback for deposit %s: %s, result %s",
        outcome.transaction_id,
        outcome.verdict,
        callback.result_code,
    )
    return outcome


def _parse(body: bytes) -> StkCallback | MalformedCallback:
    try:
        return conf.get_gateway().parse_callback(body)
    except MalformedCallback as malformed:
        return malformed


# One round trip, and for a deposit's own address the only one.
_RECORD = """
SELECT * FROM callback_record(%(token_hash)s, %(source_address)s, %(headers)s, %(raw_body)s,
    %(result)s::jsonb, %(is_trusted_source)s, %(now)s)
"""
_RECORD_HINT = """
SELECT * FROM callback_record_hint(%(source_address)s, %(headers)s, %(raw_body)s,
    %(result)s::jsonb, %(now)s)
"""


def _settle_or_store(sql: str, arrival: dict[str, Any]) -> CallbackOutcome:
    """Settle and store by one function; where that breaks, store alone.

    Raises:
        CallbackNotStored: neither worked.
    """
    try:
        recorded = _call_with_one_retry(sql, arrival)
    except DatabaseError:
        logger.exception("a callback could not be settled; storing it alone")
        recorded = _store_alone(arrival)
    if recorded["note"]:
        logger.error("callback %s kept for replay: %s", recorded["event_id"], recorded["note"])
    return CallbackOutcome(
        verdict=recorded["verdict"],
        event_id=recorded["event_id"],
        transaction_id=recorded["transaction_id"],
        has_token=recorded["has_token"],
    )


def _stk_result(callback: StkCallback) -> str:
    """Return a callback as the settlement functions read it: the SQL type stk_result, as JSON."""
    return json.dumps(
        {
            "checkout_request_id": callback.checkout_request_id,
            "merchant_request_id": callback.merchant_request_id,
            "result_code": callback.result_code,
            "result_desc": callback.result_desc,
            "is_final": callback.is_final,
            "is_certain": callback.result_code not in UNCERTAIN_FAILURES,
            # As text: a JSON number would pass through a float somewhere.
            "amount": None if callback.amount is None else str(callback.amount),
            "mpesa_receipt_number": callback.mpesa_receipt_number,
        }
    )


def _kept(headers: dict[str, str]) -> dict[str, str]:
    return {
        name.lower(): value[:500].replace("\x00", "")
        for name, value in headers.items()
        if name.lower() in _HEADERS_KEPT
    }


def _call_with_one_retry(sql: str, parameters: dict[str, Any]) -> dict[str, Any]:
    try:
        return call_function(sql, parameters)
    except OperationalError:
        # Harmless twice, and the sender will not send it again (docs/daraja.md §4).
        discard_stale_connection()
        return call_function(sql, parameters)


# With a token that is no deposit's nothing is stored: whether a stranger may is not decided yet.
_STORE_ALONE = """
SELECT CASE WHEN txn.id IS NOT NULL OR %(token_hash)s::text IS NULL THEN callback_store(
           txn.id, txn.id IS NOT NULL, %(source_address)s, %(headers)s, %(raw_body)s,
           'received', '', %(now)s) END AS event_id,
       txn.id AS transaction_id, txn.id IS NOT NULL AS has_token, 'received' AS verdict, '' AS note
  FROM (SELECT 1) AS one
  LEFT JOIN payments_transaction AS txn ON txn.callback_token_hash = %(token_hash)s
"""


def _store_alone(arrival: dict[str, Any]) -> dict[str, Any]:
    """Keep the raw callback for a replay although settling broke as a whole.

    Raises:
        CallbackNotStored: not even that worked.
    """
    try:
        return call_function(_STORE_ALONE, arrival)
    except DatabaseError as error:
        raise errors.CallbackNotStored from error


def is_trusted_source(source_address: str | None) -> bool:
    """Say whether a callback may move money by its source: the list is the second defence only.

    Safaricom's list drifts (docs/daraja.md §4), so that a callback from elsewhere becomes a hint,
    and its money is found by the query: nothing is lost, and nothing is forged.
    """
    networks = conf.callback_networks()
    if not networks or source_address is None:
        return True
    address = ip_address(source_address)
    return any(address in network for network in networks)


_SETTLE = """
SELECT deposit_settle_callback(%(transaction_id)s, %(has_token)s, %(is_trusted_source)s,
    %(result)s::jsonb, %(now)s) AS verdict
"""


def replay_callback(event: CallbackEvent, *, now: datetime) -> str:
    """Act on a stored callback again and return its verdict. Repeating it is harmless.

    Raises:
        DatabaseError: acting failed again; the callback stays `received`.
    """
    is_trusted = is_trusted_source(event.source_address)
    try:
        callback = conf.get_gateway().parse_callback(bytes(event.raw_body))
    except MalformedCallback:
        return _close(event, CallbackEvent.Verdict.MALFORMED, now)
    transaction_id = event.transaction_id or _find_by_checkout(callback.checkout_request_id)
    with db_transaction.atomic():
        settled = call_function(
            _SETTLE,
            {
                "transaction_id": transaction_id,
                "has_token": event.has_token,
                "is_trusted_source": is_trusted,
                "result": _stk_result(callback),
                "now": now,
            },
        )
        return _close(event, settled["verdict"], now, transaction_id)


def _find_by_checkout(checkout_request_id: str) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM payments_transaction WHERE checkout_request_id = %s",
            [checkout_request_id],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def _close(
    event: CallbackEvent, verdict: str, now: datetime, transaction_id: int | None = None
) -> str:
    """Note what came of it. What it did when it was first acted on stays on record."""
    row = CallbackEvent.objects.filter(pk=event.pk)
    if verdict != CallbackEvent.Verdict.APPLIED:
        # Looked at in the row, not in `event`: two replays at once would otherwise write
        # `duplicate` over the one `applied` that explains the credit.
        row = row.exclude(verdict__in=_LASTING_VERDICTS)
    row.update(
        verdict=verdict,
        note="",
        processed_at=now,
        transaction_id=transaction_id or event.transaction_id,
    )
    return verdict
