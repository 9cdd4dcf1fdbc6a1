"""Records how PostgreSQL writes each declared guard, so that a changed one is found by its text.

A guard's condition (WHEN) and events are stored parsed; PostgreSQL writes them as text in words of
its own, which differ between its versions, and again once a backup was restored. So `migrate` has
the server itself write each declaration: it makes the trigger on an empty table of the same shape,
reads its text, makes it again from that text until the text no longer changes, and rolls back. The
digests of these texts are kept beside those of the SQL functions.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

import pgtrigger
from django.db import connection
from django.db import transaction as db_transaction

from common.models import SqlFunction
from common.release import RELEASE

#: `file` of the rows of SqlFunction that are no functions.
FILE = "guards"
_PROBE = "guard_probe"
_CREATE = re.compile(r"CREATE\s+(?:CONSTRAINT\s+)?TRIGGER\s.+?EXECUTE\s+\S+\s[^;]+;", re.DOTALL)
#: How often a text is read back: so far PostgreSQL has changed it no more after the second time.
_ROUNDS = 4


@dataclass(frozen=True)
class Declared:
    """A guard that a model declares: its table, its trigger, the statement that creates it."""

    table: str
    trigger: str
    statement: str

    @property
    def prefix(self) -> str:
        """Return how the signatures of its rows begin."""
        return f"guard {self.table}.{self.trigger}"


def list_declared() -> list[Declared]:
    """Return every guard of every model."""
    return [
        Declared(
            model._meta.db_table,
            trigger.get_pgid(model),
            _statement(trigger.compile(model).install_sql),
        )
        for model, trigger in pgtrigger.registered()
    ]


def _statement(install_sql: str) -> str:
    """Return the CREATE TRIGGER of an installation; the SQL creates the function before it."""
    return str(_CREATE.findall(install_sql.rpartition("DROP TRIGGER IF EXISTS")[2])[0])


def find_digests() -> dict[tuple[str, str], set[str]]:
    """Return the accepted digests of each guard, by table and trigger."""
    found: dict[tuple[str, str], set[str]] = {}
    rows = SqlFunction.objects.filter(file=FILE).values_list("signature", "definition_md5")
    for signature, digest in rows:
        table, _, rest = signature.removeprefix("guard ").partition(".")
        found.setdefault((table, rest.split()[0]), set()).add(digest)
    return found


def record(*, now: datetime) -> int:
    """Record the texts of all declared guards, where any is new; return how many were written."""
    declared = list_declared()
    fingerprint = _fingerprint(declared)
    known = SqlFunction.objects.filter(file=FILE)
    if known.exists() and not known.exclude(file_sha256=fingerprint).exists():
        return 0
    rows = [
        SqlFunction(
            signature=f"{guard.prefix} {number}",
            file=FILE,
            file_sha256=fingerprint,
            definition_md5=digest,
            release=RELEASE,
            installed_at=now,
        )
        for guard in declared
        for number, digest in enumerate(_digests(guard))
    ]
    with db_transaction.atomic():
        known.delete()
        SqlFunction.objects.bulk_create(rows)
    return len(declared)


def _fingerprint(declared: list[Declared]) -> str:
    """Return a digest of all declarations and of the server's version, which words the texts."""
    parts = sorted(f"{guard.prefix} {guard.statement}" for guard in declared)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')")
        (version,) = cursor.fetchone()
    return hashlib.sha256("\n".join([version, *parts]).encode()).hexdigest()


def _digests(guard: Declared) -> list[str]:
    return sorted({hashlib.md5(text.encode()).hexdigest() for text in _texts(guard)})  # noqa: S324


def _texts(guard: Declared) -> list[str]:
    """Return the texts by which the server writes the trigger, each made from the one before."""
    texts: list[str] = []
    with db_transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {_PROBE} (LIKE {guard.table})")
        statement = _on_probe(guard.statement, guard.table)
        for _ in range(_ROUNDS):
            cursor.execute(statement)
            cursor.execute(
                "SELECT pg_get_triggerdef(oid) FROM pg_trigger"
                " WHERE tgrelid = %s::regclass AND tgname = %s",
                [_PROBE, guard.trigger],
            )
            (statement,) = cursor.fetchone()
            texts.append(statement.replace(f".{_PROBE} ", f".{guard.table} "))
            cursor.execute(f"DROP TRIGGER {guard.trigger} ON {_PROBE}")
        db_transaction.set_rollback(True)
    return texts


def _on_probe(statement: str, table: str) -> str:
    return re.sub(rf'\bON "?{table}"?(?=\s)', f"ON {_PROBE}", statement, count=1)
