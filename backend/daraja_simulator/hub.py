"""Sends events to the open browser pages, as Server-Sent Events."""

import asyncio
import json
from typing import Any

QUEUE_SIZE = 500
_RELOAD = "event: reload\ndata: {}\n\n"
# An event that ends the stream of the page that reads it.
END = ""


class Hub:
    """The queues of all listening pages.

    A page that reads too slowly is told to load the whole state again.
    """

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[str]] = set()

    def publish(self, kind: str, data: Any) -> None:
        """Queue an event for every page."""
        if not self._queues:
            return
        event = f"event: {kind}\ndata: {json.dumps(data, default=str)}\n\n"
        for queue in self._queues:
            _put(queue, event)

    def listen(self) -> asyncio.Queue[str]:
        """Return a queue of all events from now on; the caller ends it with `leave`."""
        queue: asyncio.Queue[str] = asyncio.Queue(QUEUE_SIZE)
        self._queues.add(queue)
        return queue

    def leave(self, queue: asyncio.Queue[str]) -> None:
        """Put no further event into this queue."""
        self._queues.discard(queue)

    def close(self) -> None:
        """End the streams of all pages."""
        for queue in self._queues:
            _put(queue, END)


def _put(queue: asyncio.Queue[str], event: str) -> None:
    if queue.full():
        while not queue.empty():
            queue.get_nowait()
        event = event and _RELOAD
    queue.put_nowait(event)
