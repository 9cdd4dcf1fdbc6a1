"""Finds functions, guards and constraints of the database that differ from this code's."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any

import pgtrigger
from django.apps import apps
from django.db import connection

from common import guard_forms, sql_functions
from common.guard_register import TEXT_GUARDS
from common.sql_functions import SqlFile


class Cause(Enum):
    """How a difference can have come about."""

    OTHER_CODE = "other code"  # another release of this code installed its own version
    GONE = "gone"  # a guard or constraint is missing: dropped by a newer release, or by hand
    TOUCHED = "touched"  # it was changed in the database by hand


@dataclass(frozen=True)
class Difference:
    """One function, guard or constraint that is not as this code installs it."""

    says: str
    cause: Cause

    def __str__(self) -> str:
        return self.says


def find_drift(files: list[SqlFile] | None = None) -> list[Difference]:
    """Return every difference; `files` are the SQL files as this process read them at its start."""
    if files is None:
        files = sql_functions.list_files()
    return [*_functions(files), *_guards(), *_text_guards(), *_constraints()]


def _functions(files: list[SqlFile]) -> Iterator[Difference]:
    for found in sql_functions.find_differences(files):
        cause = Cause.TOUCHED if found.is_touched else Cause.OTHER_CODE
        yield Difference(f"{found.file} {found.says}", cause)


# A trigger's comment holds the digest of what a migration installed; its body is what really runs.
# Its definition holds events, timing and condition (WHEN): common.guard_forms.
_TRIGGERS = """
SELECT guarded.relname, guard.tgname, obj_description(guard.oid), guard.tgenabled, proc.prosrc,
       md5(pg_get_triggerdef(guard.oid))
  FROM pg_trigger AS guard
  JOIN pg_proc AS proc ON proc.oid = guard.tgfoid
  JOIN pg_class AS guarded ON guarded.oid = guard.tgrelid
 WHERE NOT guard.tgisinternal AND guarded.relnamespace = current_schema()::regnamespace
"""
_NAMES = """
SELECT conname FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
 UNION SELECT relname FROM pg_class
        WHERE relkind = 'i' AND relnamespace = current_schema()::regnamespace
"""


def _rows(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


@cache
def _expected_guards() -> list[tuple[str, str, str, str, str]]:
    """Return each declared guard as (description, table, trigger, digest, SQL)."""
    return [
        (
            f"guard {trigger.name} of {model._meta.db_table}",
            model._meta.db_table,
            trigger.get_pgid(model),
            compiled.hash,
            compiled.install_sql,
        )
        for model, trigger in pgtrigger.registered()
        for compiled in [trigger.compile(model)]
    ]


def _guards() -> Iterator[Difference]:
    found = {(table, name): columns for table, name, *columns in _rows(_TRIGGERS)}
    forms = guard_forms.find_digests()
    for words, table, name, digest, sql in _expected_guards():
        comment, enabled, body, form = found.get((table, name), (None, None, None, None))
        known = forms.get((table, name))
        if body is None:
            yield Difference(f"{words} is missing", Cause.GONE)
        elif enabled != "O":
            yield Difference(f"{words} is switched off", Cause.TOUCHED)
        elif comment != digest:
            yield Difference(f"{words} is not this code's", Cause.OTHER_CODE)
        elif known is None:
            yield Difference(f"{words} has no record of its condition", Cause.OTHER_CODE)
        elif f"$${body}$$" not in sql or form not in known:
            yield Difference(f"{words} is not this code's", Cause.TOUCHED)


def _text_guards() -> Iterator[Difference]:
    enabled = {(table, name): state for table, name, _, state, *_ in _rows(_TRIGGERS)}
    for table, name in TEXT_GUARDS:
        if (table, name) not in enabled:
            yield Difference(f"guard {name} of {table} is missing", Cause.GONE)
        elif enabled[table, name] != "O":
            yield Difference(f"guard {name} of {table} is switched off", Cause.TOUCHED)


def _constraints() -> Iterator[Difference]:
    found = {name for (name,) in _rows(_NAMES)}
    for model in apps.get_models():
        for constraint in model._meta.constraints:
            if model._meta.managed and constraint.name not in found:
                says = f"constraint {constraint.name} of {model._meta.db_table} is missing"
                yield Difference(says, Cause.GONE)
