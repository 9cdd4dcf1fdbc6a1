"""Traces of what happens to a deposit, sent where OTEL_EXPORTER_OTLP_ENDPOINT is set.

Without it nothing here does anything, and nothing of OpenTelemetry is imported: it takes 17 MB and
some tenths of a second. Spans are our own, so that they say only what we write: no address, no
statement, no header (decision 0071).
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

if TYPE_CHECKING:
    from common.trace_export import Traces

Value = str | int | bool | None


class Span(Protocol):
    """A span under way."""

    def note(self, **attributes: Value) -> None:
        """Add attributes; common.trace_export lists those it sends. None values are dropped."""

    def rename(self, name: str) -> None:
        """Give it another name."""


class _NoSpan:
    """A span that nobody records."""

    def note(self, **attributes: Value) -> None:
        """Do nothing."""

    def rename(self, name: str) -> None:
        """Do nothing."""


NO_SPAN: Span = _NoSpan()
_traces: "Traces | None" = None
#: Probes and Prometheus come every few seconds, and say nothing about a deposit.
_UNTRACED = frozenset({"/healthz", "/readyz", "/metrics"})
#: The functions of our own SQL files have an underscore in their name, and come first.
_FUNCTION = re.compile(r"\b([a-z]+_[a-z_]+)\(")


def start() -> None:
    """Send traces from now on, once per process; without an endpoint do nothing."""
    if settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        try:
            from common.trace_export import Traces
        except ModuleNotFoundError as error:
            message = "OTEL_EXPORTER_OTLP_ENDPOINT is set: install requirements-traces.txt"
            raise ImproperlyConfigured(message) from error
        use(Traces.to_collector(settings.OTEL_EXPORTER_OTLP_ENDPOINT))


def use(traces: "Traces | None") -> None:
    """Record into these traces from now on; None: into none."""
    global _traces
    _traces = traces


@contextmanager
def span(name: str, *, traceparent: str | None = None, **attributes: Value) -> Iterator[Span]:
    """Record what happens inside as a child of the span under way; without one, record nothing.

    `traceparent`: the stored context that is its parent instead ("": it begins a new trace).
    """
    if _traces is None:
        yield NO_SPAN
        return
    with _traces.span(name, traceparent) as live:
        live.note(**attributes)
        yield live


@contextmanager
def call_to_us(request: HttpRequest) -> Iterator[Span]:
    """Record a request; a caller's own trace context is ignored, since anybody may send one."""
    if _traces is None or request.path in _UNTRACED:
        yield NO_SPAN
        return
    with _traces.span("request", "", is_server=True) as live:
        yield live


@contextmanager
def statement(sql: str) -> Iterator[None]:
    """Record a call of one of our SQL functions by its name, without its parameters."""
    name = None if _traces is None else _function_in(sql)
    if name is None:
        yield
        return
    with span(name):
        yield


@lru_cache(maxsize=256)
def _function_in(sql: str) -> str | None:
    found = _FUNCTION.search(sql)
    return found[1] if found else None


def now_ns() -> int:
    """Return the time for `add_past`; 0 where nothing is recorded."""
    return 0 if _traces is None else _traces.now_ns()


def add_past(name: str, *, traceparent: str, began_ns: int, **attributes: Value) -> None:
    """Record what has just ended, as a part of a stored context that is known only now.

    It links to the span under way, which is of another trace.
    """
    if _traces is not None:
        _traces.add_past(name, traceparent, began_ns, attributes)


def current_traceparent() -> str:
    """Return the W3C context of the span under way, to be stored; "" without one."""
    return "" if _traces is None else _traces.current_traceparent()
