"""Answers for probes: /healthz (this process), /readyz (what it needs), /metrics.

They are answered before the Host is checked, before HTTPS is demanded and without a session,
because a probe inside the network speaks plain HTTP to an address. They say nothing secret.
"""

import logging
import secrets
from collections.abc import Callable, Iterator

from django.core.cache import cache
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed, JsonResponse
from psycopg_pool import PoolTimeout
from redis.exceptions import RedisError

from common.logs import mark_expected
from common.metrics import metrics_response

logger = logging.getLogger(__name__)


class MigrationsMissing(Exception):
    """The database lacks migrations that this code needs."""


class CacheForgets(Exception):
    """The cache did not return what was stored a moment ago."""


class _Readiness:
    """Asks each part. That migrations are complete stays true for this process's code."""

    def __init__(self) -> None:
        self.is_migrated = False

    def failures(self) -> list[str]:
        """Return the names of the parts that fail; further parts of a dead database are skipped."""
        return list(self._failures())

    def _failures(self) -> Iterator[str]:
        if not self._passes("database", self._ask_database):
            yield "database"
        elif not self._passes("migrations", self._ask_migrations):
            yield "migrations"
        if not self._passes("cache", self._ask_cache):
            yield "cache"

    @staticmethod
    def _passes(name: str, ask: Callable[[], None]) -> bool:
        try:
            ask()
        except (
            DatabaseError, PoolTimeout, MigrationsMissing, RedisError, OSError, CacheForgets,
        ) as error:  # fmt: skip
            logger.warning("not ready: %s: %s", name, type(error).__name__)
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
    return JsonResponse({"status": "ok"})


_PROBES = {"/healthz": _healthz, "/readyz": _readyz, "/metrics": metrics_response}


class ProbeMiddleware:
    """Answers the probes' three paths and hands on everything else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request."""
        probe = _PROBES.get(request.path)
        if probe is None:
            return self.get_response(request)
        is_read = request.method in {"GET", "HEAD"}
        response = probe() if is_read else HttpResponseNotAllowed(["GET", "HEAD"])
        response["Cache-Control"] = "no-store"
        return response
