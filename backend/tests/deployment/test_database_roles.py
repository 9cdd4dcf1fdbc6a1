"""The database's roles, on a database that `migrate` and `database_roles` made: who may do what."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.utils import ProgrammingError
from django.test import override_settings

from common import database_roles
from common.database_roles import Role
from payments.models import SuspenseCase
from payments.tests.building import make_customer
from tests.sql.test_paybill import NUMBER, give_number, release, tell
from users.models import User

#: A server has one set of roles for the databases of all processes that test at once.
_APPLICATION, _READER = f"test_app_{os.getpid()}", f"test_read_{os.getpid()}"
_REFUSED_TO_APPLICATION = (
    "CREATE TABLE mine (id int)",
    "CREATE TEMPORARY TABLE mine (id int)",
    "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE OR REPLACE FUNCTION ledger_post() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "ALTER TABLE wallet_ledgeraccount ADD COLUMN mine int",
    "ALTER TABLE wallet_ledgeraccount DISABLE TRIGGER ALL",
    "ALTER TABLE wallet_journalentry DISABLE TRIGGER USER",
    "DROP TABLE wallet_journalentry CASCADE",
    "SET session_replication_role = replica",
    "TRUNCATE payments_transaction CASCADE",
    "TRUNCATE django_session",
    "UPDATE wallet_journalentry SET amount = 1",
    "DELETE FROM wallet_journalentry",
    "UPDATE payments_receipt SET number = 'X'",
    "UPDATE payments_receipt SET booked_at = now()",
    "DELETE FROM payments_receipt",
    "DELETE FROM payments_transaction",
    "DELETE FROM payments_suspensecase",
    "DELETE FROM payments_paybillpayment",
    "DELETE FROM payments_confirmation",
    "UPDATE payments_debt SET amount = 1",
    "DELETE FROM payments_debt",
    "UPDATE payments_repayment SET number = 2",
    "DELETE FROM payments_repayment",
    "DELETE FROM payments_transactionquery",
    "UPDATE payments_paybillaccount SET number = '2345678901'",
    "DELETE FROM payments_paybillaccount",
    "UPDATE wallet_ledgerseal SET digest = ''",
    "DELETE FROM risk_decision",
    "INSERT INTO django_migrations (app, name, applied) VALUES ('x', 'y', now())",
    "UPDATE common_sqlfunction SET release = '9.9.9'",
    "CREATE ROLE mine SUPERUSER",
)
_REFUSED_TO_READER = (
    "SELECT password FROM users_user",
    "SELECT * FROM users_user",
    "SELECT access_token FROM payments_darajatoken",
    "SELECT key FROM otp_totp_totpdevice",
    "SELECT session_data FROM django_session",
    "UPDATE payments_transaction SET amount = 1",
    "INSERT INTO django_session VALUES ('a', 'b', now())",
    "DELETE FROM django_session",
    "CREATE TEMPORARY TABLE mine (id int)",
)
# What each of our functions updates and deletes (its name, the verb, the table), and whether the
# role may do so, at least with one column: guards refuse the others. Without the functions of
# triggers, which insert histories.
_WRITES_OF_FUNCTIONS = r"""
SELECT body.proname, found[1], found[2],
       CASE found[1] WHEN 'UPDATE' THEN has_any_column_privilege(%(role)s, found[2], 'UPDATE')
                     ELSE has_table_privilege(%(role)s, found[2], 'DELETE') END
  FROM pg_proc AS body
 CROSS JOIN LATERAL regexp_matches(
    body.prosrc, '(UPDATE|DELETE)(?: FROM)? ((?:payments|risk|users|wallet)_\w+)', 'g') AS found
 WHERE body.pronamespace = 'public'::regnamespace AND body.prorettype <> 'trigger'::regtype
 ORDER BY 1, 2, 3
"""
#: Not the words themselves, but what they are about: digests, hints and times.
_HARMLESS = {
    ("payments_transaction", "callback_token_hash"),
    ("payments_callbackevent", "has_token"),
    ("payments_transactionquery", "token_hash"),
    ("users_user", "one_time_password_until"),
}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def roles() -> None:
    """Make both roles; the test's transaction takes them back."""
    database_roles.grant(application=Role(_APPLICATION), reader=Role(_READER))


@contextmanager
def _working_as(role: str) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {role}")
        yield
        cursor.execute("RESET ROLE")


def _run(role: str, sql: str) -> None:
    with _working_as(role), connection.cursor() as cursor:
        cursor.execute(sql)


