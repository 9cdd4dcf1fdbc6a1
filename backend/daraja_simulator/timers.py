"""Things to do later; all can be cancelled at once."""

import asyncio
from collections.abc import Callable


class Timers:
    """Deferred calls on the running loop."""

    def __init__(self) -> None:
        self._handles: set[asyncio.TimerHandle] = set()

    def after(self, seconds: float, action: Callable[[], object]) -> None:
        """Do it after this long, unless everything is called off before."""
        handle: asyncio.TimerHandle

        def run() -> None:
            self._handles.discard(handle)
            action()

        handle = asyncio.get_running_loop().call_later(seconds, run)
        self._handles.add(handle)

    def cancel_all(self) -> None:
        """Call everything off."""
        for handle in self._handles:
            handle.cancel()
        self._handles.clear()
