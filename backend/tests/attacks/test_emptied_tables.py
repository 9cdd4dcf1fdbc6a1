"""TRUNCATE passes no row trigger: what refuses to lose a row must refuse to lose all of them."""

import pytest
from django.apps import apps
from django.db import DatabaseError, connection
from django.db import transaction as db_transaction
from pghistory.models import Context, Event

pytestmark = pytest.mark.django_db

# BEFORE (2) row triggers (1) upon DELETE (8): a table with one holds rows that stay. The
# queue's trigger refuses nothing, it takes a job's events along.
_KEPT = """
SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger
 WHERE NOT tgisinternal AND tgtype & 11 = 11 AND tgrelid <> 'procrastinate_jobs'::regclass
 ORDER BY 1
"""


def _tables_that_keep_rows() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_KEPT)
        return [table for (table,) in cursor.fetchall()]


def _error(table: str) -> str:
    """Return why the table would not be emptied, with all that hangs on it; '' if it was."""
    try:
        with db_transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {table} CASCADE")
    except DatabaseError as error:
        return str(error)
    return ""


def test_a_table_that_refuses_deletes_refuses_truncate() -> None:
    tables = _tables_that_keep_rows()

    assert len(tables) >= 14, tables
    assert [table for table in tables if "TRUNCATE refused" not in _error(table)] == []


def test_no_history_and_no_context_of_one_is_truncated() -> None:
    histories = [m._meta.db_table for m in apps.get_models() if issubclass(m, Event)]

    assert len(histories) >= 5
    for table in [*histories, Context._meta.db_table]:
        assert f"{table} is " in _error(table), table


def test_truncating_the_users_truncates_no_history() -> None:
    assert "TRUNCATE refused" in _error("users_user")
