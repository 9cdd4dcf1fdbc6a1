"""Reads the sums of money and the counts of rows of a database, to compare two databases."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.upgrade.databases import Database

_BALANCES = "SELECT code, balance FROM wallet_ledgeraccount ORDER BY code"
_POSTED = """
SELECT account_id, side, sum(amount), count(*) FROM wallet_posting GROUP BY 1, 2 ORDER BY 1, 2
"""
_DEPOSITS = """
SELECT status, review_reason, sum(amount), count(*) FROM payments_transaction
 GROUP BY 1, 2 ORDER BY 1, 2
"""
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
#: Migrating writes to these.
_OF_MIGRATIONS = {
    "django_migrations", "django_content_type", "auth_permission", "common_sqlfunction",
    # The groups of operators, which migrate makes (users.operator_groups), and their history.
    "auth_group", "auth_group_permissions", "users_seededright", "users_exclusiveright",
    "users_rightshistory",
}  # fmt: skip


@dataclass(frozen=True)
class Sums:
    """What an upgrade must leave as it is."""

    balances: dict[str, Decimal | None]
    posted: list[tuple[Any, ...]]
    deposits: list[tuple[Any, ...]]
    counts: dict[str, int]


def read_sums(database: Database) -> Sums:
    """Read them."""
    tables = {name for (name,) in database.rows(_TABLES)} - _OF_MIGRATIONS
    return Sums(
        balances=dict(database.rows(_BALANCES)),
        posted=database.rows(_POSTED),
        deposits=database.rows(_DEPOSITS),
        counts={
            name: database.rows(f'SELECT count(*) FROM "{name}"')[0][0] for name in sorted(tables)
        },
    )
