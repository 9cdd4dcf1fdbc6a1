"""The inbox: one SQL function settles each callback and stores it raw, alone or in a batch."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from django.db import DatabaseError, connection

from common.db import call_function, discard_stale_connection, is_worth_repeating
from common.group_commit import GroupCommit
from common.unavailable import RETRY_AFTER_S
from payments import conf, errors
from payments.services import origins
from payments.services.origins import ORIGIN, Origin

logger = logging.getLogger(__name__)

#: The most callbacks that one transaction settles.
_MAX_TOGETHER = 200
#: A callback that has waited this long for its batch is settled alone. Far longer than a commit.
_PATIENCE_S = 2.0
Answer = TypeVar("Answer")


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """The parameters of a callback for the SQL functions. `headers`, `result` (stk_result) are
    JSON.

    `result` None: the body could not be read. `is_success`: the callback reports a payment.
    """

    token_hash: str | None
    source_address: str | None
    headers: str
    raw_body: bytes
    result: str | None
    is_success: bool
    is_trusted_source: bool
    now: datetime


@dataclass(frozen=True)
class CallbackOutcome:
    """What a callback did. `has_token`: the callback came to a deposit's secret address.

    `event_id` None: no deposit has its token; nothing was stored or settled.
    """

    verdict: str
    event_id: int | None
    transaction_id: int | None
    has_token: bool
    origin: Origin = field(default_factory=Origin)


UNKNOWN = CallbackOutcome("unmatched", None, None, has_token=False)


def record(arrival: Arrival) -> CallbackOutcome:
    """Settle and store a callback that came with a token; return once both are committed.

    Successes that come at the same time are committed together.

    Raises:
        CallbackNotStored: the callback could not be stored; the sender has to keep it.
    """
    may_share = arrival.is_success and arrival.is_trusted_source and not connection.in_atomic_block
    if may_share and conf.batches_callbacks():
        return _group.settle(arrival)
    return _record_alone(arrival)


def record_hint(arrival: Arrival) -> CallbackOutcome:
    """Store a stranger's callback; it may make the next status query due now.

    Raises:
        CallbackNotStored: the callback could not be stored; the sender has to keep it.
    """
    return _settle_or_store(_RECORD_HINT, replace(arrival, token_hash=None))


# One round trip: a callback at a deposit's secret address needs no other.
_RECORD = f"""
SELECT recorded.*, {ORIGIN.format("recorded.transaction_id")}
  FROM callback_record(%(token_hash)s, %(source_address)s, %(headers)s, %(raw_body)s,
    %(result)s::jsonb, %(is_trusted_source)s, %(now)s) AS recorded
"""  # noqa: S608  # our own constants
_RECORD_HINT = f"""
SELECT recorded.*, {ORIGIN.format("recorded.transaction_id")}
  FROM callback_record_hint(%(source_address)s, %(headers)s, %(raw_body)s,
    %(result)s::jsonb, %(now)s) AS recorded
"""  # noqa: S608  # our own constants


def _settle_or_store(sql: str, arrival: Arrival) -> CallbackOutcome:
    """Settle and store a callback by one SQL function; where it fails, only store the callback.

    Raises:
        CallbackNotStored: not even the raw callback could be stored.
    """
    try:
        recorded = _with_one_retry(lambda: call_function(sql, vars(arrival)))
    except DatabaseError:
        logger.exception("a callback could not be settled; storing it alone")
        recorded = _store_alone(arrival)
    origin = origins.read(recorded["origin"])
    if recorded["note"]:
        with origins.about(recorded["transaction_id"], origin):
            logger.error("callback %s kept for replay: %s", recorded["event_id"], recorded["note"])
    return CallbackOutcome(
        verdict=recorded["verdict"],
        event_id=recorded["event_id"],
        transaction_id=recorded["transaction_id"],
        has_token=recorded["has_token"],
        origin=origin,
    )


def _record_alone(arrival: Arrival) -> CallbackOutcome:
    return _settle_or_store(_RECORD, arrival)


_RECORD_MANY = f"""
SELECT recorded.place, recorded.event_id, recorded.transaction_id,
       {ORIGIN.format("recorded.transaction_id")}
  FROM callbacks_record(%(token_hashes)s::text[],
    %(source_addresses)s::inet[], %(headers)s::jsonb[], %(raw_bodies)s::bytea[],
    %(results)s::jsonb[], %(now)s::timestamptz[]) AS recorded
"""  # noqa: S608  # our own constants


def _record_together(arrivals: Sequence[Arrival]) -> list[CallbackOutcome | None]:
    """Settle the plain callbacks in one transaction; None for each of the others: not processed."""
    columns = {
        "token_hashes": [arrival.token_hash for arrival in arrivals],
        "source_addresses": [arrival.source_address for arrival in arrivals],
        "headers": [arrival.headers for arrival in arrivals],
        "raw_bodies": [arrival.raw_body for arrival in arrivals],
        "results": [arrival.result for arrival in arrivals],
        "now": [arrival.now for arrival in arrivals],
    }
    outcomes: list[CallbackOutcome | None] = [None] * len(arrivals)
    for place, event_id, transaction_id, origin in _with_one_retry(
        lambda: _rows(_RECORD_MANY, columns)
    ):
        outcomes[place - 1] = CallbackOutcome(
            "applied", event_id, transaction_id, has_token=True, origin=origins.read(origin)
        )
    return outcomes


def _rows(sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


_group = GroupCommit(
    alone=_record_alone,
    together=_record_together,
    most=_MAX_TOGETHER,
    patience_s=_PATIENCE_S,
)


def _with_one_retry(call: Callable[[], Answer]) -> Answer:
    try:
        return call()
    except DatabaseError as error:
        if not is_worth_repeating(error):
            raise
        # Settling twice credits once, and M-Pesa does not send a callback again
        # (docs/daraja.md §4).
        discard_stale_connection()
        return call()


# Stores nothing where no deposit has the token: the caller has yet to decide about strangers.
_STORE_ALONE = f"""
SELECT CASE WHEN txn.id IS NOT NULL OR %(token_hash)s::text IS NULL THEN callback_store(
           txn.id, txn.id IS NOT NULL, %(source_address)s, %(headers)s, %(raw_body)s,
           'received', '', %(now)s) END AS event_id,
       txn.id AS transaction_id, txn.id IS NOT NULL AS has_token, 'received' AS verdict, '' AS note,
       {ORIGIN.format("txn.id")}
  FROM (SELECT 1) AS one
  LEFT JOIN payments_transaction AS txn ON txn.callback_token_hash = %(token_hash)s
"""  # noqa: S608  # our own constants


def _store_alone(arrival: Arrival) -> dict[str, Any]:
    """Store the raw callback for a replay, after the function that settles has failed.

    Raises:
        CallbackNotStored: the callback could not be stored either.
    """
    try:
        return call_function(_STORE_ALONE, vars(arrival))
    except DatabaseError as error:
        raise errors.CallbackNotStored(retry_after_s=RETRY_AFTER_S) from error