class TestApplication:
    @pytest.mark.parametrize("sql", _REFUSED_TO_APPLICATION)
    def test_it_is_refused(self, sql: str) -> None:
        with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
            _run(_APPLICATION, sql)

    def test_the_applications_role_writes_no_balance_itself(self) -> None:
        _run(
            _APPLICATION,
            "INSERT INTO wallet_ledgeraccount (code, kind) VALUES ('clearing:x', 'clearing')",
        )

        with pytest.raises(Exception, match="only postings change it"):
            _run(_APPLICATION, "UPDATE wallet_ledgeraccount SET balance = 5")

    def test_the_applications_role_may_use_tables_of_later_migrations(self) -> None:
        _run_as_owner("CREATE TABLE added_later (id bigserial)")

        _run(_APPLICATION, "INSERT INTO added_later DEFAULT VALUES")


class TestFunctions:
    """SQL functions run with the rights of their caller, which is the application's role."""

    def test_the_applications_role_may_write_what_they_write(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_WRITES_OF_FUNCTIONS, {"role": _APPLICATION})
            found = cursor.fetchall()

        assert ("paybill_credit", "UPDATE", "payments_receipt", True) in found
        assert len(found) > 15
        assert [row for row in found if not row[-1]] == []

    def test_junk_may_be_deleted(self) -> None:
        for table in ("payments_callbackevent", "payments_idempotencykey", "django_session"):
            _run(_APPLICATION, f"DELETE FROM {table}")

    def test_payments_by_hand_are_credited_held_and_released(self) -> None:
        give_number(make_customer())

        with _working_as(_APPLICATION):
            credited, _ = tell(number=NUMBER)
            held, _ = tell(receipt="HELD000001")
            released = release(SuspenseCase.objects.get(), User.objects.get())

        assert (credited, held) == ("applied", "held")
        assert released["transaction_id"] is not None


class TestReader:
    @pytest.mark.parametrize("sql", _REFUSED_TO_READER)
    def test_it_is_refused(self, sql: str) -> None:
        with pytest.raises(ProgrammingError, match="permission denied"):
            _run(_READER, sql)

    @pytest.mark.parametrize(
        "sql",
        [
            "SELECT * FROM payments_transaction",
            "SELECT * FROM wallet_posting",
            "SELECT id, phone_number FROM users_user",
        ],
    )
    def test_the_readers_role_may_read(self, sql: str) -> None:
        _run(_READER, sql)

    def test_no_column_that_sounds_like_a_secret_is_readable(self) -> None:
        with _working_as(_READER), connection.cursor() as cursor:
            cursor.execute(
                "SELECT table_name, column_name FROM information_schema.columns"
                " WHERE table_schema = 'public'"
                "   AND column_name ~ '(password|secret|token|session_data|session_key)'"
                "   AND has_column_privilege(table_name::regclass, column_name, 'SELECT')"
            )
            found = set(cursor.fetchall())

        assert found <= _HARMLESS


class TestCommand:
    def test_repeating_it_changes_nothing(self) -> None:
        before = _rights()

        said = io.StringIO()
        call_command("database_roles", application=_APPLICATION, reader=_READER, stdout=said)

        assert before
        assert _rights() == before
        assert said.getvalue() == (f"{_APPLICATION} has its rights\n{_READER} has its rights\n")

    def test_a_password_lets_the_role_log_in_and_is_kept_as_a_verifier(self) -> None:
        with override_settings(DATABASE_APPLICATION_PASSWORD="let-me-in"):
            call_command(
                "database_roles", application=_APPLICATION, reader=_READER, stdout=io.StringIO()
            )

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT rolcanlogin, rolpassword FROM pg_authid WHERE rolname = ANY(%s)"
                " ORDER BY rolname",
                [[_APPLICATION, _READER]],
            )
            (may_log_in, kept), (reader_may, _) = cursor.fetchall()
        assert may_log_in
        assert kept.startswith("SCRAM-SHA-256$")
        assert not reader_may

    def test_the_owner_cannot_be_named(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            (owner,) = cursor.fetchone()

        with pytest.raises(CommandError, match="owns the tables or is a superuser"):
            call_command("database_roles", application=owner, reader=_READER)

    def test_a_right_added_by_hand_is_taken_back(self) -> None:
        _run_as_owner(f"GRANT TRUNCATE, UPDATE ON wallet_journalentry TO {_APPLICATION}")

        database_roles.grant(application=Role(_APPLICATION), reader=Role(_READER))

        with pytest.raises(ProgrammingError, match="permission denied"):
            _run(_APPLICATION, "UPDATE wallet_journalentry SET amount = 1")


def _run_as_owner(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _rights() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, relacl::text FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'S')"
            " ORDER BY relname"
        )
        return list(cursor.fetchall())
