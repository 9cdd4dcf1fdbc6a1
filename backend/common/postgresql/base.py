"""Django's backend, with a check of the connection's socket instead of a ping per checkout.

A server that ends a connection (a restart, a failover, an operator) sends a message: an idle
connection with something to read has ended, or is about to. The check costs no round trip, and
protects every statement, also those that must not run twice. A connection that breaks during a
statement is not seen here: `common.db` repeats the statements that may be repeated.
"""

import select
from typing import Any

from django.db.backends.postgresql import base
from psycopg import Connection, OperationalError
from psycopg_pool import ConnectionPool


class DatabaseWrapper(base.DatabaseWrapper):
    """Takes connections from the pool until one works."""

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
