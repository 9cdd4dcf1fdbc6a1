"""Programs that can be killed, paused and started again, each in its own process group."""

import contextlib
import os
import signal
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from devtools.stack import BACKEND_DIRECTORY

_STOP_S = 10


class Program:
    """One program and its child processes. Its output goes to the file `log`."""

    def __init__(
        self,
        name: str,
        command: list[str],
        environment: dict[str, str],
        log: Path,
        *,
        ready_url: str | None = None,
        user: str | None = None,
    ) -> None:
        self.name = name
        self.ready_url = ready_url
        self.log = log
        self.clock_shift_s = 0
        self.died_unexpectedly = 0
        self._command = command
        self._environment = environment
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The id of the program's first process; None before the program was started."""
        return self._process.pid if self._process is not None else None

    @property
    def exit_status(self) -> int | None:
        """The program's exit status; None while it runs or before it was started."""
        return self._process.poll() if self._process is not None else None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, *, clock_shift_s: int = 0) -> None:
        """Start the program; `clock_shift_s` seconds are added to the clock that it reads."""
        self.clock_shift_s = clock_shift_s
        environment = {**self._environment, "KIBEEZY_CLOCK_SHIFT_SECONDS": str(clock_shift_s)}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd="/" if self._user else BACKEND_DIRECTORY,
                env=environment,
                user=self._user,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def signal_group(self, number: signal.Signals) -> None:
        """Send a signal to the program and its child processes."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def kill(self) -> None:
        """Kill the program and its child processes at once, as a power cut would."""
        self.signal_group(signal.SIGKILL)
        self.wait()

    def wait(self) -> None:
        """Wait until the program has ended."""
        if self._process is not None:
            self._process.wait()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send the signal, wait ten seconds for the end, then kill what is left of the group."""
        if self._process is None:
            return
        self.signal_group(signal.SIGCONT)
        self.signal_group(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_STOP_S)
        self.kill()

    def revive(self) -> None:
        """Start the program again if it has ended, as a container's restart policy does.

        Each such restart is counted in `died_unexpectedly`.
        """
        if self._process is not None and not self.is_running:
            self.died_unexpectedly += 1
            self.start()

    @property
    def is_ready(self) -> bool:
        """Whether `ready_url` answers with a status below 500; without a URL, whether it runs."""
        if self.ready_url is None:
            return self.is_running
        try:
            with urllib.request.urlopen(self.ready_url, timeout=2):  # noqa: S310  # loopback
                return True
        except urllib.error.HTTPError as error:
            return error.code < 500
        except OSError:
            return False
