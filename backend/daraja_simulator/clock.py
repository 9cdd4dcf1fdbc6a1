"""Time as M-Pesa writes it; only this module reads the machine's clock."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

# Kenya has no daylight saving, so a fixed offset is exact (docs/daraja.md §2).
EAT = timezone(timedelta(hours=3), "EAT")

Clock = Callable[[], datetime]


def now() -> datetime:
    """Return the present time in East Africa Time."""
    return datetime.now(EAT)


def compact(moment: datetime) -> str:
    """Return `yyyyMMddHHmmss` in East Africa Time, the form of TransactionDate and TransTime."""
    return moment.astimezone(EAT).strftime("%Y%m%d%H%M%S")
