"""A real PgBouncer in front of a test's PostgreSQL, on loopback."""

import os
import shutil
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
from psycopg.rows import dict_row

from tests.crash.processes import free_port, wait_until

#: Debian keeps it where only root's PATH leads.
BINARY = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
SERVER_CONNECTIONS = 4

# `any`: every client is the database's own user, as PostgreSQL trusts its socket.
_CONFIGURATION = """
[databases]
kibeezy = host={socket} dbname=kibeezy user=postgres
sessions = host={socket} dbname=kibeezy user=postgres pool_mode=session pool_size=20
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
admin_users = postgres
pool_mode = transaction
default_pool_size = {server_connections}
max_client_conn = 200
"""


class Bouncer:
    """PgBouncer, with a pool in transaction mode and one in session mode of the same database."""

    def __init__(self, cleanup: ExitStack, database_url: str) -> None:
        [socket] = parse_qs(urlsplit(database_url).query)["host"]
        self._port = free_port()
        folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="pgbouncer-")))
        configuration = folder / "pgbouncer.ini"
        configuration.write_text(
            _CONFIGURATION.format(
                socket=socket, port=self._port, server_connections=SERVER_CONNECTIONS
            )
        )
        # It refuses to be root, and has to get into the folder of the socket: as its owner.
        user = [f"--user={Path(socket).owner()}"] if os.geteuid() == 0 else []
        log = cleanup.enter_context((folder / "log").open("wb"))
        command = [BINARY or "", *user, str(configuration)]
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        cleanup.callback(process.wait, timeout=10)
        # Told to end, newer ones wait for their last client; nothing of it needs saving.
        cleanup.callback(process.kill)
        wait_until(self._answers, within_s=10, what="PgBouncer answers")

    def url(self, database: str = "kibeezy", host: str = "127.0.0.1") -> str:
        """Return the address of a pool."""
        return f"postgresql://postgres@{host}:{self._port}/{database}"

    def transactions(self) -> int:
        """Return how many transactions went through the pool in transaction mode."""
        return sum(int(row["xact_count"]) for row in self._show("STATS_TOTALS"))

    def server_connections(self) -> int:
        """Return how many connections to PostgreSQL that pool holds."""
        kinds = ("sv_active", "sv_idle", "sv_used", "sv_tested", "sv_login")
        return sum(int(row[kind]) for row in self._show("POOLS") for kind in kinds)

    def reconnect(self) -> None:
        """Have every connection to PostgreSQL replaced once it is free."""
        with psycopg.connect(self.url("pgbouncer"), autocommit=True) as own:
            own.execute("RECONNECT")

    def _show(self, what: str) -> list[dict[str, Any]]:
        with psycopg.connect(self.url("pgbouncer"), autocommit=True, row_factory=dict_row) as own:
            rows = own.execute(f"SHOW {what}").fetchall()
        return [row for row in rows if row["database"] == "kibeezy"]

    def _answers(self) -> bool:
        try:
            self.transactions()
        except psycopg.OperationalError:
            return False
        return True
