"""Functions of a file that changed come with `migrate` alone, and what is not ours is named."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.upgrade.databases import Database, Readiness, new_database
from tests.upgrade.schema import read_schema
from tests.upgrade.trees import Tree, copy_tree

_FILE = "payments/sql/functions/settlement.sql"
_REGISTER = "receipt_register(text,bigint,timestamp with time zone)"
_NOT_READY = {"status": "unavailable", "failing": ["functions"]}
_READY = Readiness(200, {"status": "ok"}, ["functions and guards are this code's"])

_REPLACE = """
CREATE OR REPLACE FUNCTION receipt_register(
    p_receipt text, p_transaction_id bigint, p_now timestamptz
) RETURNS boolean LANGUAGE sql AS 'SELECT true'
"""
_LET_PASS = """
CREATE OR REPLACE FUNCTION {deposit_moves}() RETURNS trigger
LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'
"""
#: Changes of the database by hand, and the words that name them.
_BY_HAND = {
    "a function replaced": (
        _REPLACE,
        f"{_FILE} {_REGISTER} in the database is not this file's",
    ),
    "a function gone": (
        f"DROP FUNCTION {_REGISTER}",
        f"{_FILE} {_REGISTER} in the database is not this file's",
    ),
    "a function that runs as its owner": (
        f"ALTER FUNCTION {_REGISTER} SECURITY DEFINER",
        f"{_FILE} {_REGISTER} in the database is not this file's",
    ),
    "a function that is no file's": (
        "CREATE FUNCTION pay_me() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "1 in no file, first pay_me()",
    ),
    "a guard switched off": (
        "ALTER TABLE payments_transaction DISABLE TRIGGER {deposit_moves}",
        "guard deposit_moves of payments_transaction is switched off",
    ),
    "all guards switched off": (
        "ALTER TABLE wallet_journalentry DISABLE TRIGGER USER",
        "guard moves_balances of wallet_journalentry is switched off",
    ),
    "a guard gone": (
        "DROP TRIGGER {deposit_moves} ON payments_transaction",
        "guard deposit_moves of payments_transaction is missing",
    ),
    "a guard that lets everything pass": (
        _LET_PASS,
        "guard deposit_moves of payments_transaction is not this code's",
    ),
    "a guard of another release": (
        "COMMENT ON TRIGGER {deposit_moves} ON payments_transaction IS 'x'",
        "guard deposit_moves of payments_transaction is not this code's",
    ),
}
_HARMLESS = {"a function that is no file's"}


@pytest.fixture
def database(fresh: Database) -> Iterator[Database]:
    """Return a migrated database that the test may change."""
    with new_database(fresh) as copied:
        yield copied


@pytest.fixture
def changed(tmp_path: Path) -> Tree:
    """Return code with one more statement in one function, and no migration."""
    tree = copy_tree(tmp_path / "backend")
    tree.replace(_FILE, ("    RETURN FOUND;\n", "    PERFORM 1 WHERE FOUND;\n    RETURN FOUND;\n"))
    return tree


class TestChangedFile:
    def test_a_changed_file_is_named_until_it_is_migrated(
        self, database: Database, changed: Tree
    ) -> None:
        says = f"{_FILE} has changed since it was installed"
        assert database.ask_readyz(changed.path) == Readiness(503, _NOT_READY, [says])
        assert database.ask_doctor(changed.path) == {"functions": ("problem", [says])}

        database.migrate(changed.path)

        assert database.ask_readyz(changed.path) == _READY

    def test_migrate_installs_only_the_changed_file(
        self, database: Database, changed: Tree
    ) -> None:
        before = read_schema(database, "functions")

        said = database.migrate(changed.path)

        installed = [line.strip() for line in said.splitlines() if "Installed" in line]
        assert installed == [f"Installed {_FILE}"]
        after = read_schema(database, "functions")
        assert {name for name in after if after[name] != before.get(name)} == {_REGISTER}
        assert "PERFORM 1 WHERE FOUND;" in after[_REGISTER]

    def test_the_code_before_it_comes_back_the_same_way(
        self, database: Database, changed: Tree
    ) -> None:
        before = read_schema(database, "functions")
        database.migrate(changed.path)

        database.migrate()

        assert database.ask_readyz() == _READY
        assert read_schema(database, "functions") == before


class TestByHand:
    @pytest.mark.parametrize("name", _BY_HAND)
    def test_a_change_by_hand_is_named(self, database: Database, name: str) -> None:
        statement, words = _BY_HAND[name]
        database.run(statement.format_map(_guards(database)))

        answer = database.ask_readyz()

        assert any(text.startswith(words) for text in answer.says), answer.says
        assert answer.body == (_READY.body if name in _HARMLESS else _NOT_READY)

    @pytest.mark.parametrize("name", ["a function replaced", "a function gone"])
    def test_migrate_mends_a_function(self, database: Database, name: str) -> None:
        before = read_schema(database, "functions")
        database.run(_BY_HAND[name][0])

        database.migrate()

        assert read_schema(database, "functions") == before


def _guards(database: Database) -> dict[str, str]:
    """Return the triggers of a deposit by the names of their guards."""
    rows = database.rows(
        "SELECT tgname FROM pg_trigger WHERE tgrelid = 'payments_transaction'::regclass"
        " AND tgname LIKE 'pgtrigger%'"
    )
    return {name.removeprefix("pgtrigger_").rpartition("_")[0]: name for (name,) in rows}
