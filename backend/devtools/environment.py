"""Development defaults for variables that neither the shell nor `.env` sets; writes no `.env`."""

import os
import secrets
import sys
from collections.abc import Callable

from config import env
from devtools import embedded_postgres

_DIRECTORY = embedded_postgres.DATA_DIRECTORY.parent


def fill_in() -> None:
    """Set the missing variables in this process's environment, which its children inherit."""
    env.load_dotenv()
    for name in ("DEBUG", "MPESA_DEBUG"):
        if env.find_text(name) is None:
            os.environ[name] = "True"
    if env.find_text("SMS_BACKEND") is None:
        os.environ["SMS_BACKEND"] = "console"
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


def paybill_secret() -> str:
    """Return this machine's secret of the paybill's addresses at the simulator.

    It is never the one of `.env`: the simulator shows the addresses in its wire log.
    """
    # Hexadecimal, so that it holds none of the words that Daraja may refuse an address for.
    return _kept("paybill_url_secret", lambda: secrets.token_hex(32))


def _generated_key() -> str:
    """Return this machine's SECRET_KEY; a kept one lets sessions survive a restart."""
    return _kept("secret_key", lambda: secrets.token_urlsafe(50))


def _kept(name: str, generate: Callable[[], str]) -> str:
    """Return the text of a file that only this user reads; make it where there is none."""
    file = _DIRECTORY / name
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(generate())
    return file.read_text()
