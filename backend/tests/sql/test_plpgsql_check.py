"""Every PL/pgSQL function of ours is sound: plpgsql_check finds no wrong name and no unused one."""

from typing import Any

import pytest

from tests.sql.calling import other_session
from wallet.tests.booking import run

pytestmark = pytest.mark.django_db

# A trigger's function is checked against each table that it guards, and with the statement's rows
# that it reads. A field of JSON that is assigned to a number is meant to be read as one.
_COMPLAINTS = """
SELECT proc.oid::regprocedure::text, complaint.lineno, complaint.level, complaint.message
  FROM pg_proc AS proc JOIN pg_language AS lang ON lang.oid = proc.prolang
  LEFT JOIN pg_trigger AS guard ON guard.tgfoid = proc.oid
 CROSS JOIN LATERAL plpgsql_check_function_tb(
     funcoid => proc.oid, relid => coalesce(guard.tgrelid, 0),
     oldtable => guard.tgoldtable, newtable => guard.tgnewtable) AS complaint
 WHERE proc.pronamespace = current_schema()::regnamespace AND lang.lanname = 'plpgsql'
   AND proc.proname !~ '^(procrastinate_|_pgh_|_pgtrigger_)'
   AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = proc.oid AND deptype = 'e')
   AND complaint.message <> 'target type is different type than source type'
 ORDER BY 1, 2
"""


def complaints(*statements: str) -> list[Any]:
    """Check all functions, after statements that are undone.

    In a session of its own: one that was checked cannot run the functions any more (version 2.3).
    """
    with other_session() as checker:
        for statement in statements:
            checker.execute(statement)
        return checker.execute(_COMPLAINTS).fetchall()


@pytest.fixture(autouse=True)
def _needs_the_extension() -> None:
    if not run("SELECT 1 FROM pg_extension WHERE extname = 'plpgsql_check'"):
        pytest.skip("plpgsql_check is not installed in this PostgreSQL")


class TestPlpgsqlCheck:
    def test_plpgsql_check_finds_no_fault_in_our_functions(self) -> None:
        assert complaints() == []

    def test_plpgsql_check_would_find_a_wrong_column(self) -> None:
        found = complaints(
            "CREATE FUNCTION tests_wrong() RETURNS int LANGUAGE plpgsql AS"
            " $$ BEGIN RETURN (SELECT amonut FROM payments_transaction); END $$"
        )

        assert [row[3] for row in found] == ['column "amonut" does not exist']

    def test_plpgsql_check_would_find_an_unused_variable(self) -> None:
        found = complaints(
            "CREATE FUNCTION tests_idle() RETURNS int LANGUAGE plpgsql AS"
            " $$ DECLARE v_idle int; BEGIN RETURN 1; END $$"
        )

        assert [row[3] for row in found] == ['unused variable "v_idle"']
