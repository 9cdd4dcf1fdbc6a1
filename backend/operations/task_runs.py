"""Remembers when each periodic task last ended, for /metrics, the console's home and its health.

The queue deletes jobs that ended well, so it cannot tell a task that runs from one that is gone.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec

from django.db import Error as DatabaseError
from django.db import connection
from psycopg_pool import PoolTimeout

from common import clock

logger = logging.getLogger(__name__)

P = ParamSpec("P")

#: Tasks run every few seconds. A row that is this old at most tells as much, with fewer writes.
_WRITTEN_EVERY_S = 30.0

_SUCCEEDED = """
INSERT INTO operations_taskrun (task, succeeded_at, found, details)
VALUES (%(task)s, %(at)s, %(found)s, %(details)s)
ON CONFLICT (task) DO UPDATE SET succeeded_at = excluded.succeeded_at, found = excluded.found,
    details = excluded.details
"""
_FAILED = """
INSERT INTO operations_taskrun (task, failed_at) VALUES (%(task)s, %(at)s)
ON CONFLICT (task) DO UPDATE SET failed_at = excluded.failed_at
"""

_written_at: dict[str, float] = {}


@dataclass(frozen=True)
class Found:
    """What a task found: how many faults, and the first of them, a line each."""

    count: int
    details: str = ""


def watched(function: Callable[P, Found | None]) -> Callable[P, None]:
    """Note each end of a task, under its function's name, with what it found."""
    name = function.__name__

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            found = function(*args, **kwargs)
        except BaseException:
            _written_at.pop(name, None)
            _write(_FAILED, {"task": name})
            raise
        if found is not None or time.monotonic() - _written_at.get(name, -_WRITTEN_EVERY_S) >= (
            _WRITTEN_EVERY_S
        ):
            known = {} if found is None else {"found": found.count, "details": found.details}
            _write(_SUCCEEDED, {"task": name, "found": None, "details": "", **known})
            _written_at[name] = time.monotonic()

    return run


def _write(statement: str, values: dict[str, Any]) -> None:
    """Write without ever failing: what the task did stays done."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, {**values, "at": clock.now()})
    except (DatabaseError, PoolTimeout):
        logger.warning("the end of task %s could not be noted", values["task"])
    finally:
        connection.close()
