"""Processes that can be killed, paused and started again, each in a group of its own."""

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
    """One program and all it starts. Its output goes to a file."""

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
        """The first process of the group, while there is one."""
        return self._process.pid if self._process is not None else None

    @property
    def exit_status(self) -> int | None:
        """How it ended, once it has."""
        return self._process.poll() if self._process is not None else None

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self, *, clock_shift_s: int = 0) -> None:
        """Start it, with a shifted clock where one is given."""
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
        """Send a signal to the program and all it started."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def kill(self) -> None:
        """End it at once, as a power cut does."""
        self.signal_group(signal.SIGKILL)
        self.wait()

    def wait(self) -> None:
        """Wait for its end."""
        if self._process is not None:
            self._process.wait()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to end, and end it if it does not; whatever it left behind ends too."""
        if self._process is None:
            return
        self.signal_group(signal.SIGCONT)
        self.signal_group(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_STOP_S)
        self.kill()

    def revive(self) -> None:
        """Start it again if it ended unexpectedly, as a container's restart policy does."""
        if self._process is not None and not self.is_running:
            self.died_unexpectedly += 1
            self.start()

    @property
    def is_ready(self) -> bool:
        """Whether it answers below 500 at its address; without an address: whether it runs."""
        if self.ready_url is None:
            return self.is_running
        try:
            with urllib.request.urlopen(self.ready_url, timeout=2):  # noqa: S310  # loopback
                return True
        except urllib.error.HTTPError as error:
            return error.code < 500
        except OSError:
            return False
