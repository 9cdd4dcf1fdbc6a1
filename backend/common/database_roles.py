"""What each role of the database may do: the owner migrates, the application works, a reader reads.

The tables belong to the role that migrates. Another role cannot change or drop them, switch a guard
off or empty a table, whatever it was granted: PostgreSQL leaves that to the owner.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db import transaction as db_transaction
from psycopg import sql

#: Two releases that grant at the same time would change the same rows of the catalogue.
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('database roles', 0))"
_LATER = "ALTER DEFAULT PRIVILEGES IN SCHEMA public"
#: What `migrate` alone writes.
_OF_MIGRATE = ("django_migrations", "common_sqlfunction")
#: Columns that open something. A reader sees the others of these tables.
_SECRETS = {
    "users_user": {"password"},
    "payments_darajatoken": {"access_token"},
    "otp_totp_totpdevice": {"key"},
    "otp_static_statictoken": {"token"},
    "django_session": {"session_key", "session_data"},
    "knox_authtoken": {"digest", "token_key"},
}
#: Tables whose rows the guard `append_only` keeps as they are.
_APPEND_ONLY = """
SELECT DISTINCT relation.relname FROM pg_trigger AS guard
  JOIN pg_class AS relation ON relation.oid = guard.tgrelid
 WHERE relation.relnamespace = 'public'::regnamespace AND guard.tgname ~ '^pgtrigger_append_only_'
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
    """A role that may do more than it is granted: it is the owner, or a superuser."""


@dataclass(frozen=True)
class Role:
    """A role by its name. Without a password it keeps the one it has, or cannot log in yet."""

    name: str
    password: str | None = None


def grant(*, application: Role, reader: Role) -> None:
    """Make both roles where they are missing, and give each exactly its rights.

    Repeating it is harmless, and brings an older database's rights to this release's.

    Raises:
        UnsafeRole: one of them is a superuser, or has the owner's rights.
    """
    with db_transaction.atomic():
        _run(sql.SQL(_LOCK))
        for role in (application, reader):
            _make(role)
        _take_from_everybody()
        _grant_application(sql.Identifier(application.name))
        _grant_reader(sql.Identifier(reader.name))


def _make(role: Role) -> None:
    if not _rows("SELECT 1 FROM pg_roles WHERE rolname = %s", role.name):
        _run(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role.name)))
    ((is_safe,),) = _rows(_IS_SAFE, role.name)
    if not is_safe:
        says = f"{role.name} owns the tables or is a superuser: name a role of its own"
        raise UnsafeRole(says)
    if role.password is not None:
        # What PostgreSQL is told, and may log, is not the password.
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


def _take_from_everybody() -> None:
    """Nobody but the owner makes anything here, not even temporary tables and their triggers."""
    ((database,),) = _rows("SELECT current_database()")
    _run(sql.SQL("REVOKE CREATE ON SCHEMA public FROM PUBLIC"))
    _run(
        sql.SQL("REVOKE TEMPORARY, CREATE ON DATABASE {} FROM PUBLIC").format(
            sql.Identifier(database)
        )
    )


def _grant_application(role: sql.Identifier) -> None:
    """Let it work with rows, and with those of the history and the ledger only as they grow."""
    for statement in (
        "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}",
        "GRANT USAGE ON SCHEMA public TO {}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}",
        # The old code runs on while a release migrates, and must reach what is new.
        f"{_LATER} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {{}}",
        f"{_LATER} GRANT USAGE, SELECT ON SEQUENCES TO {{}}",
    ):
        _run(sql.SQL(statement).format(role))
    for table in (*_OF_MIGRATE, "wallet_posting"):
        _take(role, "INSERT, UPDATE, DELETE", table)
    for (table,) in _rows(_APPEND_ONLY):
        _take(role, "UPDATE, DELETE", table)


def _take(role: sql.Identifier, rights: str, table: str) -> None:
    _run(sql.SQL("REVOKE " + rights + " ON {} FROM {}").format(sql.Identifier(table), role))


def _grant_reader(role: sql.Identifier) -> None:
    """Let it read everything but secrets; what a later release adds, once this ran again."""
    _run(sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(role))
    _run(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role))
    _run(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}").format(role))
    for table, columns in _readable():
        _take(role, "SELECT", table)
        listed = sql.SQL(", ").join(map(sql.Identifier, columns))
        _run(sql.SQL("GRANT SELECT ({}) ON {} TO {}").format(listed, sql.Identifier(table), role))


def _readable() -> Iterator[tuple[str, list[str]]]:
    """Yield each table with secrets and its other columns."""
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
