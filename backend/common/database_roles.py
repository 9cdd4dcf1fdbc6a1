"""The database roles: the owner migrates, the application writes rows, a reader only reads.

The tables belong to the role that migrates. No other role can change or drop a table, disable a
trigger or truncate: PostgreSQL allows the first two only to the owner, and TRUNCATE is not granted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db import transaction as db_transaction
from psycopg import sql

#: Lets one process grant at a time: two would update the same rows of PostgreSQL's catalogue.
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('database roles', 0))"
_LATER = "ALTER DEFAULT PRIVILEGES IN SCHEMA public"
#: Tables that only `migrate` writes.
_OF_MIGRATE = (
    "django_migrations", "common_sqlfunction", "users_seededright", "users_exclusiveright",
)  # fmt: skip
#: Columns of append-only tables that may be filled in once, by table; a guard refuses the rest. The
#: receipt of a payment that waits in suspense gets its deposit when it is known whose it is.
_FILLED_IN = {"payments_receipt": ("transaction_id",)}
#: The same for what an erasure takes out of a customer's history (users.models.Erasure).
_ERASED = {"users_userhistory": ("phone_number", "full_name")}
#: Append-only tables whose guard lets rows be deleted once past their age (docs/retention.md).
_CUT_BY_AGE = ("django_admin_log",)
#: Columns with credentials, by table. The reader role may read the other columns only.
_SECRETS = {
    "users_user": {"password"},
    "payments_darajatoken": {"access_token"},
    "otp_totp_totpdevice": {"key"},
    "otp_static_statictoken": {"token"},
    "django_session": {"session_key", "session_data"},
    "users_browsersession": {"key_hash"},
    "users_onetimecode": {"code_hash", "handle_hash"},
    "users_textmessage": {"sealed_text"},
    "knox_authtoken": {"digest", "token_key"},
}
#: Selects the tables with the trigger `append_only`, which refuses UPDATE and DELETE.
_APPEND_ONLY = """
SELECT DISTINCT relation.relname FROM pg_trigger AS guard
  JOIN pg_class AS relation ON relation.oid = guard.tgrelid
 WHERE relation.relnamespace = 'public'::regnamespace AND guard.tgname ~ '^pgtrigger_append_only_'
"""
# Selects the tables with a trigger that refuses every DELETE: BEFORE (2) each row (1) upon DELETE
# (8), with no condition, and nothing but an error in its body.
_NEVER_DELETED = r"""
SELECT DISTINCT relation.relname FROM pg_trigger AS guard
  JOIN pg_class AS relation ON relation.oid = guard.tgrelid
  JOIN pg_proc AS body ON body.oid = guard.tgfoid
 WHERE relation.relnamespace = 'public'::regnamespace AND NOT guard.tgisinternal
   AND guard.tgtype & 11 = 11 AND guard.tgqual IS NULL
   AND body.prosrc ~ '^\s*BEGIN\s+RAISE EXCEPTION'
"""
_COLUMNS = """
SELECT relation.relname, attribute.attname FROM pg_attribute AS attribute
  JOIN pg_class AS relation ON relation.oid = attribute.attrelid
 WHERE relation.relnamespace = 'public'::regnamespace AND attribute.attnum > 0
   AND NOT attribute.attisdropped AND relation.relname = ANY(%s)
"""
_IS_SAFE = """
SELECT NOT (role.rolsuper OR role.rolcreatedb OR role.rolcreaterole OR role.rolreplication
            OR role.rolbypassrls OR EXISTS (
                SELECT 1 FROM pg_class AS relation
                 WHERE relation.relnamespace = 'public'::regnamespace
                   AND pg_has_role(role.oid, relation.relowner, 'USAGE')))
  FROM pg_roles AS role WHERE role.rolname = %s
