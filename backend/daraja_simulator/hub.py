"""Tells the open pages what happens, through Server-Sent Events."""

import asyncio
import json
from typing import Any

QUEUE_SIZE = 500
_RELOAD = "event: reload\ndata: {}\n\n"
# Ends the stream of its reader.
END = ""


class Hub:
    """Everyone who listens now. A listener that falls behind is told to load everything again."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[str]] = set()

    def publish(self, kind: str, data: Any) -> None:
        """Queue an event for every listener."""
        if not self._queues:
            return
        event = f"event: {kind}\ndata: {json.dumps(data, default=str)}\n\n"
        for queue in self._queues:
            _put(queue, event)

    def listen(self) -> asyncio.Queue[str]:
        """A queue of events from now on; give it back with `leave`."""
        queue: asyncio.Queue[str] = asyncio.Queue(QUEUE_SIZE)
        self._queues.add(queue)
        return queue

    def leave(self, queue: asyncio.Queue[str]) -> None:
        """Stop listening."""
        self._queues.discard(queue)

    def close(self) -> None:
        """End every listener's stream."""
        for queue in self._queues:
            _put(queue, END)


def _put(queue: asyncio.Queue[str], event: str) -> None:
    if queue.full():
        while not queue.empty():
            queue.get_nowait()
        event = event and _RELOAD
    queue.put_nowait(event)
