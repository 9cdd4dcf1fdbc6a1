"""Turns of one process: costly work runs a few at a time, and a bounded number waits for it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore


class Turns:
    """Lets `at_once` callers run and `waiting` more wait; any further caller gets `busy()`.

    The waiting are bounded, too, because each holds a thread that a callback might need.
    """

    def __init__(self, *, at_once: int, waiting: int, busy: Callable[[], Exception]) -> None:
        self._admitted = BoundedSemaphore(at_once + waiting)
        self._inside = BoundedSemaphore(at_once)
        self._busy = busy

    @contextmanager
    def take(self) -> Iterator[None]:
        """Run the body of the `with` statement once it is this caller's turn.

        Raises:
            Exception: `busy()`, where too many callers run and wait already.
        """
        if not self._admitted.acquire(blocking=False):
            raise self._busy()
        try:
            with self._inside:
                yield
        finally:
            self._admitted.release()
