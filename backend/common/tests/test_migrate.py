"""`manage.py migrate` brings tables, then functions; what it cannot upgrade gets one sentence."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import OperationalError, connection, connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from common import sql_functions
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

    def test_what_differs_is_installed(self) -> None:
        forget_file()

        assert f"Installed {_FILE}" in run_migrate()
        assert find_drift() == []

    def test_it_can_be_silent(self) -> None:
        forget_file()

        assert run_migrate(verbosity=0) == ""
        assert find_drift() == []

    @pytest.mark.parametrize("option", ["--plan", "--without-functions"])
    def test_a_look_installs_nothing(self, option: str) -> None:
        forget_file()

        run_migrate(option)

        assert len(find_drift()) == 1

    def test_with_migrations_missing_they_are_left_alone(self) -> None:
        newest = max(
            name for app, name in MigrationLoader(None).disk_migrations if app == "payments"
        )
        MigrationRecorder(connection).record_unapplied("payments", newest)
        forget_file()

        assert "migrations are missing" in run_migrate("users")
        assert len(find_drift()) == 1

    def test_the_functions_of_a_newer_release_are_left_alone(self) -> None:
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

    def test_an_index_that_is_built_concurrently_has_no_time_out(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        told: list[str] = []
        monkeypatch.setattr(migrate, "_run_sql", told.append)
        monkeypatch.setattr(migrate, "_is_plan_atomic", lambda: False)

        run_migrate(verbosity=0)

        assert told[2] == told[-1] == "RESET lock_timeout; RESET statement_timeout"


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
        monkeypatch.setattr(migrate, "_LOCK_TIMEOUT", "50ms")
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

    def test_the_session_keeps_no_time_out_of_it(self) -> None:
        run_migrate(verbosity=0)

        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('lock_timeout')")
            assert cursor.fetchone()[0] == "0"

    def test_other_troubles_are_not_tried_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        tries = []

        def break_down(*_: object, **__: object) -> None:
            tries.append(1)
            raise OperationalError("gone")

        monkeypatch.setattr(DjangoMigrate, "handle", break_down)

        with pytest.raises(OperationalError, match="gone"):
            run_migrate()
        assert len(tries) == 1
