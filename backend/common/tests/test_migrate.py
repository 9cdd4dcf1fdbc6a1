"""`manage.py migrate` brings tables, then functions; what it cannot upgrade gets one sentence."""

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import OperationalError, connection, connections
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from common import indexes, sql_functions
from common.db import read_row
from common.drift import find_drift
from common.management.commands import migrate
from common.models import SqlFunction
from common.sql_functions import SqlFile

_FILE = "users/sql/functions/customer.sql"


def run_migrate(*arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command("migrate", *arguments, stdout=out, **options)
    return out.getvalue()


def forget_file() -> None:
    SqlFunction.objects.filter(file=_FILE).update(file_sha256="another")


@pytest.mark.django_db
class TestFunctions:
    def test_a_second_run_installs_nothing(self) -> None:
        assert "No SQL functions to install." in run_migrate()

    def test_a_changed_file_is_installed(self) -> None:
        forget_file()

        assert f"Installed {_FILE}" in run_migrate()
        assert find_drift() == []

    def test_installing_can_be_silent(self) -> None:
        forget_file()

        assert run_migrate(verbosity=0) == ""
        assert find_drift() == []

    @pytest.mark.parametrize("option", ["--plan", "--without-functions"])
    def test_a_look_installs_nothing(self, option: str) -> None:
        forget_file()

        run_migrate(option)

        assert len(find_drift()) == 1

    def test_with_migrations_missing_functions_are_not_installed(self) -> None:
        newest = max(
            name for app, name in MigrationLoader(None).disk_migrations if app == "payments"
        )
        MigrationRecorder(connection).record_unapplied("payments", newest)
        forget_file()

        assert "migrations are missing" in run_migrate("users")
        assert len(find_drift()) == 1

    def test_the_functions_of_a_newer_release_are_kept(self) -> None:
        SqlFunction.objects.update(release="99.0.0", file_sha256="another")

        assert "a newer release" in run_migrate()
        assert set(SqlFunction.objects.values_list("release", flat=True)) == {"99.0.0"}

    def test_a_check_fails_while_functions_differ(self) -> None:
        run_migrate("--check")
        forget_file()

        with pytest.raises(SystemExit) as stop:
            run_migrate("--check")

        assert stop.value.code == 1

    def test_a_refused_file_is_named_with_the_way_to_change_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        broken = [SqlFile("users/sql/functions/x.sql", "CREATE OR REPLACE FUNCTION x")]
        monkeypatch.setattr(sql_functions, "list_files", lambda *_: broken)

        with pytest.raises(CommandError, match="An SQL function") as refused:
            run_migrate()

        assert str(refused.value).startswith("users/sql/functions/x.sql: syntax error")

    @pytest.mark.parametrize(("is_atomic", "expected"), [(True, "2s"), (False, "0")])
    def test_only_a_migration_in_a_transaction_has_a_time_out(
        self, is_atomic: bool, expected: str
    ) -> None:
        migration = Migration("a_migration", "payments")
        migration.atomic = is_atomic  # type: ignore[misc]

        command = migrate.Command()
        command.verbosity = 0

        command.migration_progress_callback("apply_start", migration)

        assert read_row("SELECT current_setting('lock_timeout')", {}) == (expected,)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("app", "name"),
    [("payments", "0011_strangers_callbacks_are_cut"), ("wallet", "0002_guards")],
)
def test_a_database_from_before_the_first_release_gets_one_sentence(app: str, name: str) -> None:
    MigrationRecorder(connection).record_applied(app, name)

    with pytest.raises(CommandError, match=r"made before release 0\.1\.0") as refused:
        run_migrate()

    assert "backend/.data/postgres" in str(refused.value)


@pytest.mark.django_db(transaction=True)
class TestLocks:
    @pytest.fixture(autouse=True)
    def _impatient(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(migrate, "_LOCK_TIMEOUT_MS", 50)
        monkeypatch.setattr(migrate, "_PAUSE_S", 0.0)
        monkeypatch.setattr(migrate, "_TRIES", 2)

    def test_a_table_in_use_is_tried_again_a_few_times(self) -> None:
        other = connections.create_connection("default")
        other.set_autocommit(False)
        try:
            with other.cursor() as cursor:
                cursor.execute("LOCK TABLE django_migrations IN ACCESS EXCLUSIVE MODE")
            out = StringIO()

            with pytest.raises(OperationalError, match="lock timeout"):
                call_command("migrate", "users", stdout=out)
        finally:
            other.rollback()
            other.close()

        assert out.getvalue().count("trying again") == 1

    def test_the_session_has_the_time_outs_of_all_others_afterwards(self) -> None:
        run_migrate(verbosity=0)

        assert read_row("SELECT current_setting('lock_timeout')", {}) == ("5s",)

    def test_errors_other_than_a_lock_timeout_are_not_retried(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tries = []

        def break_down(*_: object, **__: object) -> None:
            tries.append(1)
            raise OperationalError("gone")

        monkeypatch.setattr(DjangoMigrate, "handle", break_down)

        with pytest.raises(OperationalError, match="gone"):
            run_migrate()
        assert len(tries) == 1


@pytest.mark.django_db(transaction=True)
class TestInvalidIndexes:
    """What a killed CREATE INDEX CONCURRENTLY leaves."""

    @pytest.fixture
    def invalid(self) -> Iterator[str]:
        """Break off the building of an index, as the death of `migrate` does."""
        name = "payments_phone_history"
        with connection.cursor() as cursor:
            cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [name])
            (definition,) = cursor.fetchone()
            cursor.execute(f"DROP INDEX {name}")
            other = connections.create_connection("default")
            other.set_autocommit(False)
            try:
                with other.cursor() as holding:
                    holding.execute("LOCK TABLE payments_transaction IN ROW EXCLUSIVE MODE")
                cursor.execute("SET statement_timeout = 200")
                with pytest.raises(OperationalError):
                    cursor.execute(definition.replace("INDEX", "INDEX CONCURRENTLY", 1))
            finally:
                other.rollback()
                other.close()
            cursor.execute("SET statement_timeout = 0")
        yield name
        with connection.cursor() as cursor:
            cursor.execute(f"DROP INDEX {name}")
            cursor.execute(definition)

    def test_an_invalid_index_is_named_and_rebuilt_and_then_used(self, invalid: str) -> None:
        assert indexes.list_invalid() == [invalid]

        assert f"Rebuilt {invalid}" in run_migrate()

        assert indexes.list_invalid() == []
        assert read_row(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = %(name)s::regclass",
            {"name": invalid},
        ) == (True,)

    def test_a_look_rebuilds_nothing(self, invalid: str) -> None:
        run_migrate("--plan")

        assert indexes.list_invalid() == [invalid]

    def test_the_copy_of_a_broken_off_rebuild_is_dropped(self, invalid: str) -> None:
        copy = f"{invalid}_ccnew"
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER INDEX {invalid} RENAME TO {copy}")
            cursor.execute(f"CREATE INDEX {invalid} ON payments_transaction (phone_number)")

        assert f"Rebuilt {copy}" in run_migrate()

        assert read_row("SELECT to_regclass(%(name)s)", {"name": copy}) == (None,)
