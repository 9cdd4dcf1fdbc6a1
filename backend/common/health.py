"""Answers the probes: /healthz (the process runs), /readyz (its database and cache), /metrics.

/readyz names `read_only` while the database takes no writes, as in a fail-over, and `functions`
when its SQL functions or guards are not those of this code.

Probes are answered before the checks of Host and HTTPS and without a session, because a probe
inside the network sends plain HTTP to an IP address. The answers hold nothing secret.
"""

import logging
import secrets
import time
from collections.abc import Callable, Iterator

from django.core.cache import cache
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed, JsonResponse
from psycopg_pool import PoolTimeout
from redis.exceptions import RedisError

from common import sql_functions
from common.drift import Cause, Difference, find_drift
from common.logs import mark_expected
from common.metrics import metrics_response
from common.sql_functions import SqlFile

logger = logging.getLogger(__name__)


class MigrationsMissing(Exception):
    """The database lacks migrations that this code needs."""


class FunctionsDiffer(Exception):
    """The database's SQL functions or guards are not those of this code."""


class ReadOnly(Exception):
    """The database takes no writes: a fail-over is under way, or this is a replica."""


class CacheForgets(Exception):
    """The cache did not return a value that was stored a moment ago."""


#: Seconds for which a check of the functions is reused: one without, one with a difference.
_FUNCTIONS_HOLD_FOR_S, _DIFFERENCE_HOLDS_FOR_S = 10.0, 2.0


def _detail(error: Exception) -> str:
    """Return the error's text if it is ours; a driver's may hold the database's address."""
    return str(error) if isinstance(error, FunctionsDiffer) else ""


class _Readiness:
    """Checks database, migrations, functions and cache; complete migrations are checked only once.

    The SQL functions are checked again after some seconds: one may be replaced by hand.
    """

    def __init__(self) -> None:
        self.is_migrated = False
        #: The SQL files as read at the start: an upgrade may overwrite them under this process.
        self.files: list[SqlFile] | None = None
        self.functions_hold_until = 0.0
        self.difference: FunctionsDiffer | None = None
        self.has_been_ready = False
        self.database_is = ""
        self.is_read_only = False

    def failures(self) -> list[str]:
        """Return the names of failed checks; a failure of the database skips its further checks."""
        return list(self._failures())

    def _failures(self) -> Iterator[str]:
        if not self._passes("database", self._ask_database):
            yield "database"
        elif not self._passes("read_only", self._ask_for_writes):
            yield "read_only"
        elif not self._passes("migrations", self._ask_migrations):
            yield "migrations"
        elif not self._passes("functions", self._ask_functions):
            yield "functions"
        if not self._passes("cache", self._ask_cache):
            yield "cache"

    @staticmethod
    def _passes(name: str, ask: Callable[[], None]) -> bool:
        try:
            ask()
        except (
            DatabaseError, PoolTimeout, ReadOnly, MigrationsMissing, FunctionsDiffer, RedisError,
            OSError, CacheForgets,
        ) as error:  # fmt: skip
            logger.warning("not ready: %s: %s %s", name, type(error).__name__, _detail(error))
            return False
        return True

    def _ask_database(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('transaction_read_only')::boolean")
            (self.is_read_only,) = cursor.fetchone()

    def _ask_for_writes(self) -> None:
        if self.is_read_only:
            raise ReadOnly

    def _ask_migrations(self) -> None:
        if not self.is_migrated:
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                raise MigrationsMissing
            self.is_migrated = True

    def _ask_functions(self) -> None:
        if time.monotonic() < self.functions_hold_until:
            if self.difference is not None:
                raise self.difference
            return
        self.difference = self._judge_functions()
        wait_s = _DIFFERENCE_HOLDS_FOR_S if self.difference else _FUNCTIONS_HOLD_FOR_S
        self.functions_hold_until = time.monotonic() + wait_s
        if self.difference is not None:
            raise self.difference

    def _judge_functions(self) -> FunctionsDiffer | None:
        """Return the differences that make this process not ready, or None.

        Changes made by hand always do. Another version's functions do only until this process has
        been ready once, a newer release's never do: a deployment migrates first, and old processes
        run on with the new functions (tests/upgrade). Otherwise all of them would leave the load
        balancer before a new one is up.
        """
        drift = find_drift(self.files)
        is_newer = bool(drift) and sql_functions.is_newer_database()
        tolerated = set()
        if is_newer:
            tolerated = {Cause.OTHER_CODE, Cause.GONE}
        elif self.has_been_ready:
            tolerated = {Cause.OTHER_CODE}
        refused: list[Difference] = [found for found in drift if found.cause not in tolerated]
        if refused:
            return FunctionsDiffer("; ".join(map(str, refused[:3])))
        self.has_been_ready = True
        self.database_is = ""
        if drift:
            self.database_is = "of a newer release" if is_newer else "changed by another version"
        return None

    @staticmethod
    def _ask_cache() -> None:
        value = secrets.token_hex(4)
        cache.set("readyz", value, 10)
        # Another process may have overwritten the value; only a missing value is a failure.
        if cache.get("readyz") is None:
            raise CacheForgets


_readiness = _Readiness()


def _healthz() -> HttpResponseBase:
    return JsonResponse({"status": "ok"})


def _readyz() -> HttpResponseBase:
    failing = _readiness.failures()
    if failing:
        body = {"status": "unavailable", "failing": failing}
        return mark_expected(JsonResponse(body, status=503))
    if _readiness.database_is:
        return JsonResponse({"status": "ok", "database": _readiness.database_is})
    return JsonResponse({"status": "ok"})


_PROBES = {"/healthz": _healthz, "/readyz": _readyz, "/metrics": metrics_response}


class ProbeMiddleware:
    """Answers the three probe paths, and passes every other request on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        _readiness.files = sql_functions.list_files()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        probe = _PROBES.get(request.path)
        if probe is None:
            return self.get_response(request)
        is_read = request.method in {"GET", "HEAD"}
        response = probe() if is_read else HttpResponseNotAllowed(["GET", "HEAD"])
        response["Cache-Control"] = "no-store"
        return response
