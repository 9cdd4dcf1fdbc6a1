"""The clock, read at the edge and passed inwards, so that a test or a drill can shift it."""

import os
from datetime import UTC, datetime, timedelta

# The chaos run gives each process a clock of its own by this variable; unset means no shift.
_SHIFT = timedelta(seconds=float(os.environ.get("KIBEEZY_CLOCK_SHIFT_SECONDS", "0")))


def now() -> datetime:
    """Return the current time, aware, in UTC."""
    return datetime.now(UTC) + _SHIFT
