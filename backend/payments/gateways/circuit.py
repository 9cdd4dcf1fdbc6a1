"""A circuit breaker: while M-Pesa fails, it refuses pushes at once.

It opens by the failure rate in a time window: a few successes would keep resetting a count of
failures in a row. It knows of a call only whether it failed, and holds its lock only for
arithmetic. Each process has its own circuit breaker, because all of them see M-Pesa fail.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

WINDOW_S = 30.0
MIN_CALLS = 20
#: The circuit opens above this share of failed calls, once the window has MIN_CALLS.
MAX_FAILURE_SHARE = 0.5
#: How long the open circuit refuses every call; then it lets one call at a time try M-Pesa.
REST_S = 10.0
#: `retry_after_s` of calls refused while one call tries; that call has its own time limit.
TRY_RETRY_AFTER_S = 5.0


class CircuitOpen(Exception):
    """The call was refused because M-Pesa fails; it may be tried after `retry_after_s` seconds."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__("M-Pesa fails at the moment, so nothing is sent to it")
        self.retry_after_s = retry_after_s


class CircuitBreaker:
    """Closed, it lets all calls pass and counts failures; open, none; half-open, one at a time.

    `on_change` is called with "open" or "closed" at each change.
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
        # Calls under way when the circuit opens may fail long after M-Pesa has recovered. So a call
        # counts only where the circuit has not opened since the call began.
        self._epoch = 0

    @contextmanager
    def call(self, *failures: type[Exception]) -> Iterator[None]:
        """Run one call; it counts as failed where it raises one of `failures`.

        Raises:
            CircuitOpen: the call was refused and not run.
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
        """Let a call through; return its epoch, or None for the call that tries while half-open."""
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
        is_many = len(self._calls) >= MIN_CALLS
        if is_many and self._failures > MAX_FAILURE_SHARE * len(self._calls):
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
