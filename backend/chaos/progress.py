"""Progress of a run: a bar on a terminal, elsewhere one line every ten seconds."""

import sys
import time
from typing import TextIO

_WIDTH = 30
_EVERY_S = 10.0


class Progress:
    """Shows how many of `total` deposits are done."""

    def __init__(self, total: int, out: TextIO = sys.stderr) -> None:
        self._total = total
        self._out = out
        self._is_terminal = out.isatty()
        self._shown_at = -_EVERY_S
        self._last_line = ""

    def show(self, done: int, note: str = "") -> None:
        """Show how many are done; drop calls that follow too soon on the last one shown."""
        pause_s = 0.2 if self._is_terminal else _EVERY_S
        if time.monotonic() - self._shown_at < pause_s and done < self._total:
            return
        filled = _WIDTH * done // max(self._total, 1)
        self.say(f"[{'#' * filled}{'.' * (_WIDTH - filled)}] {done}/{self._total} {note}".rstrip())

    def say(self, line: str) -> None:
        """Show this line, on a terminal in place of the bar."""
        if line == self._last_line:
            return
        self._shown_at, self._last_line = time.monotonic(), line
        self._out.write(f"\r\x1b[K{line}" if self._is_terminal else f"{line}\n")
        self._out.flush()

    def end(self) -> None:
        """Erase the bar from the terminal, so that other output starts on an empty line."""
        if self._is_terminal:
            self._out.write("\r\x1b[K")
            self._out.flush()
