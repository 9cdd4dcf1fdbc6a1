"""The worker's upkeep: delete strangers' callbacks and old idempotency keys; replay callbacks."""

import contextlib
import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError
from django.db.models import F, QuerySet

from common.db import delete_in_batches
from payments import conf
from payments.models import CallbackEvent, Confirmation, IdempotencyKey
from payments.services import origins
from payments.services.callbacks import replay_callback
from payments.services.paybill import replay_confirmation

logger = logging.getLogger(__name__)

#: Callbacks that came to a deposit's secret address are evidence and are kept. Strangers' callbacks
#: may be junk; callback_store keeps at most 1 KiB of each.
_JUNK_KEPT_FOR = timedelta(days=7)
_MAX_JUNK_KEPT = 10_000


def purge_junk_callbacks(*, now: datetime) -> int:
    """Delete strangers' callbacks older than 7 days or beyond the newest 10,000; return how
    many."""
    junk = CallbackEvent.objects.filter(has_token=False)
    oldest_kept = junk.order_by("-id").values_list("id", flat=True)[_MAX_JUNK_KEPT:][:1]
    deleted = delete_in_batches(junk.filter(received_at__lt=now - _JUNK_KEPT_FOR))
    for limit_id in oldest_kept:
        deleted += delete_in_batches(junk.filter(id__lte=limit_id))
    return deleted


def purge_idempotency_keys(*, now: datetime) -> int:
    """Delete idempotency keys older than 24 hours; return how many."""
    return delete_in_batches(IdempotencyKey.objects.filter(created_at__lte=now - conf.KEY_LIFETIME))


def replay_open_callbacks(*, now: datetime, limit: int = 100) -> int:
    """Replay callbacks and confirmations whose settling failed (verdict `received`); return how
    many succeeded.

    One that fails again goes to the back of the queue, so that it cannot block the others.
    """
    return _replay(CallbackEvent, replay_callback, now, limit) + _replay(
        Confirmation, replay_confirmation, now, limit
    )


def _replay(
    model: type[CallbackEvent] | type[Confirmation], replay: Any, now: datetime, limit: int
) -> int:
    settled = 0
    open_rows: QuerySet[Any] = model._default_manager.filter(verdict=model.Verdict.RECEIVED)
    for row in open_rows.order_by(F("processed_at").asc(nulls_first=True), "id")[:limit]:
        with origins.about(row.transaction_id, origins.find(row.transaction_id)):
            try:
                logger.info("%s replayed: %s", row, replay(row, now=now))
                settled += 1
            except DatabaseError:
                logger.exception("%s cannot be settled", row)
                with contextlib.suppress(DatabaseError):
                    open_rows.filter(pk=row.pk).update(processed_at=now)
    return settled
