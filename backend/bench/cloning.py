"""Makes many rows of one: each clone is the template's row with a few columns computed from its
number. So a fixture follows the schema: a column that comes later is taken from the template.
"""

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True)
class Template:
    """One row of a table, by its key, and the columns that differ, as SQL about `n` and `t`."""

    table: str
    key: str
    value: object
    overrides: dict[str, str]


def clone(connection: Connection, template: Template, first: int, count: int) -> None:
    """Insert the clones with the numbers `first` to `first + count - 1`, in one statement."""
    columns = _columns(connection, template.table)
    expressions = [
        # Constants of bench/fixtures.py, not input.
        sql.SQL(template.overrides[name].replace("%", "%%"))
        if name in template.overrides
        else sql.SQL("t.{}").format(sql.Identifier(name))
        for name in columns
    ]
    statement = sql.SQL(
        "INSERT INTO {table} ({columns}) SELECT {expressions}"
        " FROM {table} AS t, generate_series(%s::bigint, %s::bigint) AS n WHERE t.{key} = %s"
    ).format(
        table=sql.Identifier(template.table),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        expressions=sql.SQL(", ").join(expressions),
        key=sql.Identifier(template.key),
    )
    connection.execute(statement, [first, first + count - 1, template.value])


def _columns(connection: Connection, table: str) -> list[str]:
    rows = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
        " AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
        [table],
    )
    return [str(name) for (name,) in rows]


def highest_id(connection: Connection, table: str) -> int:
    """Return the highest id of a table, 0 when it is empty."""
    query = sql.SQL("SELECT coalesce(max(id), 0) FROM {}").format(sql.Identifier(table))
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def move_sequence(connection: Connection, table: str) -> None:
    """Let the table's own ids go on after the highest."""
    query = sql.SQL(
        "SELECT setval(pg_get_serial_sequence(%s, 'id'), greatest((SELECT max(id) FROM {}), 1))"
    ).format(sql.Identifier(table))
    connection.execute(query, [table])