"""


class UnsafeRole(Exception):
    """A named role has rights beyond our grants: it is a superuser or owns the tables."""


@dataclass(frozen=True)
class Role:
    """A role of PostgreSQL. With `password` None its present password, if any, stays."""

    name: str
    password: str | None = None


@dataclass(frozen=True)
class TimeLimits:
    """Milliseconds that a statement may wait for a lock, and may run; 0: no limit."""

    lock_ms: int
    statement_ms: int


def grant(*, application: Role, reader: Role, limits: TimeLimits | None = None) -> None:
    """Create both roles where they are missing, and give each exactly its rights.

    The application's sessions begin with `limits` (None: as before), also behind a pooler that does
    not keep what a client has set (docs/pooling.md).

    Repeating it is harmless; after an upgrade it adjusts the rights to this release's tables.

    Raises:
        UnsafeRole: one of the roles is a superuser, or has the owner's rights.
    """
    with db_transaction.atomic():
        _run(sql.SQL(_LOCK))
        for role in (application, reader):
            _make(role)
        _revoke_from_public()
        _grant_application(sql.Identifier(application.name))
        if limits is not None:
            _limit(sql.Identifier(application.name), limits)
        _grant_reader(sql.Identifier(reader.name))


def _make(role: Role) -> None:
    if not _rows("SELECT 1 FROM pg_roles WHERE rolname = %s", role.name):
        _run(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role.name)))
    ((is_safe,),) = _rows(_IS_SAFE, role.name)
    if not is_safe:
        message = f"{role.name} owns the tables or is a superuser: name a role of its own"
        raise UnsafeRole(message)
    if role.password is not None:
        # Send the SCRAM verifier, not the password: PostgreSQL may log the statement.
        with connection.cursor() as cursor:
            pgconn = cursor.connection.pgconn
        verifier = pgconn.encrypt_password(
            role.password.encode(), role.name.encode(), b"scram-sha-256"
        )
        _run(
            sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(
                sql.Identifier(role.name), sql.Literal(verifier.decode())
            )
        )


def _revoke_from_public() -> None:
    """Let only the owner create objects, temporary tables and their triggers included."""
    ((database,),) = _rows("SELECT current_database()")
    _run(sql.SQL("REVOKE CREATE ON SCHEMA public FROM PUBLIC"))
    _run(
        sql.SQL("REVOKE TEMPORARY, CREATE ON DATABASE {} FROM PUBLIC").format(
            sql.Identifier(database)
        )
    )


def _grant_application(role: sql.Identifier) -> None:
    """Grant reading and writing of rows; on append-only tables only SELECT and INSERT.

    No DELETE where a guard refuses every one, such as evidence and money history. Of a column that
    is filled in once, or that an erasure empties, also UPDATE. Postings, which are a view of the
    entries, and the tables of `migrate` are read-only.
    """
    for statement in (
        "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}",
        "GRANT USAGE ON SCHEMA public TO {}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}",
        # The old release's code runs on during a migration and must be able to use new tables.
        f"{_LATER} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {{}}",
        f"{_LATER} GRANT USAGE, SELECT ON SEQUENCES TO {{}}",
    ):
        _run(sql.SQL(statement).format(role))
    for table in (*_OF_MIGRATE, "wallet_posting"):
        _take(role, "INSERT, UPDATE, DELETE", table)
    for (table,) in _rows(_APPEND_ONLY):
        _take(role, "UPDATE, DELETE", table)
    for (table,) in _rows(_NEVER_DELETED):
        _take(role, "DELETE", table)
    for table, columns in {**_FILLED_IN, **_ERASED}.items():
        _run(
            sql.SQL("GRANT UPDATE ({}) ON {} TO {}").format(
                sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(table), role
            )
        )
    for table in _CUT_BY_AGE:
        _run(sql.SQL("GRANT DELETE ON {} TO {}").format(sql.Identifier(table), role))


def _limit(role: sql.Identifier, limits: TimeLimits) -> None:
    ((database,),) = _rows("SELECT current_database()")
    for name, milliseconds in (
        ("lock_timeout", limits.lock_ms),
        ("statement_timeout", limits.statement_ms),
    ):
        _run(
            sql.SQL("ALTER ROLE {} IN DATABASE {} SET {} = {}").format(
                role, sql.Identifier(database), sql.Identifier(name), sql.Literal(milliseconds)
            )
        )


def _take(role: sql.Identifier, rights: str, table: str) -> None:
    _run(sql.SQL("REVOKE " + rights + " ON {} FROM {}").format(sql.Identifier(table), role))


def _grant_reader(role: sql.Identifier) -> None:
    """Grant SELECT on everything but credentials; tables of a later release need a new run."""
    _run(sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(role))
    _run(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role))
    _run(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}").format(role))
    for table, columns in _readable():
        _take(role, "SELECT", table)
        listed = sql.SQL(", ").join(map(sql.Identifier, columns))
        _run(sql.SQL("GRANT SELECT ({}) ON {} TO {}").format(listed, sql.Identifier(table), role))


def _readable() -> Iterator[tuple[str, list[str]]]:
    """Yield each table that has credentials, with the names of its other columns."""
    columns = _rows(_COLUMNS, list(_SECRETS))
    for table, secret in _SECRETS.items():
        yield table, [name for of, name in columns if of == table and name not in secret]


def _rows(text: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(text, list(parameters) or None)
        return list(cursor.fetchall())


def _run(statement: sql.Composable) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
