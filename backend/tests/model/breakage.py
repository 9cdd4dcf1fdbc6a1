"""A database that fails on demand, at a chosen statement.

Triggers of the test database alone read one row: which SQLSTATE to raise when a deposit changes,
and whether even storing a callback fails.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

_INSTALL = """
CREATE TABLE model_breakage (sqlstate text, is_inbox_broken boolean NOT NULL DEFAULT false);
INSERT INTO model_breakage VALUES (NULL, false);
CREATE FUNCTION model_break_deposit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE v_sqlstate text := (SELECT sqlstate FROM model_breakage);
BEGIN
    IF v_sqlstate IS NOT NULL THEN
        RAISE EXCEPTION 'broken by the test' USING ERRCODE = v_sqlstate;
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION model_break_inbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT is_inbox_broken FROM model_breakage) THEN
        RAISE EXCEPTION 'broken by the test' USING ERRCODE = '53100';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER model_break_deposit BEFORE UPDATE ON payments_transaction
    FOR EACH ROW EXECUTE FUNCTION model_break_deposit();
CREATE TRIGGER model_break_inbox BEFORE INSERT ON payments_callbackevent
    FOR EACH ROW EXECUTE FUNCTION model_break_inbox();
"""
_REMOVE = """
DROP TRIGGER model_break_deposit ON payments_transaction;
DROP TRIGGER model_break_inbox ON payments_callbackevent;
DROP FUNCTION model_break_deposit, model_break_inbox;
DROP TABLE model_breakage;
"""


@contextmanager
def installed() -> Iterator[None]:
    """Put the triggers in place for a while."""
    _run(_INSTALL)
    try:
        yield
    finally:
        _run(_REMOVE)


@contextmanager
def commits_without_waiting() -> Iterator[None]:
    """Spare thousands of waits for the disk; what these tests kill is our process, not the disk."""
    _alter_database("SET synchronous_commit TO off")
    try:
        yield
    finally:
        _alter_database("RESET synchronous_commit")


def _alter_database(change: str) -> None:
    """Change a default of the test database, and begin with connections that have it."""
    _run(f'ALTER DATABASE "{connection.settings_dict["NAME"]}" {change}')
    pooled: Any = connection
    pooled.close()
    pooled.close_pool()


def set_broken(sqlstate: str | None, *, is_inbox_broken: bool = False) -> None:
    """Choose what fails from now on; None: nothing."""
    _run("UPDATE model_breakage SET sqlstate = %s, is_inbox_broken = %s", sqlstate, is_inbox_broken)


def _run(sql: str, *parameters: str | bool | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters or None)
