"""Runs one program that a browser scenario may kill and start again, by signals to this process.

SIGUSR1 kills the program and its child processes, as a power cut would; SIGUSR2 starts it again.
The first argument names a file, into which this process writes its own process id. When the program
ends without SIGUSR1, this process ends with its exit status.
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
    """Start the program and obey the signals, until the program ends."""
    pid_file, *command = sys.argv[1:]
    # A signal handler may interrupt any code, so it only stores the signal's number.
    # SimpleQueue.put may be called from there.
    wishes: SimpleQueue[int] = SimpleQueue()

    def note(number: int, _: FrameType | None) -> None:
        wishes.put(number)

    for number in (signal.SIGUSR1, signal.SIGUSR2, *_ENDS):
        signal.signal(number, note)
    Path(pid_file).write_text(str(os.getpid()))
    sys.exit(_keep(command, wishes))


def _keep(command: list[str], wishes: "SimpleQueue[int]") -> int:
    """Obey signals until the program ends, and return its exit status."""
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
        # SIGTERM and SIGINT are not passed on: they are sent to the whole process group, so the
        # program receives them as well.
    return program.returncode


def _kill(program: "subprocess.Popen[bytes]") -> None:
    parent = psutil.Process(program.pid)
    for process in [parent, *parent.children(recursive=True)]:
        # A child process may end after it was listed and before it is killed.
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    program.wait()


if __name__ == "__main__":
    main()
