"""`make worker`: the background worker alone (Procrastinate on the same PostgreSQL).

It talks to WORKER_DATABASE_URL where the API goes through a pooler: a pooler in transaction mode
carries no LISTEN. It comes back by itself when the database was away.
"""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from typing import TYPE_CHECKING, cast

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from config import env

if TYPE_CHECKING:
    from procrastinate import App
    from procrastinate.contrib.django.django_connector import DjangoConnector

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
    asyncio.run(_run_until_stopped())


async def _run_until_stopped() -> None:
    # Our own handlers, not Procrastinate's: it also ends without an error when the database goes
    # away, and only this tells that from being told to stop.
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    while not stopped.is_set():
        try:
            await asyncio.to_thread(_ask_database)
            await _work_until(stopped)
        except Exception:  # the outermost edge
            logger.exception("the worker broke and starts again")
        else:
            if not stopped.is_set():
                logger.error("the worker ended and starts again")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), _REST_AFTER_FAILURE_S)


def _ask_database() -> None:
    """Wait for the database with the patience of our own pool."""
    from django.db import connection

    try:
        connection.ensure_connection()
    finally:
        connection.close()


async def _work_until(stopped: asyncio.Event) -> None:
    """Do tasks until told to stop or until Procrastinate gives up; running tasks are finished."""
    from procrastinate.contrib.django import app

    connector = cast("DjangoConnector", app.connector).get_worker_connector()
    # As `manage.py procrastinate worker` does: the tasks know this app, so it is not copied.
    with app.replace_connector(connector) as worker_app:
        async with worker_app.open_async():
            await _work_until_either(worker_app, stopped)


async def _work_until_either(worker_app: "App", stopped: asyncio.Event) -> None:
    work = asyncio.create_task(
        worker_app.run_worker_async(
            concurrency=_TASKS_AT_ONCE,
            delete_jobs="successful",
            shutdown_graceful_timeout=25,
            install_signal_handlers=False,
        )
    )
    told = asyncio.create_task(stopped.wait())
    await asyncio.wait({work, told}, return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    # Procrastinate takes this as the word to finish and end.
    work.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await work


if __name__ == "__main__":
    main()
