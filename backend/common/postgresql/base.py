"""Django's backend, with two things changed for speed.

It checks the connection's socket instead of sending a ping per checkout.

A server that ends a connection (a restart, a failover, an operator) sends a message: an idle
connection with something to read has ended, or is about to. The check costs no round trip, and
protects every statement, also those that must not run twice. A connection that breaks during a
statement is not seen here: `common.db` repeats the statements that may be repeated.

Times are read by psycopg's own code in C. Django reads them in Python, to give them `UTC` of the
standard library in place of `ZoneInfo("UTC")`; both are the same moment and are written alike.
"""

import select
from functools import cache
from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import get_adapters_template
from psycopg import Connection, OperationalError
from psycopg.adapt import AdaptersMap
from psycopg.types.datetime import TimestamptzLoader
from psycopg_pool import ConnectionPool


class DatabaseWrapper(base.DatabaseWrapper):
    """Takes connections from the pool until one works."""

    def get_connection_params(self) -> dict[str, Any]:
        return {**super().get_connection_params(), "context": _adapters(self.timezone)}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        pool = self.pool
        if pool is None:
            return connection
        # The pool replaces each dead connection; there are at most `max_size` of them.
        for _ in range(pool.max_size):
            if _is_alive(connection):
                break
            connection.close()
            pool.putconn(connection)
            connection = super().get_new_connection(conn_params)
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        # Django's asks the loader of times for its time zone, which psycopg's has not. `name` would
        # be that of a server-side cursor; they are off (DISABLE_SERVER_SIDE_CURSORS).
        return self.connection.cursor()


@cache
def _adapters(timezone: Any) -> AdaptersMap:
    """Return Django's adapters, but for times (psycopg uses its class in C for this one)."""
    adapters = AdaptersMap(get_adapters_template(settings.USE_TZ, timezone))
    adapters.register_loader("timestamptz", TimestamptzLoader)
    return adapters


def _is_alive(connection: Connection[Any]) -> bool:
    """Return whether the connection works; ping the server only if it has sent something."""
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if not waiting.poll(0):
        return True
    try:
        # A working connection may have something to read too: a notice, or a new TLS key.
        ConnectionPool.check_connection(connection)
    except OperationalError:
        return False
    return True
