"""A PostgreSQL that refuses writes, or whose tables are locked, as the product meets it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql

from common.postgresql import base

_END_OTHERS = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND backend_type = 'client backend'"
)


@contextmanager
def operator() -> Iterator[psycopg.Connection[Any]]:
    """A connection of the test's own, beside the pool, which may write whatever the others may."""
    wanted = {"dbname", "user", "host", "port", "password"}
    parameters = connection.get_connection_params()
    plain = {name: value for name, value in parameters.items() if name in wanted}
    options = "-c default_transaction_read_only=off"
    with psycopg.connect(**plain, options=options, autocommit=True) as opened:
        yield opened


@contextmanager
def read_only() -> Iterator[None]:
    """Every new connection leads to a server that refuses writes, and the old ones have ended."""
    with operator() as other:
        database = sql.Identifier(connection.settings_dict["NAME"])
        setting = sql.SQL("ALTER DATABASE {} {} default_transaction_read_only")
        other.execute(setting.format(database, sql.SQL("SET")) + sql.SQL(" = on"))
        connection.close()
        other.execute(_END_OTHERS)
        try:
            yield
        finally:
            # As after a fail-over: the connections that exist are not ended.
            other.execute(setting.format(database, sql.SQL("RESET")))


@contextmanager
def locked(table: str) -> Iterator[None]:
    """Another session holds the table for itself, as a forgotten transaction does."""
    connection.close()
    with operator() as other, other.transaction():
        other.execute(
            sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(sql.Identifier(table))
        )
        yield


@contextmanager
def time_limits(*, lock_ms: int = 0, statement_ms: int = 0) -> Iterator[None]:
    """All connections of the pool have these limits."""
    options = connection.settings_dict["OPTIONS"]
    before = {name: options[name] for name in ("lock_timeout_ms", "statement_timeout_ms")}
    options.update(lock_timeout_ms=lock_ms, statement_timeout_ms=statement_ms)
    reconnect()
    try:
        yield
    finally:
        options.update(before)
        reconnect()


def reconnect() -> None:
    """Close this thread's connection and the pool: the next query opens a new one."""
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]


def wait_for_new_connections() -> None:
    """Wait until connections to a read-only server are replaced, and give this thread's back.

    A request's end gives it back in production, and not under Django's test client.
    """
    connection.close()
    time.sleep(base.READ_ONLY_KEPT_S + 0.1)
