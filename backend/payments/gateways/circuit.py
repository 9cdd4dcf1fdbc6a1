"""A circuit breaker: while M-Pesa is out of order, pushes are turned away at once.

It looks at the failure rate of a time window, as a count of failures in a row would never open
beside a few successes. It knows nothing of the calls but how they ended, and holds its lock only
for arithmetic. Each process has one of its own: what one of them sees, the others see as well.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

WINDOW_S = 30.0
FEWEST_CALLS = 20
#: Open above this share of failed calls.
MOST_FAILURES = 0.5
#: So long nobody is let through; then one call at a time tries whether M-Pesa is back.
REST_S = 10.0
#: What is turned away while a call tries; the try ends by its own time limit.
TRY_RETRY_AFTER_S = 5.0


class CircuitOpen(Exception):
    """Not let through: M-Pesa is out of order. `retry_after_s` until it may be tried again."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__("M-Pesa fails at the moment, so nothing is sent to it")
        self.retry_after_s = retry_after_s


class CircuitBreaker:
    """Closed, it lets calls pass and counts; open, it lets none; half-open, one that tries.

    `on_change` hears "open" and "closed" as they come.
    """

    def __init__(
        self,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        on_change: Callable[[str], None] = lambda state: None,
    ) -> None:
        self._monotonic = monotonic
        self._on_change = on_change
        self._lock = threading.Lock()
        # When each call of the window ended, and whether it failed.
        self._calls: deque[tuple[float, bool]] = deque()
        self._failures = 0
        self._opened_at: float | None = None
        self._is_tried = False
        # Calls that hung when it opened may end, and fail, long after M-Pesa is back: each counts
        # only until the circuit next changes.
        self._epoch = 0

    @contextmanager
    def call(self, *failures: type[Exception]) -> Iterator[None]:
        """Run one call; it failed when it raises one of these, and not by any other exception.

        Raises:
            CircuitOpen: the call was not run.
        """
        epoch = self._enter()
        has_failed = True
        try:
            yield
            has_failed = False
        except Exception as error:
            has_failed = isinstance(error, failures)
            raise
        finally:
            self._leave(epoch, has_failed=has_failed)

    def _enter(self) -> int | None:
        """Let a call through; return the epoch that it counts in, None for one that tries."""
        with self._lock:
            if self._opened_at is None:
                return self._epoch
            rest_s = self._opened_at + REST_S - self._monotonic()
            if rest_s > 0:
                raise CircuitOpen(rest_s)
            if self._is_tried:
                raise CircuitOpen(TRY_RETRY_AFTER_S)
            self._is_tried = True
            return None

    def _leave(self, epoch: int | None, *, has_failed: bool) -> None:
        change = None
        with self._lock:
            if epoch is None:
                self._is_tried = False
                change = self._open() if has_failed else self._close()
            elif epoch == self._epoch:
                change = self._count(has_failed=has_failed)
        if change is not None:
            self._on_change(change)

    def _count(self, *, has_failed: bool) -> str | None:
        now = self._monotonic()
        self._calls.append((now, has_failed))
        self._failures += has_failed
        while self._calls[0][0] <= now - WINDOW_S:
            self._failures -= self._calls.popleft()[1]
        is_many = len(self._calls) >= FEWEST_CALLS
        if is_many and self._failures > MOST_FAILURES * len(self._calls):
            return self._open()
        return None

    def _open(self) -> str | None:
        was_closed = self._opened_at is None
        self._opened_at = self._monotonic()
        self._epoch += 1
        return "open" if was_closed else None

    def _close(self) -> str:
        self._opened_at = None
        self._calls.clear()
        self._failures = 0
        return "closed"
