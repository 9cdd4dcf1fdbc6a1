"""When the database was last backed up, as whatever makes backups reported it.

`deploy/backup.sh` writes the same row itself: it has PostgreSQL's programs and no Python.
"""

from datetime import datetime

from django.db import connection

#: The row of operations_taskrun. It is no task of the worker, so it has a limit of its own.
TASK = "backup"

# A report that comes late, or twice, never makes the newest backup look older.
_REPORT = """
INSERT INTO operations_taskrun AS run (task, succeeded_at, failed_at)
VALUES (%(task)s, %(succeeded_at)s, %(failed_at)s)
ON CONFLICT (task) DO UPDATE
   SET succeeded_at = greatest(run.succeeded_at, excluded.succeeded_at),
       failed_at = greatest(run.failed_at, excluded.failed_at)
"""


class InFuture(Exception):
    """The time reported is not over yet."""


def report(at: datetime, *, now: datetime, is_good: bool = True) -> None:
    """Store that a backup of the database as it was at `at` is whole, or that one failed then.

    Raises:
        InFuture: `at` is later than now, so the watch would be blind until then.
    """
    if at > now:
        raise InFuture
    values = {"task": TASK, "succeeded_at": at if is_good else None}
    with connection.cursor() as cursor:
        cursor.execute(_REPORT, {**values, "failed_at": None if is_good else at})
