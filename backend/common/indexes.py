"""Finds and rebuilds invalid indexes: those that a broken-off CREATE INDEX CONCURRENTLY left.

PostgreSQL keeps such an index up to date at every write and never reads it, and it forbids no
duplicate.
"""

import re
from collections.abc import Iterator

from django.db import connection
from psycopg import sql

# Without indexes that another session is building or rebuilding right now.
_INVALID = """
SELECT made.relname FROM pg_index AS index
  JOIN pg_class AS made ON made.oid = index.indexrelid
 WHERE NOT index.indisvalid AND made.relkind = 'i'
   AND made.relnamespace = current_schema()::regnamespace
   AND NOT EXISTS (SELECT 1 FROM pg_stat_progress_create_index AS build
                    WHERE build.index_relid = made.oid)
 ORDER BY made.relname
"""
#: REINDEX CONCURRENTLY builds a copy beside the index, and keeps the old one for a moment.
_COPIES = r"_cc(new|old)[0-9]*$"


def list_invalid() -> list[str]:
    """Return the names of the invalid indexes."""
    with connection.cursor() as cursor:
        cursor.execute(_INVALID)
        return [name for (name,) in cursor.fetchall()]


def rebuild_invalid() -> Iterator[str]:
    """Rebuild each invalid index while others read and write; yield its name when it is done.

    Copies that a broken-off rebuild left are dropped.
    """
    for name in list_invalid():
        statement = (
            "DROP INDEX CONCURRENTLY {}" if _is_copy(name) else "REINDEX INDEX CONCURRENTLY {}"
        )
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(sql.Identifier(name)))
        yield name


def _is_copy(name: str) -> bool:
    return re.search(_COPIES, name) is not None
