"""Group commit between the threads of a process: items that wait are committed together.

There is no background thread to start, fork or drain. A caller that comes while no commit runs
commits its item alone, at once. Callers that come during a commit wait; when it ends, the first of
them (the leader) commits the items of all that wait, then makes the next waiting caller the leader.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

logger = logging.getLogger(__name__)

Item = TypeVar("Item")
Result = TypeVar("Result")


class _Place(Generic[Item, Result]):
    """One caller's place in the queue: its item, and the result once there is one."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.result: Result | None = None
        self.leads = False
        self.called = threading.Event()


class GroupCommit(Generic[Item, Result]):
    """Commits items: one alone, or several in one call.

    `together` returns each item's result, in order, or None for an item that was not committed;
    its caller then commits it with `alone`. `alone` must be harmless after a `together` that failed
    at any point: a lost connection does not tell whether the commit had happened. `most` bounds the
    items of one call; `patience_s` is how long a caller waits for the others' commits.
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
        """Commit the item, alone or with others, and return its result.

        Raises:
            Exception: what `alone` raises for this item.
        """
        place = self._join(item)
        if place is None:
            try:
                return self._alone(item)
            finally:
                self._hand_on()
        # A statement that hangs must not block all callers: after `patience_s` each goes alone.
        if not place.called.wait(self._patience_s):
            self._leave(place)
        if place.leads:
            self._lead(place)
        return self._alone(item) if place.result is None else place.result

    def _join(self, item: Item) -> _Place[Item, Result] | None:
        """Join the queue; return None if no commit runs, so that the caller commits at once."""
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
        """Make the first waiting caller the leader of the next commit."""
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
        except Exception:  # after any failure each caller still commits its item alone
            logger.exception("a common commit of %s items broke; each goes alone", len(group))
            return
        for place, result in zip(group, results, strict=True):
            place.result = result
