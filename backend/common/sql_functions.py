"""Keeps the database's SQL functions equal to the files `<app>/sql/functions/*.sql`.

After the migrations `manage.py migrate` installs each file whose content differs from the installed
one. The files hold only CREATE OR REPLACE FUNCTION; `<app>/sql/retired.sql` drops a function one
release after the last release that calls it. CONTRIBUTING.md ("An SQL function") has the recipe.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import DatabaseError, connection
from django.db import transaction as db_transaction
from django.db.models import Q

from common import guard_forms
from common.models import SqlFunction
from common.release import RELEASE, as_numbers

#: Makes two deployments that migrate at the same time install one after the other.
_INSTALL_LOCK = "pg_advisory_xact_lock(hashtextextended('sql functions', 0))"


@dataclass(frozen=True)
class SqlFile:
    """A file of SQL functions. `name` is its path relative to `backend/`."""

    name: str
    text: str

    @property
    def sha256(self) -> str:
        """Return the digest of the file's content."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def list_files(pattern: str = "functions/*.sql") -> list[SqlFile]:
    """Return the SQL files of all apps, in the order of INSTALLED_APPS."""
    return [
        SqlFile(str(path.relative_to(Path(config.path).parent)), path.read_text())
        for config in apps.get_app_configs()
        for path in sorted((Path(config.path) / "sql").glob(pattern))
    ]


# Selects our functions, without those of extensions, libraries and triggers (migrations make
# triggers). The digest covers the body and the declaration; pg_get_functiondef is not used, because
# its text changes with PostgreSQL's version.
_DEFINITIONS = """
SELECT proc.oid::regprocedure::text, proc.ctid::text,
       md5(concat_ws('|', proc.prosrc, pg_get_function_arguments(proc.oid),
                     pg_get_function_result(proc.oid), proc.provolatile, proc.proisstrict,
                     proc.prosecdef, proc.proconfig, lang.lanname))
  FROM pg_proc AS proc JOIN pg_language AS lang ON lang.oid = proc.prolang
 WHERE proc.pronamespace = current_schema()::regnamespace AND proc.prokind IN ('f', 'p')
   AND proc.prorettype <> 'trigger'::regtype
   AND proc.proname !~ '^(procrastinate_|_pgh_|_pgtrigger_)'
   AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = proc.oid AND deptype = 'e')
"""


# Runs the checks that the installation deferred: the syntax of PL/pgSQL bodies, and whether SQL
# bodies name existing tables and functions.
_VALIDATE = """
SELECT CASE lang.lanname WHEN 'plpgsql' THEN plpgsql_validator(proc.oid)
                         WHEN 'sql' THEN fmgr_sql_validator(proc.oid) END
  FROM pg_proc AS proc JOIN pg_language AS lang ON lang.oid = proc.prolang
 WHERE proc.oid::regprocedure::text IN (SELECT signature FROM common_sqlfunction)
"""


def _rows(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def _run(text: str) -> None:
    with connection.cursor() as cursor:
        # Called without parameters, psycopg leaves a `%` in the text alone.
        cursor.execute(text)


def _definitions() -> dict[str, tuple[str, str]]:
    """Return (ctid of its row in pg_proc, digest) of each of our functions, by signature."""
    return {signature: (place, digest) for signature, place, digest in _rows(_DEFINITIONS)}


class FileRefused(Exception):
    """PostgreSQL rejected a file; no function was changed."""

    def __init__(self, name: str, error: DatabaseError) -> None:
        super().__init__(f"{name}: {error}")


def install(*, now: datetime) -> list[str]:
    """Install the files that differ from the database; return the names of the installed files.

    One transaction installs all of them, so that callers see all old functions or all new ones.

    Raises:
        FileRefused: a file has an error, or changes what an existing signature returns.
    """
    with db_transaction.atomic():
        _rows(f"SELECT {_INSTALL_LOCK}")
        for retired in list_files("retired.sql"):
            _run_file(retired)
        files = list_files()
        stale = {difference.file for difference in find_differences(files)}
        # A function may call one that a later file creates.
        _run("SET LOCAL check_function_bodies = off")
        for file in files:
            if file.name in stale:
                _install_file(file, now)
        _validate(stale)
        kept = [guard_forms.FILE, *(file.name for file in files)]
        SqlFunction.objects.exclude(file__in=kept).delete()
        SqlFunction.objects.update(release=RELEASE)
    return [file.name for file in files if file.name in stale]


def _run_file(file: SqlFile) -> None:
    try:
        _run(file.text)
    except DatabaseError as error:
        raise FileRefused(file.name, error) from error


def _validate(files: set[str]) -> None:
    _run("SET LOCAL check_function_bodies = on")
    try:
        _rows(_VALIDATE)
    except DatabaseError as error:
        raise FileRefused(", ".join(sorted(files)), error) from error


def _install_file(file: SqlFile, now: datetime) -> None:
    before = _definitions()
    _run_file(file)
    # CREATE OR REPLACE rewrites the function's row in pg_proc even if nothing changed, so a
    # changed ctid shows which functions this file defines.
    made = {
        signature: digest
        for signature, (place, digest) in _definitions().items()
        if before.get(signature, (None,))[0] != place
    }
    # Rows are deleted by signature too, because a function may have moved here from another file.
    SqlFunction.objects.filter(Q(file=file.name) | Q(signature__in=made)).delete()
    SqlFunction.objects.bulk_create(
        SqlFunction(
            signature=signature,
            file=file.name,
            file_sha256=file.sha256,
            definition_md5=digest,
            release=RELEASE,
            installed_at=now,
        )
        for signature, digest in made.items()
    )


@dataclass(frozen=True)
class FileDifference:
    """A file that differs from the database. `is_touched`: a function was changed by hand."""

    file: str
    says: str
    is_touched: bool = False


def find_differences(files: list[SqlFile]) -> Iterator[FileDifference]:
    """Yield each difference between these files and the database's functions."""
    recorded: dict[str, list[SqlFunction]] = {}
    for row in SqlFunction.objects.all():
        recorded.setdefault(row.file, []).append(row)
    definitions = _definitions()
    for file in files:
        known = recorded.get(file.name, [])
        if not known:
            yield FileDifference(file.name, "is not installed")
        elif any(row.file_sha256 != file.sha256 for row in known):
            yield FileDifference(file.name, "has changed since it was installed")
        for row in known:
            if definitions.get(row.signature, ("", None))[1] != row.definition_md5:
                says = f"{row.signature} in the database is not this file's"
                yield FileDifference(file.name, says, is_touched=True)


def is_newer_database() -> bool:
    """Return whether a newer release has installed its functions in the database.

    A deployment migrates first; old processes run on with the new functions until it replaces them.
    """
    release = SqlFunction.objects.values_list("release", flat=True).first()
    return release is not None and as_numbers(release) > as_numbers(RELEASE)


def find_leftovers() -> list[str]:
    """Return functions that no file defines: retired ones, or ones created by hand."""
    known = set(SqlFunction.objects.values_list("signature", flat=True))
    return sorted(set(_definitions()) - known)


_DEFINES = re.compile(r"^CREATE OR REPLACE FUNCTION (\w+)", re.MULTILINE)


def list_names(file: SqlFile) -> list[str]:
    """Return the names of the functions that a file defines, in the file's order."""
    return _DEFINES.findall(file.text)
