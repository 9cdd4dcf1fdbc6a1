"""One trace from tap to posting, through API and worker, to a collector that may be away."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.crash.processes import free_port
from tests.crash.test_one_id import _is_completed, _tap
from tests.crash.world import Customer, World


class Collector:
    """Takes spans as an OpenTelemetry collector does, and keeps them."""

    def __init__(self, port: int) -> None:
        self.spans: list[Any] = []
        self.sent = b""
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.take(body)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def take(self, body: bytes) -> None:
        """Keep the spans of one request."""
        self.sent += body
        sent = ExportTraceServiceRequest.FromString(body)
        for resource in sent.resource_spans:
            for scope in resource.scope_spans:
                self.spans += scope.spans

    def of_deposit(self, deposit: int) -> set[bytes]:
        """Return the traces that have a span about the deposit."""
        return {
            span.trace_id
            for span in self.spans
            for attribute in span.attributes
            if attribute.key == "deposit" and attribute.value.int_value == deposit
        }

    def names_of(self, trace_id: bytes) -> set[str]:
        """Return the names of a trace's spans."""
        return {span.name for span in self.spans if span.trace_id == trace_id}

    def close(self) -> None:
        """Take no more."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def port() -> int:
    """Return where the collector will be; nobody listens there yet."""
    return free_port()


@pytest.fixture(scope="module")
def traced(port: int) -> Iterator[World]:
    """Start everything, with traces."""
    endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}"}
    with ExitStack() as cleanup:
        yield World(cleanup, endpoint)


def test_one_trace_from_tap_to_posting(traced: World, port: int) -> None:
    traced.misbehave()
    customers = traced.sign_up(3)

    _taps_while_the_collector_is_away(traced, customers[0])
    collector = Collector(port)
    try:
        _is_one_trace(traced, collector, customers[1], "tap-called-back", "callback")
        traced.misbehave({"callback.lose": 1})
        _is_one_trace(traced, collector, customers[2], "tap-asked-about", "query")
        _tells_no_secret(traced, collector, customers)
    finally:
        collector.close()


def _taps_while_the_collector_is_away(world: World, customer: Customer) -> None:
    begun = time.monotonic()
    deposit = _tap(world, customer, "tap-without-a-collector")
    took_s = time.monotonic() - begun

    world.wait(lambda: _is_completed(world, deposit), "it is credited")
    # Waiting for a collector would take its 2 seconds on top.
    assert took_s < 10
    said = "traces: the collector does not take them"
    world.wait(lambda: said in world.api.log.read_text(), "it is said")


def _is_one_trace(
    world: World, collector: Collector, customer: Customer, tap: str, way: str
) -> None:
    deposit = _tap(world, customer, tap)
    world.wait(lambda: _is_completed(world, deposit), "it is credited")

    def has_all() -> bool:
        traces = collector.of_deposit(deposit)
        return any({"push", way} <= collector.names_of(trace_id) for trace_id in traces)

    world.wait(has_all, "all spans are sent")
    of_tap = [
        trace_id
        for trace_id in collector.of_deposit(deposit)
        if "push" in collector.names_of(trace_id)
    ]
    assert len(of_tap) == 1
    names = collector.names_of(of_tap[0])
    steps = {"push_start", "push", "daraja push", "push_accepted", way}
    assert steps | ({"daraja query", "deposit_settle_query"} if way == "query" else set()) <= names
    posted = [
        span
        for span in collector.spans
        if span.trace_id == of_tap[0]
        and span.name == way
        and any(each.key == "posted" and each.value.bool_value for each in span.attributes)
    ]
    assert len(posted) == 1


def _tells_no_secret(world: World, collector: Collector, customers: list[Customer]) -> None:
    sent = collector.sent.decode("latin-1")
    for customer in customers:
        assert customer.phone_number not in sent
        assert customer.phone_number[3:] not in sent
        assert customer.token not in sent
    # The callbacks' secret addresses, as the simulator was given them.
    tokens = [
        message["body"]["CallBackURL"].rstrip("/").rpartition("/")[2]
        for message in world.messages_of("push")
        if isinstance(message.get("body"), dict) and "CallBackURL" in message["body"]
    ]
    paths = [world.paid_prompt_of(customer) for customer in customers]
    tokens += [str(each["callback_url"]).rstrip("/").rpartition("/")[2] for each in paths if each]
    assert len(tokens) >= 3
    assert [token for token in tokens if token in sent] == []
    for word in ("/api/payments/callback/", "SELECT", "Bearer", world.environment["MPESA_PASSKEY"]):
        assert word not in sent
