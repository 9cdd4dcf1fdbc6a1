"""Prometheus metrics: requests and their duration, by route, never by path.

Each process has its own counts. With several (WEB_CONCURRENCY above 1) set
PROMETHEUS_MULTIPROC_DIR to an empty directory: /metrics then sums the counts of all processes.
"""

import os
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from common.logs import METHODS

REQUESTS = Counter("http_requests", "Requests answered.", ["method", "route", "status"])
DURATION = Histogram(
    "http_request_duration_seconds",
    "Time from the request's arrival to its answer.",
    ["method", "route"],
    # A callback takes milliseconds; a push waits for Daraja, up to MPESA_TIMEOUT_SECONDS.
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30),
)


#: Figures that no process has for itself, such as those of the database: read at each scrape.
_SHARED = CollectorRegistry()


def register(collector: Collector) -> None:
    """Add a collector that reads its figures at each scrape; called when an app is ready."""
    _SHARED.register(collector)


def _route(request: HttpRequest) -> str:
    """Return the route's name as the label: there are few, and paths would hold ids and secrets."""
    match = request.resolver_match
    return (match.view_name or match.route) if match else "unmatched"


def count_request(request: HttpRequest, response: HttpResponseBase, elapsed_s: float) -> None:
    """Count one request and its duration by its route."""
    method = request.method if request.method in METHODS else "OTHER"
    route = _route(request)
    DURATION.labels(method, route).observe(elapsed_s)
    REQUESTS.labels(method, route, response.status_code).inc()


class MetricsMiddleware:
    """Counts every request, except the probes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        response = self.get_response(request)
        count_request(request, response, time.perf_counter() - started)
        return response


def metrics_response() -> HttpResponse:
    """Return all metrics in Prometheus' text format."""
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    text = generate_latest(registry) + generate_latest(_SHARED)
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)
