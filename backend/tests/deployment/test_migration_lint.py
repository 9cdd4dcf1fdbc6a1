"""A migration that would stop a busy table, or the old version beside it, is refused."""

import pytest

from devtools import migration_lint


@pytest.mark.parametrize(
    ("sql", "rule"),
    [
        ('ALTER TABLE "t" ADD COLUMN "x" integer NOT NULL;', "adding-required-field"),
        ('CREATE INDEX "i" ON "t" ("x");', "require-concurrent-index-creation"),
        ('ALTER TABLE "t" DROP COLUMN "x";', "ban-drop-column"),
        ('ALTER TABLE "t" RENAME COLUMN "x" TO "y";', "renaming-column"),
        (
            'ALTER TABLE "t" ADD CONSTRAINT "c" CHECK ("x" > 0);',
            "constraint-missing-not-valid",
        ),
    ],
)
def test_a_statement_that_locks_a_table_or_breaks_old_code_is_named(sql: str, rule: str) -> None:
    assert rule in migration_lint.lint(sql)


def test_a_column_that_old_code_need_not_know_passes() -> None:
    sql = 'BEGIN;\nALTER TABLE "t" ADD COLUMN "x" varchar(20) NULL;\nCOMMIT;'

    assert migration_lint.lint(sql) == ""


def test_every_migration_is_checked() -> None:
    found = migration_lint.list_migrations()

    assert ("payments", "0001_initial") in found
    assert {app for app, _ in found} == {
        "common", "users", "wallet", "kyc", "payments", "risk", "operations",
    }  # fmt: skip
