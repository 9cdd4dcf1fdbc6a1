"""What piles up is bounded: junk callbacks, old keys, callbacks that wait for a replay."""

import contextlib
import logging
from datetime import datetime, timedelta

from django.db import DatabaseError
from django.db.models import F

from payments import conf
from payments.models import CallbackEvent, IdempotencyKey
from payments.services.callbacks import replay_callback

logger = logging.getLogger(__name__)

#: Callbacks that came to a deposit's own address are evidence and stay; the rest may be junk,
#: each stored by callback_store with 4 KiB.
_JUNK_KEPT_FOR = timedelta(days=7)
_JUNK_KEPT_AT_MOST = 10_000


def purge_junk_callbacks(*, now: datetime) -> int:
    """Delete callbacks without our token that are old, or beyond the newest 10,000."""
    junk = CallbackEvent.objects.filter(has_token=False)
    oldest_kept = junk.order_by("-id").values_list("id", flat=True)[_JUNK_KEPT_AT_MOST:][:1]
    deleted, _ = junk.filter(received_at__lt=now - _JUNK_KEPT_FOR).delete()
    for limit_id in oldest_kept:
        deleted += junk.filter(id__lte=limit_id).delete()[0]
    return deleted


def purge_idempotency_keys(*, now: datetime) -> int:
    """Delete keys past their 24 hours."""
    return IdempotencyKey.objects.filter(created_at__lte=now - conf.KEY_LIFETIME).delete()[0]


def replay_open_callbacks(*, now: datetime, limit: int = 100) -> int:
    """Settle callbacks that were stored but could not be acted on; return how many worked.

    Those that failed again go to the back of the queue, so that they cannot keep others out of it.
    """
    settled = 0
    open_events = CallbackEvent.objects.filter(verdict=CallbackEvent.Verdict.RECEIVED)
    for event in open_events.order_by(F("processed_at").asc(nulls_first=True), "id")[:limit]:
        try:
            replay_callback(event, now=now)
            settled += 1
        except DatabaseError:
            logger.exception("callback %s cannot be settled", event.pk)
            with contextlib.suppress(DatabaseError):
                open_events.filter(pk=event.pk).update(processed_at=now)
    return settled
