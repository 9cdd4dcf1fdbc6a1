"""Answers for probes: /healthz (this process), /readyz (what it needs), /metrics.

/readyz names `functions` when the database's SQL functions or guards are not those of this code.

They are answered before the Host is checked, before HTTPS is demanded and without a session,
because a probe inside the network speaks plain HTTP to an address. They say nothing secret.
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
    """The database's functions or guards are another code's."""


class CacheForgets(Exception):
    """The cache did not return what was stored a moment ago."""


#: How long an answer about the functions is good for, and one that names a difference.
_FUNCTIONS_HOLD_FOR_S, _DIFFERENCE_HOLDS_FOR_S = 10.0, 2.0


def _detail(error: Exception) -> str:
    """Return what may be logged: our own words, never a driver's, which may hold an address."""
    return str(error) if isinstance(error, FunctionsDiffer) else ""


class _Readiness:
    """Asks each part. That migrations are complete stays true for this process's code.

    The functions are looked at again after a while: somebody may replace one by hand.
    """

    def __init__(self) -> None:
        self.is_migrated = False
        #: Read once: a new version may be laid over the old one's files before it is started.
        self.files: list[SqlFile] | None = None
        self.functions_hold_until = 0.0
        self.difference: FunctionsDiffer | None = None
        self.has_been_ready = False
        self.database_is = ""

    def failures(self) -> list[str]:
        """Return the names of the parts that fail; further parts of a dead database are skipped."""
        return list(self._failures())

    def _failures(self) -> Iterator[str]:
        if not self._passes("database", self._ask_database):
            yield "database"
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
            DatabaseError, PoolTimeout, MigrationsMissing, FunctionsDiffer, RedisError, OSError,
            CacheForgets,
        ) as error:  # fmt: skip
            logger.warning("not ready: %s: %s %s", name, type(error).__name__, _detail(error))
            return False
        return True

    @staticmethod
    def _ask_database() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")

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
        """Refuse what was done by hand, and other code's functions before we were ever ready.

        A deployment migrates first: old processes go on beside the new functions, as each release
        promises (tests/upgrade), and would otherwise all be taken out before a new one is up.
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
        # Another process may have written in between; only losing it is a failure.
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
    """Answers the probes' three paths and hands on everything else."""

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
