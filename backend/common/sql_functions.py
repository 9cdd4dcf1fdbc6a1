"""Keeps the database's functions equal to the files `<app>/sql/functions/*.sql`.

`manage.py migrate` installs the files whose content is not the installed one, after its migrations.
The files hold only CREATE OR REPLACE FUNCTION; what a release no longer calls is dropped by
`<app>/sql/retired.sql`, one release later. CONTRIBUTING.md ("An SQL function") has the recipe.
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

from common.models import SqlFunction
from common.release import RELEASE, as_numbers

#: Two deployments that migrate at the same time install one after the other.
_INSTALL_LOCK = "pg_advisory_xact_lock(hashtextextended('sql functions', 0))"


@dataclass(frozen=True)
class SqlFile:
    """A file of functions. `name` is its path from the backend's folder."""

    name: str
    text: str

    @property
    def sha256(self) -> str:
        """Return what identifies the content."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def list_files(pattern: str = "functions/*.sql") -> list[SqlFile]:
    """Return the files of all apps, lower apps first."""
    return [
        SqlFile(str(path.relative_to(Path(config.path).parent)), path.read_text())
        for config in apps.get_app_configs()
        for path in sorted((Path(config.path) / "sql").glob(pattern))
    ]


# Ours: not an extension's, not a library's; triggers belong to migrations. The body and what can be
# declared beside it make the digest; pg_get_functiondef would change with PostgreSQL's version.
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


# What the installation put off: are the bodies PL/pgSQL, and do SQL bodies name what exists?
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
        # Without parameters, psycopg takes a % of the text for what it is.
        cursor.execute(text)


def _definitions() -> dict[str, tuple[str, str]]:
    """Return each of our functions by its signature: where its row is, and its digest."""
    return {signature: (place, digest) for signature, place, digest in _rows(_DEFINITIONS)}


class FileRefused(Exception):
    """PostgreSQL did not take a file; nothing was changed."""

    def __init__(self, name: str, error: DatabaseError) -> None:
        super().__init__(f"{name}: {error}")


def install(*, now: datetime) -> list[str]:
    """Bring the functions to what the files say; return the names of the files that were run.

    In one transaction: a caller meanwhile has all the old functions or all the new ones.

    Raises:
        FileRefused: a file has an error, or changes what an existing signature returns.
    """
    with db_transaction.atomic():
        _rows(f"SELECT {_INSTALL_LOCK}")
        for retired in list_files("retired.sql"):
            _run_file(retired)
        files = list_files()
        stale = {difference.file for difference in find_differences(files)}
        # A function may name one that a later file makes.
        _run("SET LOCAL check_function_bodies = off")
        for file in files:
            if file.name in stale:
                _install_file(file, now)
        _validate(stale)
        SqlFunction.objects.exclude(file__in=[file.name for file in files]).delete()
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
    # CREATE OR REPLACE writes the function's row again, also where nothing changed.
    made = {
        signature: digest
        for signature, (place, digest) in _definitions().items()
        if before.get(signature, (None,))[0] != place
    }
    # By signature, too: a function may have come from another file until now.
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
    """A file whose functions are not the database's. `is_touched`: one was changed by hand."""

    file: str
    says: str
    is_touched: bool = False


def find_differences(files: list[SqlFile]) -> Iterator[FileDifference]:
    """Yield what the database's functions and these files do not agree on."""
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
    """Say whether a newer release has installed its functions: this process will be replaced soon.

    A deployment migrates first, and old processes go on beside the new functions until then.
    """
    release = SqlFunction.objects.values_list("release", flat=True).first()
    return release is not None and as_numbers(release) > as_numbers(RELEASE)


def find_leftovers() -> list[str]:
    """Return functions that no file makes: an old signature to be dropped, or somebody's own."""
    known = set(SqlFunction.objects.values_list("signature", flat=True))
    return sorted(set(_definitions()) - known)


_DEFINES = re.compile(r"^CREATE OR REPLACE FUNCTION (\w+)", re.MULTILINE)


def list_names(file: SqlFile) -> list[str]:
    """Return the names of the functions that a file defines, in its order."""
    return _DEFINES.findall(file.text)
