"""Function calls that are made later, and can all be cancelled at once."""

import asyncio
from collections.abc import Callable


class Timers:
    """Delayed calls on the running event loop."""

    def __init__(self) -> None:
        self._handles: set[asyncio.TimerHandle] = set()

    def after(self, seconds: float, action: Callable[[], object]) -> None:
        """Call `action` after so many seconds, unless `cancel_all` comes first."""
        handle: asyncio.TimerHandle

        def run() -> None:
            self._handles.discard(handle)
            action()

        handle = asyncio.get_running_loop().call_later(seconds, run)
        self._handles.add(handle)

    def cancel_all(self) -> None:
        """Cancel all calls that are still to come."""
        for handle in self._handles:
            handle.cancel()
        self._handles.clear()
