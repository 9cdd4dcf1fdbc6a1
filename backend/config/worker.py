"""`make worker`: the background worker alone (Procrastinate on the same PostgreSQL).

It talks to WORKER_DATABASE_URL where the API goes through a pooler: a pooler in transaction mode
carries no LISTEN. It comes back by itself when the database was away.
"""

import logging
import os
import signal
import sys
import threading
from types import FrameType

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from config import env

logger = logging.getLogger("config.worker")

#: A pass over slow queries must not hold up the next one: an ask starts at most 5 s late.
_TASKS_AT_ONCE = 4
_REST_AFTER_FAILURE_S = 1.0


def main() -> None:
    """Run until told to stop."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        _use_own_database()
        django.setup()
        call_command("check")
    except (ImproperlyConfigured, SystemCheckError) as error:
        sys.exit(f"The worker does not start: {error}")
    run_until_stopped()


def _use_own_database() -> None:
    """Put WORKER_DATABASE_URL in the place of DATABASE_URL, before the settings are read."""
    env.load_dotenv()
    own = env.find_text("WORKER_DATABASE_URL")
    if own is not None:
        # Refuse it under its own name, before it takes the other's.
        env.database("WORKER_DATABASE_URL", own)
        os.environ["DATABASE_URL"] = own


def run_until_stopped() -> None:
    """Keep the worker running; it ends when it is told to, and comes back when it breaks."""
    stopped = threading.Event()

    def remember(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()

    while not stopped.is_set():
        # Procrastinate installs handlers of its own while it runs, and ends cleanly on them.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, remember)
        try:
            call_command(
                "procrastinate", "worker", f"--concurrency={_TASKS_AT_ONCE}",
                "--delete-jobs=successful", "--shutdown-graceful-timeout=25",
            )  # fmt: skip
        except Exception:  # the outermost edge
            logger.exception("the worker broke and starts again")
            stopped.wait(_REST_AFTER_FAILURE_S)
        else:
            return


if __name__ == "__main__":
    main()
