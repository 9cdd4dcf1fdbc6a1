"""Group commit between the threads of a process: what comes meanwhile is committed together.

There is no thread of its own: nothing to start, to fork or to drain. Who comes while nobody commits
goes alone, at once. Who comes meanwhile waits; the first of them then leads one commit for all that
wait, and hands on to the next leader before it answers its own caller.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

logger = logging.getLogger(__name__)

Item = TypeVar("Item")
Result = TypeVar("Result")


class _Place(Generic[Item, Result]):
    """One caller's place in the queue, with what came of its item."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.result: Result | None = None
        self.leads = False
        self.called = threading.Event()


class GroupCommit(Generic[Item, Result]):
    """Commits an item alone, or many by one call.

    `together` answers each item, in order, with its result, or with None: not committed, so that
    its caller goes alone. `alone` must be harmless after a `together` that broke at any point: a
    lost connection does not say whether it had committed.
    """

    def __init__(
        self,
        *,
        alone: Callable[[Item], Result],
        together: Callable[[Sequence[Item]], Sequence[Result | None]],
        most: int,
        patience_s: float,
    ) -> None:
        self._alone, self._together = alone, together
        self._most, self._patience_s = most, patience_s
        self._lock = threading.Lock()
        self._is_busy = False
        self._waiting: list[_Place[Item, Result]] = []

    def settle(self, item: Item) -> Result:
        """Return the item's result once it is committed.

        Raises:
            Exception: what `alone` raises for this item.
        """
        place = self._join(item)
        if place is None:
            try:
                return self._alone(item)
            finally:
                self._hand_on()
        # A statement that hangs must not hold up everybody: whose patience ends goes alone.
        if not place.called.wait(self._patience_s):
            self._leave(place)
        if place.leads:
            self._lead(place)
        return self._alone(item) if place.result is None else place.result

    def _join(self, item: Item) -> _Place[Item, Result] | None:
        """Queue up; None: nobody commits, so that the caller begins."""
        with self._lock:
            if not self._is_busy:
                self._is_busy = True
                return None
            place = _Place[Item, Result](item)
            self._waiting.append(place)
            return place

    def _leave(self, place: _Place[Item, Result]) -> None:
        with self._lock:
            if place in self._waiting:
                self._waiting.remove(place)

    def _hand_on(self) -> None:
        """Let the first that waits lead."""
        with self._lock:
            self._is_busy = bool(self._waiting)
            if not self._is_busy:
                return
            leader = self._waiting.pop(0)
            leader.leads = True
        leader.called.set()

    def _lead(self, leader: _Place[Item, Result]) -> None:
        with self._lock:
            others = self._waiting[: self._most - 1]
            del self._waiting[: self._most - 1]
        try:
            if others:
                self._commit([leader, *others])
            else:
                leader.result = self._alone(leader.item)
        finally:
            self._hand_on()
            for place in others:
                place.called.set()

    def _commit(self, group: Sequence[_Place[Item, Result]]) -> None:
        try:
            results = self._together([place.item for place in group])
        except Exception:  # whatever broke, each item still has its own call
            logger.exception("a common commit of %s items broke; each goes alone", len(group))
            return
        for place, result in zip(group, results, strict=True):
            place.result = result
