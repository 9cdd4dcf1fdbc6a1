"""Copies one row of a table many times, with a few columns computed from the copy's number.

Fixtures thereby follow the schema: a column that is added later is copied from the template.
"""

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True)
class Template:
    """The row to copy, by table and key, and SQL for the columns that differ.

    In that SQL `n` is the copy's number and `t` the template's row.
    """

    table: str
    key: str
    value: object
    overrides: dict[str, str]


def clone(connection: Connection, template: Template, first: int, count: int) -> None:
    """Insert the copies with the numbers `first` to `first + count - 1`, in one statement."""
    columns = _columns(connection, template.table)
    expressions = [
        # The SQL text is safe: it consists of constants of bench/fixtures.py.
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
    """Return the highest id of a table, 0 if it is empty."""
    query = sql.SQL("SELECT coalesce(max(id), 0) FROM {}").format(sql.Identifier(table))
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def move_sequence(connection: Connection, table: str) -> None:
    """Set the table's id sequence to continue after the highest id."""
    query = sql.SQL(
        "SELECT setval(pg_get_serial_sequence(%s, 'id'), greatest((SELECT max(id) FROM {}), 1))"
    ).format(sql.Identifier(table))
    connection.execute(query, [table])
