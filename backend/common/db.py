"""What every use of the database keeps to: none held over the network, errors told by name."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, InterfaceError, OperationalError, connection


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


def discard_stale_connection() -> None:
    """Prepare this thread's connection for one retry of a statement that is harmless twice.

    A connection that is dead or old is dropped, and the pool then gives out a living one. After a
    deadlock, a serialization failure or a restart of PostgreSQL the same statement may work a
    moment later, so that a report of money survives it.
    """
    connection.close_if_unusable_or_obsolete()


def call_function(sql: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Run one SQL statement that answers one row, and return it by column name."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        row = cursor.fetchone()
        names = [column[0] for column in cursor.description or ()]
    return dict(zip(names, row or (), strict=True))


def read_row(sql: str, parameters: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """Run one statement that only reads, and return its first row as it came, or None.

    When its connection dies under it, as all do when PostgreSQL restarts, it runs once more over
    another one: reading twice is harmless. Not inside a transaction, which died as well.
    """
    try:
        return _first_row(sql, parameters)
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block or not _is_lost():
            raise
        connection.close()
        return _first_row(sql, parameters)


def _first_row(sql: str, parameters: Mapping[str, Any]) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row


def _is_lost() -> bool:
    """Say whether this thread's connection has ended, by what is known of it: nothing is asked."""
    held = connection.connection
    return held is not None and bool(held.closed)


def broken_constraint(error: IntegrityError) -> str | None:
    """Return the name of the constraint that PostgreSQL held against a row."""
    diagnosis = getattr(error.__cause__, "diag", None)
    name: str | None = getattr(diagnosis, "constraint_name", None)
    return name
