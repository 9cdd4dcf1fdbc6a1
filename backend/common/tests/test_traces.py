"""Spans say what is listed and nothing else; without a collector nothing is imported or waits."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    SimpleSpanProcessor,
    SpanExporter,
    SpanExportResult,
)
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from common import trace_export, traces
from common.logs import RequestLogMiddleware
from common.trace_export import MaskingExporter, Traces

_SECRET = "0712345678"


@pytest.fixture
def kept() -> Iterator[InMemorySpanExporter]:
    """Record spans, and keep what would be sent."""
    exporter = InMemorySpanExporter()
    traces.use(Traces(SimpleSpanProcessor(MaskingExporter(exporter))))
    yield exporter
    traces.use(None)


class Refusing(SpanExporter):
    """A collector that is away: each batch takes its time, and fails."""

    def __init__(self, *, raises: bool = False) -> None:
        self.raises, self.asked = raises, 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Fail, in one way or the other."""
        self.asked += 1
        time.sleep(0.2)
        if self.raises:
            raise ConnectionError(_SECRET)
        return SpanExportResult.FAILURE


def by_name(kept: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    """Return the spans by their names."""
    return {span.name: span for span in kept.get_finished_spans()}


class TestOff:
    def test_nothing_of_opentelemetry_is_imported(self) -> None:
        program = (
            "import sys, django; django.setup();"
            " from common import traces; assert traces._traces is None;"
            " import config.urls, config.wsgi, operations.tasks;"
            # redis imports the part for metrics wherever it is installed; the image has none.
            " heavy = ('opentelemetry.sdk.trace', 'opentelemetry.exporter', 'google.protobuf',"
            " 'common.trace_export');"
            " sys.exit([name for name in sys.modules if name.startswith(heavy)] or 0)"
        )
        environment = {
            "DJANGO_SETTINGS_MODULE": "config.settings", "DEBUG": "True", "MPESA_DEBUG": "True",
            "DATABASE_URL": "postgresql://nobody@localhost/none", "PATH": "/usr/bin",
        }  # fmt: skip
        ended = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, check=False
        )
        assert ended.returncode == 0, ended.stderr.decode()

    def test_every_function_does_nothing(self) -> None:
        with traces.span("push", deposit=7) as live, traces.statement("SELECT push_start(1)"):
            live.note(deposit=8)
            live.rename("x")
            traces.add_past("callback", traceparent="", began_ns=traces.now_ns())

        assert live is traces.NO_SPAN
        assert traces.current_traceparent() == ""

    def test_without_an_endpoint_nothing_starts(self, settings: Any) -> None:
        settings.OTEL_EXPORTER_OTLP_ENDPOINT = None

        traces.start()

        assert traces._traces is None


