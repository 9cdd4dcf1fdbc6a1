"""`make serve`: checks the settings, then runs the production server (Granian, WSGI).

It reads the environment, takes no arguments, and does not migrate the database.
"""

import logging
import os
import socket
import sys

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

_ADVICE = "Configuration allows spawning up to"


def main() -> None:
    """Serve until a stop signal; exit with one line for bad settings or a port in use."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("DB_POOL_FILLED", "True")
    try:
        django.setup()
        call_command("check")
    except (ImproperlyConfigured, SystemCheckError) as error:
        sys.exit(f"The API does not start: {error}")
    from django.conf import settings

    _refuse_taken_port(settings.BIND_HOST, settings.PORT)
    # If the embedded PostgreSQL is used, this process owns it, and the workers get its address.
    os.environ["DATABASE_URL"] = settings.DATABASE_URL
    logging.getLogger("_granian").addFilter(_is_worth_logging)
    Granian(
        "config.wsgi:application",
        address=settings.BIND_HOST,
        port=settings.PORT,
        interface=Interfaces.WSGI,
        workers=settings.WEB_CONCURRENCY,
        blocking_threads=settings.WEB_THREADS,
        # The number of open connections, idle ones included. It exceeds the threads, so that a
        # callback is accepted while pushes wait. Granian's default is a share of the backlog.
        backlog=2 * settings.WEB_THREADS,
        backpressure=2 * settings.WEB_THREADS,
        # A proxy in front speaks HTTP/1.1 to us. HTTP/2 frames bodies in ways that Django and the
        # watch over slow bodies (config.bodies) do not know.
        http=HTTPModes.http1,
        websockets=False,
        # common.logs writes the access lines instead, with callback tokens masked.
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=30,
    ).serve()


def _is_worth_logging(record: logging.LogRecord) -> bool:
    """Drop Granian's warning against many threads: most of ours wait for M-Pesa or for commits.

    As measured, 8 threads instead of 64 halve the callbacks per second (decision 0007).
    """
    return _ADVICE not in record.getMessage()


def _refuse_taken_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            sys.exit(f"The API does not start: PORT {port} on {host}: {error.strerror}")


if __name__ == "__main__":
    main()
