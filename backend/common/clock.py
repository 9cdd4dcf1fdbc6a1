"""The clock. Views and commands read it and pass the time on, so that tests can shift it."""

import os
from datetime import UTC, datetime, timedelta

# The chaos tests shift each process's clock by this variable; unset means no shift.
_SHIFT = timedelta(seconds=float(os.environ.get("KIBEEZY_CLOCK_SHIFT_SECONDS", "0")))


def now() -> datetime:
    """Return the current time as an aware datetime in UTC."""
    return datetime.now(UTC) + _SHIFT
