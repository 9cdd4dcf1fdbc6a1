"""Reads the rows of an export from one snapshot, a few thousand at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db import transaction as db_transaction

_AT_A_TIME = 2_000


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Let everything inside see the database as it is now, and change nothing.

    So the first and the last row of an export, and its sums, are of one moment.
    """
    is_outermost = not connection.in_atomic_block
    with db_transaction.atomic():
        if is_outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def read(sql: str, values: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a statement; call it within `one_snapshot`."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, values)
        while rows := cursor.fetchmany(_AT_A_TIME):
            yield from rows
