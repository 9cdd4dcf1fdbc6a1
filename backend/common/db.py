"""What every call over the network keeps to: no open transaction, no connection held."""

from typing import Any

from django.db import connection


class TransactionIsOpen(RuntimeError):
    """Somebody is about to wait for the network while holding the database."""


def release_connection() -> None:
    """Give this thread's connection back to the pool before a wait; the next query takes one.

    Raises:
        TransactionIsOpen: a transaction is open, so the wait would hold its locks.
    """
    if connection.in_atomic_block:
        raise TransactionIsOpen("a network call must not run inside a database transaction")
    connection.close()


def call_function(sql: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Run one SQL statement that answers one row, and return it by column name."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        row = cursor.fetchone()
        names = [column[0] for column in cursor.description or ()]
    return dict(zip(names, row or (), strict=True))
