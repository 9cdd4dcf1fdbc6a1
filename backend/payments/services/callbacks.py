"""M-Pesa's callbacks: parse one, decide whether its source is trusted, have it settled; replay
it."""

import hashlib
import json
import logging
from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_address

from django.db import connection
from django.db import transaction as db_transaction

from common import traces
from common.db import call_function
from payments import conf, errors
from payments.daraja.result_codes import UNCERTAIN_FAILURES
from payments.gateway import MalformedCallback, StkCallback
from payments.metrics import CALLBACKS
from payments.models import CallbackEvent
from payments.services import inbox, origins
from payments.services.inbox import Arrival, CallbackOutcome

logger = logging.getLogger(__name__)

#: Request headers that are stored as evidence. Others may carry cookies or credentials.
_HEADERS_KEPT = {"user-agent", "content-type", "content-length", "x-forwarded-for", "x-request-id"}
_LASTING_VERDICTS = {
    CallbackEvent.Verdict.APPLIED,
    CallbackEvent.Verdict.DUPLICATE,
    CallbackEvent.Verdict.MISMATCHED,
}


def hash_callback_token(token: str) -> str:
    """Return the hash of a callback token, the only form of it that is stored.

    Looked up by its hash, a token cannot be guessed piece by piece from response times.
    """
    return hashlib.sha256(token.encode()).hexdigest()


def _admit() -> None:
    """Admit every stranger's callback, without a limit."""


def record_callback(
    *,
    token: str | None,
    body: bytes,
    headers: dict[str, str],
    source_address: str | None,
    now: datetime,
    admit_stranger: Callable[[], None] = _admit,
) -> CallbackOutcome:
    """Settle a callback and store it; return once both are committed.

    A stranger's callback (its token is missing or unknown) is only a hint: it may make the next
    status query due now, and moves no money. `admit_stranger` is called before a stranger's
    callback is processed; it refuses the callback by raising an error.

    Raises:
        CallbackMalformed: the body is no callback. It is stored where the token is known.
        CallbackNotStored: the database could not store the callback; the sender has to keep it.
    """
    began_ns = traces.now_ns()
    callback = _parse(body)
    arrival = Arrival(
        token_hash=hash_callback_token(token) if token else None,
        source_address=source_address,
        headers=json.dumps(kept_headers(headers)),
        raw_body=body,
        result=stk_result(callback) if isinstance(callback, StkCallback) else None,
        is_success=isinstance(callback, StkCallback) and callback.result_code == "0",
        is_trusted_source=is_trusted_source(source_address),
        now=now,
    )
    outcome = inbox.record(arrival) if token else inbox.UNKNOWN
    if outcome.event_id is None:
        admit_stranger()
    if isinstance(callback, MalformedCallback):
        CALLBACKS.labels("malformed", bool(token)).inc()
        logger.warning("malformed callback: %s", callback)
        raise errors.CallbackMalformed from callback
    if outcome.event_id is None:
        outcome = inbox.record_hint(arrival)
    CALLBACKS.labels(outcome.verdict, bool(token)).inc()
    with origins.about(outcome.transaction_id, outcome.origin):
        logger.info("callback: %s, result %s", outcome.verdict, callback.result_code)
    is_credit = outcome.verdict == CallbackEvent.Verdict.APPLIED and callback.result_code == "0"
    # Only now is it known whose it is. The statement above settled and posted it.
    traces.add_past(
        "callback",
        traceparent=outcome.origin.traceparent,
        began_ns=began_ns,
        deposit=outcome.transaction_id,
        tap=outcome.origin.request_id,
        verdict=outcome.verdict,
        result_code=callback.result_code,
        posted=is_credit,
    )
    return outcome


def _parse(body: bytes) -> StkCallback | MalformedCallback:
    try:
        return conf.get_gateway().parse_callback(body)
    except MalformedCallback as malformed:
        return malformed


def stk_result(callback: StkCallback) -> str:
    """Return a callback as JSON with the fields of the SQL type stk_result, for settlement.sql."""
    return json.dumps(
        {
            "checkout_request_id": callback.checkout_request_id,
            "merchant_request_id": callback.merchant_request_id,
            "result_code": callback.result_code,
            "result_desc": callback.result_desc,
            "is_final": callback.is_final,
            "is_certain": callback.result_code not in UNCERTAIN_FAILURES,
            # As text: a JSON number may be read as a float, which is not exact.
            "amount": None if callback.amount is None else str(callback.amount),
            "mpesa_receipt_number": callback.mpesa_receipt_number,
        }
    )


def kept_headers(headers: dict[str, str]) -> dict[str, str]:
    """Return the headers that are stored as evidence, cut so that PostgreSQL can store them."""
    return {
        name.lower(): value[:500].replace("\x00", "")
        for name, value in headers.items()
        if name.lower() in _HEADERS_KEPT
    }


def is_trusted_source(source_address: str | None) -> bool:
    """Return whether a callback from this address may move money.

    The token is the first defence, this list of addresses the second. Safaricom's addresses change
    (docs/daraja.md §4): a callback from an unlisted address becomes a hint, and the status query
    that follows credits the payment.
    """
    networks = conf.callback_networks()
    if not networks or source_address is None:
        return True
    address = ip_address(source_address)
    return any(address in network for network in networks)


_SETTLE = """
SELECT deposit_settle_callback(%(transaction_id)s, %(has_token)s, %(is_trusted_source)s,
    %(result)s::jsonb, %(now)s) AS verdict,
    (SELECT greatest(%(now)s, txn.created_at) FROM payments_transaction AS txn
      WHERE txn.id = %(transaction_id)s) AS settled_at
"""


def replay_callback(event: CallbackEvent, *, now: datetime) -> str:
    """Settle a stored callback again and return its verdict. Repeating it credits nothing twice.

    Raises:
        DatabaseError: settling failed again; the callback stays `received`.
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
                "result": stk_result(callback),
                "now": now,
            },
        )
        return _close(event, settled["verdict"], settled["settled_at"] or now, transaction_id)


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
    """Store the verdict of a replay, unless the callback already has a lasting one.

    `applied` is always stored: it is the verdict that explains a credit.
    """
    row = CallbackEvent.objects.filter(pk=event.pk)
    if verdict != CallbackEvent.Verdict.APPLIED:
        # The row's own verdict is compared, not that of `event`, which may be out of date: of two
        # replays at once, one would write `duplicate` over the `applied` of the other.
        row = row.exclude(verdict__in=_LASTING_VERDICTS)
    row.update(
        verdict=verdict,
        note="",
        processed_at=now,
        transaction_id=transaction_id or event.transaction_id,
    )
    return verdict
