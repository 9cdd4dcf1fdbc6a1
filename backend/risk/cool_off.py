"""Pure: how long a customer may lock themselves out, and when the time is over."""

from calendar import monthrange
from datetime import datetime, timedelta

PAUSE_DAYS = (1, 7, 30)
EXCLUSION_MONTHS = (6, 12, 60)
#: How old the customer's wish has to be before an operator may lift it (OwnLimits' trigger, too).
LIFTABLE_AFTER = timedelta(hours=24)


def months_after(moment: datetime, months: int) -> datetime:
    """Return the same day and time so many months later; the month's last day where it has none."""
    years, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + years, month + 1
    day = min(moment.day, monthrange(year, month)[1])
    return moment.replace(year=year, month=month, day=day)


def longer(until: datetime | None, wanted: datetime) -> datetime:
    """Return the later end: a break is lengthened, never shortened."""
    return wanted if until is None else max(until, wanted)
