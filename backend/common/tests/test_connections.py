"""Database connections: none is pinged before use or held while idle; dead ones fail no request."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import InterfaceError, OperationalError, connection
from django.db import transaction as db_transaction
from psycopg_pool import ConnectionPool

from common.db import read_row

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def operator() -> Iterator[psycopg.Connection[Any]]:
    """A connection beside the pool."""
    wanted = {"dbname", "user", "host", "port", "password"}
    parameters = connection.get_connection_params()
    plain = {name: value for name, value in parameters.items() if name in wanted}
    with psycopg.connect(**plain, autocommit=True) as other:
        yield other


def _pool() -> ConnectionPool[Any]:
    pool: ConnectionPool[Any] = connection.pool  # type: ignore[attr-defined]
    return pool


def _fill() -> None:
    """Give back what is held, and wait until all connections are there."""
    connection.ensure_connection()
    connection.close()
    _pool().wait()


def _end_all(operator: psycopg.Connection[Any]) -> None:
    """End every connection of this database but the operator's, as a restart does."""
    operator.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend'"
    )


class TestPool:
    def test_a_living_connection_is_not_pinged(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[Any] = []
        monkeypatch.setattr(ConnectionPool, "check_connection", asked.append)
        for _ in range(3):
            connection.close()
            assert read_row("SELECT 1", {}) == (1,)

        assert asked == []

    def test_after_a_restart_every_dead_one_is_passed_over(
        self, operator: psycopg.Connection[Any]
    ) -> None:
        _fill()
        _end_all(operator)

        # Not one that may be repeated: each statement succeeds at its first try.
        for _ in range(_pool().max_size + 1):
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            connection.close()

    def test_a_connection_with_a_notification_to_read_stays_open(
        self, operator: psycopg.Connection[Any]
    ) -> None:
        _fill()
        told = read_row("SELECT pg_backend_pid()", {})
        with connection.cursor() as cursor:
            cursor.execute("LISTEN told")
        connection.close()
        operator.execute("NOTIFY told")

        seen = set()
        for _ in range(_pool().max_size):
            seen.add(read_row("SELECT pg_backend_pid()", {}))
            connection.close()

        assert told in seen


class TestReading:
    def test_a_read_whose_connection_died_is_repeated_on_another(
        self, operator: psycopg.Connection[Any]
    ) -> None:
        connection.ensure_connection()
        _end_all(operator)

        assert read_row("SELECT 2", {}) == (2,)

    def test_a_statement_in_a_transaction_is_not_repeated(
        self, operator: psycopg.Connection[Any]
    ) -> None:
        def read_twice() -> None:
            with db_transaction.atomic():
                read_row("SELECT 1", {})
                _end_all(operator)
                read_row("SELECT 1", {})

        with pytest.raises((OperationalError, InterfaceError)):
            read_twice()

    def test_a_read_with_an_error_of_its_own_is_not_repeated(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 50")
        try:
            with pytest.raises(OperationalError):
                read_row("SELECT pg_sleep(1)", {})
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET statement_timeout")

    def test_no_row_is_none(self) -> None:
        assert read_row("SELECT 1 WHERE %(is)s", {"is": False}) is None
