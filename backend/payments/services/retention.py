"""Cutting what is past its age (docs/retention.md), by one SQL function that guards hold to it."""

import logging
from datetime import datetime

from django.conf import settings
from django.db import connection

logger = logging.getLogger(__name__)

#: Of each kind by one statement, so that none reaches the time limit or holds locks for long.
_BATCH = 1_000


def oldest_kept(*, now: datetime) -> datetime:
    """Return the time before which records are past their age (RETENTION_YEARS)."""
    years = settings.RETENTION_YEARS
    try:
        return now.replace(year=now.year - years)
    except ValueError:
        # The 29th of February of a year that has none.
        return now.replace(year=now.year - years, day=28)


def cut_old_records(*, now: datetime) -> dict[str, int]:
    """Cut everything that is past its age; return how many of each kind.

    Each batch is a transaction of its own: what was cut before an error stays cut. To be called
    outside a transaction.
    """
    before, total = oldest_kept(now=now), dict[str, int]()
    while True:
        with connection.cursor() as cursor:
            cursor.execute("SELECT kind, cut FROM retention_cut(%s, %s)", [before, _BATCH])
            done = dict(cursor.fetchall())
        for kind, cut in done.items():
            total[kind] = total.get(kind, 0) + cut
        if max(done.values()) < _BATCH:
            break
    if any(total.values()):
        logger.info("records past their age were cut", extra=total)
    return total
