"""Keeps one program for the browser scenarios, which may kill it and start it again.

SIGUSR1 kills it with all its children, as a power cut would; SIGUSR2 starts it again. Its own
number lies in the file that is named first. When the program ends unasked, so does this.
"""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from queue import Empty, SimpleQueue
from types import FrameType

import psutil

_LOOK_AGAIN_S = 0.1
_ENDS = (signal.SIGTERM, signal.SIGINT)


def main() -> None:
    """Start the program and do what signals ask for, until it ends."""
    pid_file, *command = sys.argv[1:]
    # A handler may interrupt anything, so it only notes the wish; SimpleQueue.put allows that.
    wishes: SimpleQueue[int] = SimpleQueue()

    def note(number: int, _: FrameType | None) -> None:
        wishes.put(number)

    for number in (signal.SIGUSR1, signal.SIGUSR2, *_ENDS):
        signal.signal(number, note)
    Path(pid_file).write_text(str(os.getpid()))
    sys.exit(_keep(command, wishes))


def _keep(command: list[str], wishes: "SimpleQueue[int]") -> int:
    """Return the program's exit status."""
    program: subprocess.Popen[bytes] | None = subprocess.Popen(command)
    while program is None or program.poll() is None:
        try:
            wish = wishes.get(timeout=_LOOK_AGAIN_S)
        except Empty:
            continue
        if wish == signal.SIGUSR1 and program is not None:
            _kill(program)
            program = None
        elif wish == signal.SIGUSR2:
            program = program or subprocess.Popen(command)
        elif wish in _ENDS and program is None:
            return 128 + wish
        # Told to end, the program ends without our help: the whole group was told.
    return program.returncode


def _kill(program: "subprocess.Popen[bytes]") -> None:
    parent = psutil.Process(program.pid)
    for process in [parent, *parent.children(recursive=True)]:
        # One may end between the listing and its turn.
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    program.wait()


if __name__ == "__main__":
    main()
