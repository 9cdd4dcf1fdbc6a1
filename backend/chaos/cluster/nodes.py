"""One machine of the cluster: a PostgreSQL and the Patroni that keeps it."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from chaos.programs import Program


class Node:
    """A member of the cluster, by the name that Patroni knows it by."""

    def __init__(self, name: str, port: int, rest_port: int, folder: Path, patroni: Program):
        self.name = name
        self.port = port
        self.rest_url = f"http://127.0.0.1:{rest_port}"
        self.patroni = patroni
        self._data = folder / "data"

    def start(self) -> None:
        """Start Patroni, which starts PostgreSQL and rejoins the cluster."""
        if not self.patroni.is_running:
            self.patroni.start()

    def kill_postgres(self) -> None:
        """Kill PostgreSQL's main process; its children notice. Patroni lives."""
        pid = self._postmaster()
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def freeze(self) -> None:
        """Pause every process of the machine (SIGSTOP)."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let the processes go on, as if no time had gone by."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """Kill every process of the machine at once, as a power cut would."""
        for _ in range(50):
            processes = list(self._processes())
            for process in processes:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            if not processes:
                break
            psutil.wait_procs(processes, timeout=5)
        self.patroni.wait()

    def _signal(self, number: signal.Signals) -> None:
        # Patroni is signalled first: it must not see a PostgreSQL that has stopped.
        for process in self._processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(number)

    def _processes(self) -> Iterator[psutil.Process]:
        """Find Patroni, PostgreSQL and their children; each in a session of its own."""
        for pid in (self.patroni.pid if self.patroni.is_running else None, self._postmaster()):
            if pid is not None:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process = psutil.Process(pid)
                    yield process
                    yield from process.children(recursive=True)

    def _postmaster(self) -> int | None:
        """Return the process id of our PostgreSQL; None if it does not run."""
        with contextlib.suppress(OSError, ValueError, IndexError, psutil.Error):
            pid = int((self._data / "postmaster.pid").read_text().split("\n")[0])
            process = psutil.Process(pid)
            # A dead server leaves its file, and another process may have got its process id.
            if str(self._data) in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE:
                return pid
        return None

    def wait_until_dead(self, within_s: float = 10) -> None:
        """Wait until PostgreSQL has ended."""
        deadline = time.monotonic() + within_s
        while self._postmaster() is not None and time.monotonic() < deadline:
            time.sleep(0.05)
