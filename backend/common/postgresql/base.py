"""Django's own backend; instead of a ping per checkout, one look at the connection's socket.

A server that ends a connection (a restart, a failover, an operator) says so on the wire: an idle
connection with something to read has ended, or is about to. That costs no round trip, and holds
for every statement, also for those that must not run twice. A connection that dies under a
statement is another matter: `common.db` repeats what may be repeated.
"""

import select
from typing import Any

from django.db.backends.postgresql import base
from psycopg import Connection, OperationalError
from psycopg_pool import ConnectionPool


class DatabaseWrapper(base.DatabaseWrapper):
    """Takes connections from the pool until one is alive."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        pool = self.pool
        if pool is None:
            return connection
        # Each dead one is replaced by the pool. They are no more than the pool holds.
        for _ in range(pool.max_size):
            if _is_alive(connection):
                break
            connection.close()
            pool.putconn(connection)
            connection = super().get_new_connection(conn_params)
        return connection


def _is_alive(connection: Connection[Any]) -> bool:
    """Say whether the server has left the connection alone; asks it only where it has not."""
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if not waiting.poll(0):
        return True
    try:
        # A notice, or a key that TLS renewed: a living connection may be told something, too.
        ConnectionPool.check_connection(connection)
    except OperationalError:
        return False
    return True
