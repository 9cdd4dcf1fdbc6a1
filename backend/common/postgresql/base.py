"""Django's backend, with checks of the connection's socket and state, and with limits of time.

A server that ends a connection (a restart, a fail-over, an operator) sends a message: an idle
connection with something to read has ended, or is about to. The check costs no round trip, and
protects every statement, also those that must not run twice. A connection that breaks during a
statement is not seen here: `common.db` repeats the statements that may be repeated.

After a fail-over a living connection may lead to a server that refuses writes. PostgreSQL reports
that about itself, and a refused write shows it: such a connection leaves the pool.

Times are read by psycopg's own code in C. Django reads them in Python, to give them `UTC` of the
standard library in place of `ZoneInfo("UTC")`; both are the same moment and are written alike.
"""

import select
import time
from functools import cache
from types import TracebackType
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from django.conf import settings
from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import get_adapters_template
from django.db.utils import DatabaseErrorWrapper
from django.utils.functional import cached_property
from psycopg import Connection, OperationalError
from psycopg.adapt import AdaptersMap
from psycopg.errors import ReadOnlySqlTransaction
from psycopg.types.datetime import TimestamptzLoader
from psycopg_pool import ConnectionPool

#: A connection to a read-only server is replaced when it is this old: where all servers refuse
#: writes, each is tried again once a second, and reads go on meanwhile.
READ_ONLY_KEPT_S = 1.0
#: What PostgreSQL reports, without being asked, where it begins each transaction read-only.
_READ_ONLY_REPORTS = ("in_hot_standby", "default_transaction_read_only")
#: Takes both limits as texts, in milliseconds.
SET_TIME_LIMITS = (
    "SELECT set_config('lock_timeout', %s, false), set_config('statement_timeout', %s, false)"
)

_opened_at: WeakKeyDictionary[Connection[Any], float] = WeakKeyDictionary()
_refused_writes: WeakSet[Connection[Any]] = WeakSet()


class DatabaseWrapper(base.DatabaseWrapper):
    """Takes connections from the pool until one works.

    OPTIONS may have `lock_timeout_ms` and `statement_timeout_ms`, whole milliseconds, 0: no limit.
    They are set by a statement after connecting: poolers do not let a start-up option pass.
    """

    def get_connection_params(self) -> dict[str, Any]:
        parameters: dict[str, Any] = super().get_connection_params()
        for name in ("lock_timeout_ms", "statement_timeout_ms"):
            parameters.pop(name, None)
        parameters["context"] = _adapters(self.timezone)
        return parameters

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        pool = self.pool
        if pool is None:
            return connection
        # The pool replaces each closed connection; there are at most `max_size` of them.
        for _ in range(pool.max_size):
            if _is_alive(connection) and not _is_past_read_only(connection):
                break
            connection.close()
            pool.putconn(connection)
            connection = super().get_new_connection(conn_params)
        return connection

    def set_time_limits(
        self, connection: Any = None, *, lock_ms: int | None = None, statement_ms: int | None = None
    ) -> None:
        """Limit waits for locks and statements of a connection, by default this thread's.

        None: as configured; 0: no limit. Both hold until they are set again.
        """
        if connection is None:
            self.ensure_connection()
            connection = self.connection
        options = self.settings_dict["OPTIONS"]
        given = (
            options.get("lock_timeout_ms", 0) if lock_ms is None else lock_ms,
            options.get("statement_timeout_ms", 0) if statement_ms is None else statement_ms,
        )
        with connection.cursor() as cursor:
            cursor.execute(SET_TIME_LIMITS, [str(limit) for limit in given])

    def _configure_connection(self, connection: Any) -> bool:
        super()._configure_connection(connection)  # type: ignore[misc]
        _opened_at[connection] = time.monotonic()
        self.set_time_limits(connection)
        return True

    def create_cursor(self, name: str | None = None) -> Any:
        # Django's method asks the loader of times for a time zone, which psycopg's loader lacks.
        # Only a server-side cursor has a `name`; they are off (DISABLE_SERVER_SIDE_CURSORS).
        return self.connection.cursor()

    @cached_property
    def wrap_database_errors(self) -> DatabaseErrorWrapper:
        """Translate psycopg's errors, and remember the connection of a refused write."""
        return _NotingErrorWrapper(self)


class _NotingErrorWrapper(DatabaseErrorWrapper):
    wrapper: DatabaseWrapper

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(exc_value, ReadOnlySqlTransaction) and self.wrapper.connection is not None:
            _refused_writes.add(self.wrapper.connection)
        super().__exit__(exc_type, exc_value, traceback)


@cache
def _adapters(timezone: Any) -> AdaptersMap:
    """Return Django's adapters, but for times (psycopg uses its class in C for this one)."""
    adapters = AdaptersMap(get_adapters_template(settings.USE_TZ, timezone))
    adapters.register_loader("timestamptz", TimestamptzLoader)
    return adapters


def _is_past_read_only(connection: Connection[Any]) -> bool:
    """Return whether the connection leads to a read-only server, and has done so for long."""
    reports = map(connection.info.parameter_status, _READ_ONLY_REPORTS)
    if connection not in _refused_writes and "on" not in reports:
        return False
    return time.monotonic() - _opened_at.get(connection, 0.0) > READ_ONLY_KEPT_S


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
