"""M-Pesa's callbacks: read them, decide whom to believe, and have them settled; or again."""

import hashlib
import json
import logging
from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_address

from django.db import connection
from django.db import transaction as db_transaction

from common.db import call_function
from payments import conf, errors
from payments.daraja.result_codes import UNCERTAIN_FAILURES
from payments.gateway import MalformedCallback, StkCallback
from payments.models import CallbackEvent
from payments.services import inbox
from payments.services.inbox import Arrival, CallbackOutcome

logger = logging.getLogger(__name__)

#: Headers worth keeping as evidence; cookies and credentials have no business in a callback.
_HEADERS_KEPT = {"user-agent", "content-type", "content-length", "x-forwarded-for", "x-request-id"}
_LASTING_VERDICTS = {
    CallbackEvent.Verdict.APPLIED,
    CallbackEvent.Verdict.DUPLICATE,
    CallbackEvent.Verdict.MISMATCHED,
}


def hash_callback_token(token: str) -> str:
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
    arrival = Arrival(
        token_hash=hash_callback_token(token) if token else None,
        source_address=source_address,
        headers=json.dumps(_kept(headers)),
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
        logger.warning("malformed callback: %s", callback)
        raise errors.CallbackMalformed from callback
    if outcome.event_id is None:
        outcome = inbox.record_hint(arrival)
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


def stk_result(callback: StkCallback) -> str:
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
                "result": stk_result(callback),
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
