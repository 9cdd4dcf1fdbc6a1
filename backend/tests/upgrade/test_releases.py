"""A database of each release, full of deposits, is brought to today's code by `migrate` alone."""

import json
from dataclasses import replace

import psycopg
import pytest

from tests.upgrade.attacks import ATTACKS, Attack
from tests.upgrade.conftest import Upgraded
from tests.upgrade.databases import RELEASES, Database, new_database
from tests.upgrade.schema import KINDS, read_schema
from tests.upgrade.sums import read_sums
from users.operator_groups import GROUPS

_GROUPS = """
SELECT of.name, kind.app_label, permission.codename FROM auth_group AS of
  JOIN auth_group_permissions AS given ON given.group_id = of.id
  JOIN auth_permission AS permission ON permission.id = given.permission_id
  JOIN django_content_type AS kind ON kind.id = permission.content_type_id
 ORDER BY 1, 2, 3
"""
_IN_ORDER = "ledger is in order: 0 differences"


def _check_ledger(database: Database) -> str:
    done = database.python("manage.py", "check_ledger")
    return f"{done.stdout}{done.stderr}".strip()


def test_there_is_a_dump_of_a_release() -> None:
    assert RELEASES


class TestSchema:
    @pytest.mark.parametrize("kind", KINDS)
    def test_the_schema_of_an_upgraded_database_is_that_of_a_fresh_one(
        self, schemas: tuple[Database, Database], kind: str
    ) -> None:
        found, expected = (read_schema(database, kind) for database in schemas)

        assert expected
        assert found == expected

    def test_functions_and_guards_are_those_of_the_files(self, upgraded: Upgraded) -> None:
        assert upgraded.database.ask_doctor() == {
            "functions": ("ok", ["functions and guards are this code's"])
        }

    def test_migrating_again_changes_nothing(self, living: Database) -> None:
        moment = "SELECT signature, installed_at FROM common_sqlfunction ORDER BY 1"
        installed = living.rows(moment)

        said = living.migrate()

        assert "No migrations to apply." in said
        assert "No SQL functions to install." in said
        assert living.rows(moment) == installed


class TestGroups:
    def test_an_upgraded_database_has_the_groups_of_a_fresh_one(
        self, upgraded: Upgraded, fresh: Database
    ) -> None:
        found, expected = upgraded.database.rows(_GROUPS), fresh.rows(_GROUPS)

        assert {name for name, _, _ in expected} == set(GROUPS)
        assert found == expected

    def test_migrating_again_leaves_what_operators_changed(self, living: Database) -> None:
        living.run(
            "DELETE FROM auth_group_permissions WHERE group_id ="
            " (SELECT id FROM auth_group WHERE name = 'Support')"
        )
        changed = living.rows(_GROUPS)

        living.migrate()

        assert living.rows(_GROUPS) == changed


class TestMoney:
    def test_the_ledger_is_in_order(self, upgraded: Upgraded) -> None:
        assert _check_ledger(upgraded.database) == _IN_ORDER

    def test_no_balance_sum_or_row_has_changed(self, upgraded: Upgraded) -> None:
        before, after = upgraded.sums_before, read_sums(upgraded.database)
        # Tables of a later release begin empty; no table is gone.
        new = dict.fromkeys(after.counts.keys() - before.counts.keys(), 0)
        assert after == replace(before, counts={**before.counts, **new})
        assert any(upgraded.sums_before.balances.values())


class TestGuards:
    @pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
    def test_old_rows_are_guarded(self, upgraded: Upgraded, attack: Attack) -> None:
        with (
            psycopg.connect(upgraded.database.url) as connection,
            connection.transaction(force_rollback=True),
            pytest.raises(psycopg.IntegrityError) as error,
        ):
            connection.execute(attack.sql.encode())

        assert error.value.sqlstate == attack.sqlstate


class TestLife:
    def test_deposits_and_sign_ins_work_after_the_upgrade(
        self, upgraded: Upgraded, living: Database
    ) -> None:
        done = living.python("-m", "tests.upgrade.living", json.dumps(upgraded.tokens))

        assert done.returncode == 0, done.stdout + done.stderr
        assert json.loads(done.stdout) == {
            "new deposit": "COMPLETED",
            "same key again": "the same deposit",
            "callback of a silent deposit": "applied COMPLETED",
            "callback of an escalated one": "applied COMPLETED",
            "case amount_mismatch": "RESOLVED PENDING",
            "case checkout_mismatch": "RESOLVED COMPLETED",
            "case second_payment": "RESOLVED COMPLETED",
            "case receipt_used": "RESOLVED PENDING",
            "stored callback": "applied COMPLETED",
            "reversal": "reversed",
            "own cap": "100",
            "KYC": "VERIFIED",
            "another number": "APPROVED",
        }
        assert _check_ledger(living) == _IN_ORDER


def test_a_database_from_before_the_releases_is_refused() -> None:
    with new_database() as database:
        database.run(
            "CREATE TABLE django_migrations (id bigserial, app text, name text, applied timestamptz"
            " DEFAULT now()); INSERT INTO django_migrations (app, name)"
            " VALUES ('payments', '0011_strangers_callbacks_are_cut')"
        )

        done = database.python("manage.py", "migrate", "--no-color")

        assert done.returncode == 1
        [sentence] = done.stderr.splitlines()
        assert "made before release 0.1.0 and cannot be upgraded" in sentence
        assert database.rows("SELECT count(*) FROM django_migrations") == [(1,)]
