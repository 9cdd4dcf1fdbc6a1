"""Development defaults for variables that neither the shell nor `.env` sets; writes no `.env`."""

import os
import secrets
import sys

from config import env
from devtools import embedded_postgres

_KEY_FILE = embedded_postgres.DATA_DIRECTORY.parent / "secret_key"


def fill_in() -> None:
    """Set the missing variables in this process's environment, which its children inherit."""
    env.load_dotenv()
    for name in ("DEBUG", "MPESA_DEBUG"):
        if env.find_text(name) is None:
            os.environ[name] = "True"
    if env.find_text("SECRET_KEY") is None:
        os.environ["SECRET_KEY"] = _generated_key()


def use_database() -> None:
    """Start the embedded PostgreSQL unless DATABASE_URL is set; child processes use the same."""
    if env.find_text("DATABASE_URL") is None:
        os.environ["DATABASE_URL"] = embedded_postgres.ensure_running()


def child_environment(**extra: str) -> dict[str, str]:
    """Return a child process's environment: this one, with this Python on PATH, and `extra`."""
    return {
        **os.environ,
        "PATH": f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ['PATH']}",  # noqa: PTH120
        "NEXT_TELEMETRY_DISABLED": "1",
        "PYTHONUNBUFFERED": "1",
        **extra,
    }


def _generated_key() -> str:
    """Return this machine's SECRET_KEY, kept in a file so that sessions survive a restart."""
    if not _KEY_FILE.exists():
        _KEY_FILE.parent.mkdir(parents=True, exist_ok=True)
        _KEY_FILE.touch(mode=0o600)
        _KEY_FILE.write_text(secrets.token_urlsafe(50))
    return _KEY_FILE.read_text()
