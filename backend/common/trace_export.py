"""OpenTelemetry's side of common.traces: records spans, and sends what may be told of them.

Imported only where traces are sent.
"""

import atexit
import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Link, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from common.api import environment_name
from common.masking import mask_text
from common.release import RELEASE

logger = logging.getLogger(__name__)

#: The attributes of a span that are exported; any other may hold a secret, and is dropped.
_EXPORTED = frozenset({
    "call", "claim", "deposit", "error", "method", "outcome", "posted", "request_id",
    "result_code", "route", "status", "tap", "verdict",
})  # fmt: skip
#: Ids of requests: they are validated where they come in, and a part of one may look like a number.
_NOT_MASKED = frozenset({"request_id", "tap"})
#: Longer than a collector nearby needs. One that does not answer holds back only the thread that
#: sends, and at the end of the process at most four batches.
_SEND_LIMIT_S = 2.0
_MOST_WAITING = 2048
_BATCH = 512
_EVERY_MS = 2000
_SAID_AGAIN_AFTER_S = 60.0
_PROPAGATOR = TraceContextTextMapPropagator()


class Traces:
    """Records spans and hands them to a processor."""

    def __init__(self, processor: SpanProcessor) -> None:
        resource = Resource.create({
            "service.name": "kibeezy-poly",
            "service.version": RELEASE,
            "deployment.environment.name": environment_name(),
        })  # fmt: skip
        # It is not made the process's default: a library that has spans of its own adds none.
        provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        provider.add_span_processor(processor)
        self._tracer = provider.get_tracer("kibeezy-poly", RELEASE)

    @classmethod
    def to_collector(cls, endpoint: str) -> "Traces":
        """Send in the background; what the collector does not take is dropped."""
        # Its own lines would name the address, and come with each batch.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL + 1)
        exporter = OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces", timeout=_SEND_LIMIT_S)
        processor = BatchSpanProcessor(
            MaskingExporter(exporter),
            max_queue_size=_MOST_WAITING,
            max_export_batch_size=_BATCH,
            schedule_delay_millis=_EVERY_MS,
        )
        atexit.register(processor.shutdown)
        return cls(processor)

    @contextmanager
    def span(
        self, name: str, traceparent: str | None, *, is_server: bool = False
    ) -> Iterator["LiveSpan"]:
        """Record a span; see common.traces.span."""
        if traceparent is None and not trace.get_current_span().get_span_context().is_valid:
            yield LiveSpan(trace.INVALID_SPAN)
            return
        with self._tracer.start_as_current_span(
            name,
            context=None if traceparent is None else _context(traceparent),
            kind=SpanKind.SERVER if is_server else SpanKind.INTERNAL,
            record_exception=False,
            set_status_on_exception=False,
        ) as recorded:
            live = LiveSpan(recorded)
            try:
                yield live
            except BaseException as error:
                # Its text may quote anything.
                live.note(error=type(error).__name__)
                recorded.set_status(Status(StatusCode.ERROR))
                raise

    def add_past(
        self, name: str, traceparent: str, began_ns: int, attributes: Mapping[str, object]
    ) -> None:
        """Record a span that ends now; see common.traces.add_past."""
        under_way = trace.get_current_span().get_span_context()
        recorded = self._tracer.start_span(
            name,
            context=_context(traceparent),
            links=[Link(under_way)] if under_way.is_valid else [],
            start_time=began_ns,
        )
        LiveSpan(recorded).note(**attributes)
        recorded.end()

    def current_traceparent(self) -> str:
        """Return the context of the span under way; "" without one."""
        carrier: dict[str, str] = {}
        _PROPAGATOR.inject(carrier)
        return carrier.get("traceparent", "")

    def now_ns(self) -> int:
        """Return the time as spans have it."""
        return time.time_ns()


class LiveSpan:
    """A span under way; see common.traces.Span."""

    def __init__(self, recorded: trace.Span) -> None:
        self._recorded = recorded

    def note(self, **attributes: object) -> None:
        """Add attributes."""
        for name, value in attributes.items():
            if isinstance(value, str | int):
                self._recorded.set_attribute(name, value)

    def rename(self, name: str) -> None:
        """Give it another name."""
        self._recorded.update_name(name)


def _context(traceparent: str) -> Context:
    """Return a stored context; where it is none, one without a parent."""
    return _PROPAGATOR.extract({"traceparent": traceparent}, context=Context())


class MaskingExporter(SpanExporter):
    """Sends spans, masked, by another exporter; logs a failure at most once a minute."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._lock = threading.Lock()
        self._lost = 0
        self._said_at = -_SAID_AGAIN_AFTER_S

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send the spans; those that the collector does not take are dropped."""
        try:
            result = self._exporter.export([_masked(each) for each in spans])
        except Exception:  # noqa: BLE001  # an error of the export concerns no deposit
            result = SpanExportResult.FAILURE
        if result is not SpanExportResult.SUCCESS:
            self._say_lost(len(spans))
        return result

    def _say_lost(self, count: int) -> None:
        with self._lock:
            self._lost += count
            now = time.monotonic()
            if now - self._said_at < _SAID_AGAIN_AFTER_S:
                return
            self._said_at, lost, self._lost = now, self._lost, 0
        logger.warning("traces: the collector does not take them; %s spans were dropped", lost)

    def shutdown(self) -> None:
        """Close the other exporter."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Return True at once: this class keeps no spans back."""
        return True


def _masked(recorded: ReadableSpan) -> ReadableSpan:
    """Return a copy with the attributes of `_EXPORTED` only, masked; events are dropped."""
    attributes = {
        name: mask_text(value) if isinstance(value, str) and name not in _NOT_MASKED else value
        for name, value in (recorded.attributes or {}).items()
        if name in _EXPORTED
    }
    return ReadableSpan(
        name=mask_text(recorded.name),
        context=recorded.context,
        parent=recorded.parent,
        resource=recorded.resource,
        attributes=attributes,
        links=recorded.links,
        kind=recorded.kind,
        status=Status(recorded.status.status_code),
        start_time=recorded.start_time,
        end_time=recorded.end_time,
        instrumentation_scope=recorded.instrumentation_scope,
    )
