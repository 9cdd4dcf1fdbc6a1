"""Time as M-Pesa writes it; the only place that reads the clock of the machine."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

# Kenya has no daylight saving, so a fixed offset is exact (docs/daraja.md §2).
EAT = timezone(timedelta(hours=3), "EAT")

Clock = Callable[[], datetime]


def now() -> datetime:
    """The present moment in East Africa Time."""
    return datetime.now(EAT)


def compact(moment: datetime) -> str:
    """`yyyyMMddHHmmss` in East Africa Time, as TransactionDate and TransTime are written."""
    return moment.astimezone(EAT).strftime("%Y%m%d%H%M%S")
