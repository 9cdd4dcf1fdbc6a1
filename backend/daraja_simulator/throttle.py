"""Spike arrest: Daraja's limit on queries a minute, where switched on (docs/daraja.md §5)."""

from collections import deque
from datetime import datetime, timedelta

from .clock import Clock
from .settings import Settings

_WINDOW = timedelta(minutes=1)


class Throttle:
    """Limits the queries of the last minute."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._times: deque[datetime] = deque()

    def admits(self) -> bool:
        """Count this query and return True; return False if the last minute had too many."""
        limit, moment = self._settings.queries_per_minute, self._clock()
        while self._times and self._times[0] <= moment - _WINDOW:
            self._times.popleft()
        if limit and len(self._times) >= limit:
            return False
        self._times.append(moment)
        return True
