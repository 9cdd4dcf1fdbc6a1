"""`make worker`: runs the background worker (Procrastinate on the same PostgreSQL).

WORKER_DATABASE_URL must be a direct connection where the API uses a pooler: in transaction mode a
pooler does not support LISTEN. After an outage of the database the worker reconnects automatically.
"""

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import Any

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from procrastinate.connector import BaseAsyncConnector
from psycopg import AsyncConnection

from common.postgresql.base import SET_TIME_LIMITS
from config import env

logger = logging.getLogger("config.worker")

#: More than one, so that a job of slow status queries does not delay the next one: a deposit's
#: status query starts at most 5 s late.
_TASKS_AT_ONCE = 4
_REST_AFTER_FAILURE_S = 1.0


def main() -> None:
    """Check the settings, then run until SIGINT or SIGTERM."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        _use_own_database()
        _count_alone()
        django.setup()
        call_command("check")
        _serve_metrics()
    except (ImproperlyConfigured, SystemCheckError) as error:
        sys.exit(f"The worker does not start: {error}")
    run_until_stopped()


def _serve_metrics() -> None:
    """Answer /metrics on WORKER_METRICS_PORT with this process's own counts, where one is set.

    What the database knows is answered by the API, once.
    """
    from django.conf import settings
    from prometheus_client import start_http_server

    if not settings.WORKER_METRICS_PORT:
        return
    try:
        start_http_server(settings.WORKER_METRICS_PORT, addr=settings.BIND_HOST)
    except OSError as error:
        raise env.refuse("WORKER_METRICS_PORT", f"cannot be opened: {error}") from error


def _count_alone() -> None:
    """Leave the directory in which the API's processes add up, where the worker answers itself.

    Prometheus would count it twice: with the API's processes, and on its own port. Without a port
    the API answers for it. To be called before anything imports `prometheus_client`.
    """
    env.load_dotenv()
    if env.whole_number("WORKER_METRICS_PORT", 0, lowest=0, highest=65_535):
        os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)


def _use_own_database() -> None:
    """Set DATABASE_URL to WORKER_DATABASE_URL, before the settings are read."""
    env.load_dotenv()
    own = env.find_text("WORKER_DATABASE_URL")
    if own is not None:
        # Check it here, so that an error names WORKER_DATABASE_URL.
        env.database("WORKER_DATABASE_URL", own)
        os.environ["DATABASE_URL"] = own


def _queue_connector() -> BaseAsyncConnector:
    """Return what the queue's own connections are made by: with the limits of all others."""
    from django.db import connection
    from procrastinate import PsycopgConnector
    from procrastinate.contrib.django.utils import connector_params

    async def limit_time(opened: AsyncConnection[Any]) -> None:
        options = connection.settings_dict["OPTIONS"]
        given = [str(options[name]) for name in ("lock_timeout_ms", "statement_timeout_ms")]
        await opened.execute(SET_TIME_LIMITS, given)
        await opened.commit()

    return PsycopgConnector(kwargs=connector_params(), configure=limit_time)


async def _work() -> None:
    """Run jobs until cancelled; returns without an error when the database connection is lost."""
    from procrastinate.contrib.django import app

    with app.replace_connector(_queue_connector()):
        async with app.open_async():
            await app.run_worker_async(
                concurrency=_TASKS_AT_ONCE,
                delete_jobs="successful",
                shutdown_graceful_timeout=25,
                # With Procrastinate's handlers a stop would look like a lost database.
                install_signal_handlers=False,
            )


def run_until_stopped(work: Callable[[], Awaitable[None]] = _work) -> None:
    """Run `work` again whenever it ends or raises, until a stop signal."""
    stopped = threading.Event()
    while not stopped.is_set():
        try:
            asyncio.run(_until_stopped(work, stopped))
        except Exception:  # the outermost level: log any error and start again
            logger.exception("the worker broke")
        if not stopped.is_set():
            logger.error("the worker ended without being told to, and starts again")
            stopped.wait(_REST_AFTER_FAILURE_S)


async def _until_stopped(work: Callable[[], Awaitable[None]], stopped: threading.Event) -> None:
    """Run `work` once; the first signal cancels it, and running jobs are finished first."""
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work())

    def stop(_signal: int, _frame: FrameType | None) -> None:
        is_first = not stopped.is_set()
        stopped.set()
        if is_first and not loop.is_closed():
            loop.call_soon_threadsafe(task.cancel)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    with contextlib.suppress(asyncio.CancelledError):
        await task


if __name__ == "__main__":
    main()
