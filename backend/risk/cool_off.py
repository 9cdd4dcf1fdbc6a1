"""Lengths and ends of the pauses and self-exclusions that customers choose. Pure."""

from calendar import monthrange
from datetime import datetime, timedelta

PAUSE_DAYS = (1, 7, 30)
#: A pause of so many days needs no password.
UNCONFIRMED_DAYS = 1
EXCLUSION_MONTHS = (6, 12, 60)
#: An operator may lift a pause or exclusion this long after the customer asked for it. A trigger of
#: OwnLimits checks the same.
LIFTABLE_AFTER = timedelta(hours=24)


def months_after(moment: datetime, months: int) -> datetime:
    """Return the same day and time `months` later, or the last day of a shorter month."""
    years, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + years, month + 1
    day = min(moment.day, monthrange(year, month)[1])
    return moment.replace(year=year, month=month, day=day)


def longer(until: datetime | None, wanted: datetime) -> datetime:
    """Return the later end: a pause or exclusion may be lengthened, but not shortened."""
    return wanted if until is None else max(until, wanted)
