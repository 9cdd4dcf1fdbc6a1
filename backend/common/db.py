"""Helpers for raw SQL and connections: release one before a network call, retry what is safe."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

from django.db import IntegrityError, InterfaceError, OperationalError, connection
from django.db import transaction as db_transaction
from django.db.models import QuerySet
from psycopg.errors import LockNotAvailable

from common import traces
from common.postgresql.base import DatabaseWrapper
from common.unavailable import is_unavailable


class TransactionIsOpen(RuntimeError):
    """A network call was about to start while this thread had a database transaction open."""


def release_connection() -> None:
    """Return this thread's connection to the pool before a network call; the next query takes one.

    Raises:
        TransactionIsOpen: a transaction is open, and would hold its locks during the call.
    """
    if connection.in_atomic_block:
        raise TransactionIsOpen("a network call must not run inside a database transaction")
    connection.close()


def discard_stale_connection() -> None:
    """Prepare this thread's connection to run a statement again that is harmless to repeat.

    A broken connection is replaced by the pool, which gives out another one. After a
    deadlock, a serialization failure or a restart of PostgreSQL the same statement may succeed a
    moment later, and a callback about money is not lost. After a fail-over the pool replaces a
    connection that leads to a read-only server.
    """
    if not connection.in_atomic_block:
        connection.close()


def is_worth_repeating(error: BaseException) -> bool:
    """Return whether a statement that is harmless to repeat may succeed at once, elsewhere.

    One that waited for a lock until its time was over would only wait again.
    """
    return is_unavailable(error) and not isinstance(error.__cause__, LockNotAvailable)


@contextmanager
def time_limit(most_ms: int) -> Iterator[None]:
    """Let no statement inside run longer; what follows in an open transaction has its old limit.

    An error inside undoes what was done inside, and leaves an open transaction usable.

    Raises:
        OperationalError: a statement took longer.
    """
    with db_transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            (before,) = cursor.fetchone()
            cursor.execute(f"SET LOCAL statement_timeout = {int(most_ms)}")
        yield
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = '{before}'")


@contextmanager
def refused_as(error: type[Exception], says: str) -> Iterator[None]:
    """Raise `error` in place of a guard's error with the text `says`; wraps the transaction."""
    try:
        yield
    except IntegrityError as caught:
        if says not in str(caught):
            raise
        raise error from caught


def call_function(sql: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Run one SQL statement that returns one row, and return the row by column name."""
    with traces.statement(sql), connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        row = cursor.fetchone()
        names = [column[0] for column in cursor.description or ()]
    return dict(zip(names, row or (), strict=True))


def read_row(sql: str, parameters: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """Run one statement that only reads, and return its first row as a tuple, or None.

    When the connection breaks during the statement, as in a restart of PostgreSQL, the statement
    runs once more on another connection: reading twice is harmless. Inside a transaction it is not
    repeated, because the transaction is lost with its connection.
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
    """Return whether psycopg knows this thread's connection as closed; sends no query."""
    held = connection.connection
    return held is not None and bool(held.closed)


def delete_in_batches(rows: "QuerySet[Any]", *, size: int = 5_000) -> int:
    """Delete the rows, each batch by statements of its own, and return how many were deleted.

    However many have piled up, no statement reaches the time limit, and what was deleted before an
    error stays deleted. To be called outside a transaction.
    """
    deleted = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:size]):
        deleted += rows.model._default_manager.filter(pk__in=keys).delete()[0]
    return deleted


def broken_constraint(error: IntegrityError) -> str | None:
    """Return the name of the constraint that a row violated, or None where the error has none."""
    diagnosis = getattr(error.__cause__, "diag", None)
    name: str | None = getattr(diagnosis, "constraint_name", None)
    return name


@contextmanager
def unlimited_statements() -> Iterator[None]:
    """Let this thread's connection run statements without a time limit, then as configured again.

    For what reads whole tables; not inside a transaction, which would end the limit with it.
    """
    backend = cast("DatabaseWrapper", connection)
    backend.set_time_limits(statement_ms=0)
    try:
        yield
    finally:
        # The connection goes back to the pool, to users that count on their limits.
        backend.set_time_limits()
