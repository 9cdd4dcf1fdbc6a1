"""The database's functions are the files', and every difference is found."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection

from common import guard_forms, sql_functions
from common.drift import find_drift as find_differences
from common.models import SqlFunction
from common.release import RELEASE, as_numbers
from common.sql_functions import FileRefused, SqlFile, find_leftovers, install

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
_LOCK_FILE = "users/sql/functions/customer.sql"
_EMPTY_LOCK = (
    "CREATE OR REPLACE FUNCTION customer_lock(p_user_id bigint) RETURNS void"
    " LANGUAGE plpgsql AS $$ BEGIN NULL; END $$"
)


def find_drift() -> list[str]:
    return [str(found) for found in find_differences()]


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Let a test change the files' texts, by name; `retired.sql` by its own."""
    texts = {file.name: file.text for file in sql_functions.list_files()}
    texts["retired.sql"] = ""

    def list_files(pattern: str = "functions/*.sql") -> list[SqlFile]:
        is_retired = pattern == "retired.sql"
        return [
            SqlFile(name, text)
            for name, text in texts.items()
            if name.endswith("retired.sql") == is_retired
        ]

    monkeypatch.setattr(sql_functions, "list_files", list_files)
    return texts


class TestInstall:
    def test_a_migrated_database_has_nothing_to_install(self) -> None:
        assert install(now=NOON) == []
        assert find_drift() == []
        assert find_leftovers() == []

    def test_each_function_is_recorded_with_its_file_and_release(self) -> None:
        row = SqlFunction.objects.get(signature="customer_lock(bigint)")

        assert (row.file, row.release, str(row)) == (_LOCK_FILE, RELEASE, "customer_lock(bigint)")

    def test_only_the_file_that_changed_is_run(self, files: dict[str, str]) -> None:
        files[_LOCK_FILE] = files[_LOCK_FILE].replace("PERFORM", "PERFORM 1; PERFORM")

        assert install(now=NOON) == [_LOCK_FILE]
        assert find_drift() == []
        assert set(
            SqlFunction.objects.filter(installed_at=NOON).values_list("file", flat=True)
        ) == {_LOCK_FILE}

    def test_a_new_file_is_run(self, files: dict[str, str]) -> None:
        files["users/sql/functions/new.sql"] = _function("brand_new", "SELECT 1")

        assert install(now=NOON) == ["users/sql/functions/new.sql"]
        assert SqlFunction.objects.filter(signature="brand_new()").exists()

    def test_functions_may_name_each_other_in_any_order(self, files: dict[str, str]) -> None:
        files["users/sql/functions/a.sql"] = _function("first_one", "SELECT second_one()")
        files["users/sql/functions/b.sql"] = _function("second_one", "SELECT 1")

        install(now=NOON)

        assert find_drift() == []

    def test_a_file_may_be_renamed(self, files: dict[str, str]) -> None:
        files["users/sql/functions/locks.sql"] = files.pop(_LOCK_FILE)

        assert install(now=NOON) == ["users/sql/functions/locks.sql"]
        assert find_drift() == find_leftovers() == []

    def test_a_function_may_move_to_another_file(self, files: dict[str, str]) -> None:
        files["wallet/sql/functions/ledger.sql"] += files.pop(_LOCK_FILE)

        install(now=NOON)

        assert find_drift() == find_leftovers() == []
        moved = SqlFunction.objects.get(signature="customer_lock(bigint)")
        assert moved.file == "wallet/sql/functions/ledger.sql"

    def test_a_changed_result_names_its_file(self, files: dict[str, str]) -> None:
        files[_LOCK_FILE] = files[_LOCK_FILE].replace("RETURNS void", "RETURNS int")

        with pytest.raises(FileRefused, match=r"customer\.sql: cannot change return type"):
            install(now=NOON)

    def test_a_retired_function_is_dropped(self, files: dict[str, str]) -> None:
        run(_function("old_one", "SELECT 1"))
        assert find_leftovers() == ["old_one()"]
        files["retired.sql"] = "DROP FUNCTION IF EXISTS old_one();"

        install(now=NOON)

        assert find_leftovers() == []

    def test_a_file_that_went_away_leaves_its_functions_to_be_retired(
        self, files: dict[str, str]
    ) -> None:
        del files[_LOCK_FILE]

        install(now=NOON)

        assert find_drift() == []
        assert find_leftovers() == ["customer_lock(bigint)"]

    @pytest.mark.parametrize(
        "body",
        [
            "LANGUAGE plpgsql AS $$ BEGIN RETRUN 1; END $$",
            "LANGUAGE sql AS $$ SELECT id FROM no_such_table $$",
            "LANGUAGE sql AS $$ SELECT no_such_function() $$",
        ],
    )
    def test_a_body_that_cannot_run_is_refused(self, files: dict[str, str], body: str) -> None:
        files["users/sql/functions/new.sql"] = (
            f"CREATE OR REPLACE FUNCTION brand_new() RETURNS int {body};"
        )

        with pytest.raises(FileRefused, match=r"users/sql/functions/new\.sql: "):
            install(now=NOON)

        assert not SqlFunction.objects.filter(signature="brand_new()").exists()

    def test_one_bad_file_changes_nothing(self, files: dict[str, str]) -> None:
        files[_LOCK_FILE] += "\n-- changed"
        files["wallet/sql/functions/ledger.sql"] += "\nCREATE OR REPLACE FUNCTION broken"

        with pytest.raises(FileRefused, match=r"wallet/sql/functions/ledger\.sql: syntax error"):
            install(now=NOON)

        assert [line.split(" ")[0] for line in find_drift()] == [
            _LOCK_FILE,
            "wallet/sql/functions/ledger.sql",
        ]