class TestOn:
    def test_without_the_packages_the_start_is_refused(
        self, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.OTEL_EXPORTER_OTLP_ENDPOINT = "http://127.0.0.1:9"
        monkeypatch.setitem(sys.modules, "common.trace_export", None)

        with pytest.raises(ImproperlyConfigured, match=r"requirements-traces\.txt"):
            traces.start()

    def test_with_an_endpoint_spans_are_sent_there(
        self, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.OTEL_EXPORTER_OTLP_ENDPOINT = "http://127.0.0.1:9"
        asked: dict[str, Any] = {}

        class Exporter(InMemorySpanExporter):
            def __init__(self, **options: Any) -> None:
                super().__init__()
                asked.update(options)

        monkeypatch.setattr(trace_export, "OTLPSpanExporter", Exporter)
        monkeypatch.setattr("atexit.register", lambda function: None)
        try:
            traces.start()
            assert traces._traces is not None
        finally:
            traces.use(None)

        assert asked == {"endpoint": "http://127.0.0.1:9/v1/traces", "timeout": 2.0}

    def test_parts_stand_under_the_request(self, kept: InMemorySpanExporter) -> None:
        def answer(request: HttpRequest) -> HttpResponse:
            with traces.span("push", deposit=7), traces.statement("SELECT * FROM push_start(%s)"):
                return HttpResponse()

        RequestLogMiddleware(answer)(
            RequestFactory().post("/x", headers={"X-Request-ID": "tap-1", "traceparent": "00-1-1"})
        )

        spans = by_name(kept)
        assert set(spans) == {"POST unmatched", "push", "push_start"}
        request, push = spans["POST unmatched"], spans["push"]
        assert request.parent is None
        assert request.context is not None
        assert push.parent is not None
        assert request.context.span_id == push.parent.span_id
        assert request.attributes == {
            "route": "unmatched", "method": "POST", "status": 200, "request_id": "tap-1",
        }  # fmt: skip

    def test_outside_of_a_request_a_part_is_nothing(self, kept: InMemorySpanExporter) -> None:
        with traces.span("push"), traces.statement("SELECT deposit_escalate(1)"):
            pass
        with traces.statement("SELECT 1"):
            pass

        assert kept.get_finished_spans() == ()

    def test_probes_are_not_recorded(self, kept: InMemorySpanExporter, client: Client) -> None:
        client.get("/healthz")

        assert kept.get_finished_spans() == ()

    def test_a_stored_context_is_gone_on_with(self, kept: InMemorySpanExporter) -> None:
        with traces.span("request", traceparent=""):
            stored = traces.current_traceparent()
        with traces.span("query", traceparent=stored):
            pass
        with traces.span("request of the callback", traceparent=""):
            traces.add_past("callback", traceparent=stored, began_ns=traces.now_ns(), posted=True)

        spans = by_name(kept)
        ids = {name: span.context.trace_id for name, span in spans.items() if span.context}
        assert ids["request"] == ids["query"] == ids["callback"]
        (link,) = spans["callback"].links
        assert link.context.trace_id == ids["request of the callback"] != ids["callback"]

    @pytest.mark.parametrize("stored", ["", "nonsense", "00-0-0-00", "00-" + "0" * 32])
    def test_a_context_that_is_none_begins_a_trace(
        self, kept: InMemorySpanExporter, stored: str
    ) -> None:
        with traces.span("query", traceparent=stored):
            pass

        (span,) = kept.get_finished_spans()
        assert span.parent is None

    def test_an_error_is_named_by_its_type_only(self, kept: InMemorySpanExporter) -> None:
        with pytest.raises(ValueError, match="0712"), traces.span("push", traceparent=""):
            raise ValueError(_SECRET)

        (span,) = kept.get_finished_spans()
        assert span.attributes == {"error": "ValueError"}
        assert span.events == ()
        assert not span.status.is_ok
        assert span.status.description is None


class TestTold:
    def test_what_is_not_listed_is_dropped_and_the_rest_is_masked(
        self, kept: InMemorySpanExporter
    ) -> None:
        with traces.span(f"push {_SECRET}", traceparent="") as live:
            live.note(
                deposit=7, tap="0f712345-678", verdict=f"for {_SECRET}", phone=_SECRET,
                url="https://us/api/payments/callback/a-token/", claim=None,
            )  # fmt: skip
            live._recorded.add_event("said", {"deposit": _SECRET})  # type: ignore[attr-defined]

        (span,) = kept.get_finished_spans()
        assert span.name == "push 2547****5678"
        assert span.attributes == {
            "deposit": 7, "tap": "0f712345-678", "verdict": "for 2547****5678",
        }  # fmt: skip
        assert span.events == ()

    def test_the_resource_tells_no_host_user_or_command(self, kept: InMemorySpanExporter) -> None:
        with traces.span("push", traceparent=""):
            pass

        (span,) = kept.get_finished_spans()
        allowed = ("service.", "telemetry.sdk.", "deployment.environment")
        assert [name for name in span.resource.attributes if not name.startswith(allowed)] == []


class TestCollectorAway:
    @pytest.mark.parametrize("raises", [False, True])
    def test_nothing_waits_and_it_is_said_once(
        self, caplog: pytest.LogCaptureFixture, *, raises: bool
    ) -> None:
        away = Refusing(raises=raises)
        processor = BatchSpanProcessor(
            MaskingExporter(away), schedule_delay_millis=10, max_export_batch_size=20
        )
        traces.use(Traces(processor))
        begun = time.monotonic()
        try:
            for _ in range(100):
                with traces.span("push", traceparent=""):
                    pass
            took_s = time.monotonic() - begun
        finally:
            traces.use(None)
            processor.shutdown()  # type: ignore[no-untyped-call]

        assert took_s < 1
        assert away.asked >= 2
        said = [record.message for record in caplog.records if "collector" in record.message]
        assert len(said) == 1
        assert _SECRET not in caplog.text