def _function(name: str, body: str) -> str:
    return f"CREATE OR REPLACE FUNCTION {name}() RETURNS int LANGUAGE sql AS $$ {body} $$;"


class TestDrift:
    def test_a_file_that_was_never_installed_is_named(self, files: dict[str, str]) -> None:
        files["users/sql/functions/new.sql"] = _function("brand_new", "SELECT 1")

        assert find_drift() == ["users/sql/functions/new.sql is not installed"]

    def test_a_file_that_changed_is_named(self, files: dict[str, str]) -> None:
        files[_LOCK_FILE] += "\n-- one more word"

        assert find_drift() == [f"{_LOCK_FILE} has changed since it was installed"]

    @pytest.mark.parametrize(
        "sql",
        [
            _EMPTY_LOCK,
            "ALTER FUNCTION customer_lock(bigint) SECURITY DEFINER",
            "ALTER FUNCTION customer_lock(bigint) SET search_path = pg_temp",
            "DROP FUNCTION customer_lock(bigint)",
        ],
    )
    def test_a_function_touched_by_hand_is_named_and_mended(self, sql: str) -> None:
        run(sql)

        assert find_drift() == [
            f"{_LOCK_FILE} customer_lock(bigint) in the database is not this file's"
        ]
        assert install(now=NOON) == [_LOCK_FILE]
        assert find_drift() == []

    @pytest.mark.parametrize(
        ("sql", "says"),
        [
            ("ALTER TABLE {table} DISABLE TRIGGER {guard}", "is switched off"),
            ("ALTER TABLE {table} ENABLE REPLICA TRIGGER {guard}", "is switched off"),
            ("DROP TRIGGER {guard} ON {table}", "is missing"),
            ("COMMENT ON TRIGGER {guard} ON {table} IS 'older'", "is not this code's"),
        ],
    )
    def test_a_missing_or_disabled_guard_is_named(self, sql: str, says: str) -> None:
        table = "wallet_journalentry"

        run(sql.format(table=table, guard=_append_only_guard()))

        assert find_drift() == [f"guard append_only of {table} {says}"]


class TestOtherDrift:
    def test_a_constraint_that_is_gone_is_named(self) -> None:
        run("ALTER TABLE wallet_ledgeraccount DROP CONSTRAINT wallet_balance")

        assert find_drift() == ["constraint wallet_balance of wallet_ledgeraccount is missing"]

    @pytest.mark.parametrize(
        ("sql", "says"),
        [
            ("ALTER TABLE users_user DISABLE TRIGGER kyc_user_agrees", "switched off"),
            ("DROP TRIGGER kyc_user_agrees ON users_user", "missing"),
        ],
    )
    def test_a_guard_that_no_model_declares_is_checked_as_well(self, sql: str, says: str) -> None:
        run(sql)

        assert find_drift() == [f"guard kyc_user_agrees of users_user is {says}"]

    def test_a_guard_of_the_same_name_in_another_schema_is_no_stand_in(self) -> None:
        run("CREATE SCHEMA bak")
        run("CREATE TABLE bak.wallet_journalentry (id bigint)")
        guard = _append_only_guard()
        run(
            f"CREATE TRIGGER {guard} BEFORE DELETE ON bak.wallet_journalentry"
            f" FOR EACH ROW EXECUTE FUNCTION {guard}()"
        )
        run(f"DROP TRIGGER {guard} ON wallet_journalentry")

        assert find_drift() == ["guard append_only of wallet_journalentry is missing"]

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("WHEN ((", "WHEN (false AND (("),
            ("<>", "="),
            ("BEFORE UPDATE", "BEFORE UPDATE OF description"),
            ("BEFORE", "AFTER"),
        ],
    )
    def test_a_guard_whose_condition_or_event_was_changed_is_named(
        self, old: str, new: str
    ) -> None:
        definition = _redefine("payments_transaction", "deposit_moves", old, new)
        assert definition.startswith("CREATE TRIGGER")

        assert find_drift() == ["guard deposit_moves of payments_transaction is not this code's"]

    def test_a_restored_guard_is_still_this_codes(self) -> None:
        """A dump holds each guard in PostgreSQL's own words; restoring it rewrites them."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT guarded.relname, guard.tgname FROM pg_trigger AS guard"
                "  JOIN pg_class AS guarded ON guarded.oid = guard.tgrelid"
                " WHERE guard.tgname ~ '^pgtrigger_'"
            )
            guards = cursor.fetchall()
        for table, name in guards:
            _redefine(table, name, "", "")

        assert len(guards) > 30
        assert find_drift() == []

    def test_without_a_record_of_the_conditions_migrate_has_to_run(self) -> None:
        SqlFunction.objects.filter(file="guards").delete()
        first = find_differences()[0]
        assert "has no record of its condition" in str(first)
        assert first.cause.name == "OTHER_CODE"

        assert guard_forms.record(now=NOON) > 30

        assert find_drift() == []
        assert guard_forms.record(now=NOON) == 0

    def test_a_new_database_server_records_its_guards_again(self) -> None:
        SqlFunction.objects.filter(file="guards").update(file_sha256="of another server")

        assert guard_forms.record(now=NOON) > 30

    def test_a_guard_whose_body_was_emptied_is_named(self) -> None:
        run(
            f"CREATE OR REPLACE FUNCTION {_append_only_guard()}() RETURNS trigger"
            " LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
        )

        assert find_drift() == ["guard append_only of wallet_journalentry is not this code's"]


def _redefine(table: str, name: str, old: str, new: str) -> str:
    """Make a guard again from PostgreSQL's own text of it, changed; return that text."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname, pg_get_triggerdef(oid), obj_description(oid) FROM pg_trigger"
            " WHERE tgrelid = %s::regclass AND tgname LIKE %s",
            [table, name if name.startswith("pgtrigger_") else f"pgtrigger\\_{name}\\_%"],
        )
        trigger, text, comment = cursor.fetchone()
        changed = text.replace(old, new, 1) if old else text
        if changed.count("(") > changed.count(")"):
            changed = changed.replace(") EXECUTE", ")) EXECUTE")
        cursor.execute(f"DROP TRIGGER {trigger} ON {table}")
        cursor.execute(changed)
        cursor.execute(f"COMMENT ON TRIGGER {trigger} ON {table} IS '{comment}'")
    return str(changed)


def _append_only_guard() -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = 'wallet_journalentry'::regclass"
            " AND tgname LIKE 'pgtrigger_append_only%'"
        )
        [[guard]] = cursor.fetchall()
    return str(guard)


class TestReleases:
    def test_ten_comes_after_nine(self) -> None:
        assert as_numbers("0.10.0") > as_numbers("0.9.9")

    def test_a_database_of_a_newer_release_is_known(self) -> None:
        assert not sql_functions.is_newer_database()

        SqlFunction.objects.update(release="99.0.0")

        assert sql_functions.is_newer_database()

    def test_an_empty_record_is_no_newer_release(self) -> None:
        SqlFunction.objects.all().delete()

        assert not sql_functions.is_newer_database()


def test_files_are_named_from_the_backend_s_folder() -> None:
    backend = Path(__file__).parents[2]

    names = [file.name for file in sql_functions.list_files()]

    assert names
    assert all((backend / name).is_file() for name in names)
