"""The worker comes back when its work ends unexpectedly, and ends when it is told to."""

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from typing import Any
from urllib.request import urlopen

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import worker


@pytest.fixture(autouse=True)
def _handlers_as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(worker, "_REST_AFTER_FAILURE_S", 0)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


class _Work:
    """Ends quietly, then breaks, then works until it is stopped."""

    def __init__(self) -> None:
        self.runs = 0
        self.ended_properly = False

    async def __call__(self) -> None:
        self.runs += 1
        if self.runs == 1:
            return
        if self.runs == 2:
            raise ConnectionError("the database is away")
        os.kill(os.getpid(), signal.SIGTERM)
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            self.ended_properly = True
            raise


class TestRunUntilStopped:
    """`run_until_stopped`."""

    def test_work_that_ends_or_breaks_is_begun_again_until_a_signal(self) -> None:
        work = _Work()

        worker.run_until_stopped(work)

        assert work.runs == 3
        assert work.ended_properly


class TestServeMetrics:
    def _serve(self) -> None:
        worker._serve_metrics()

    def test_the_worker_answers_with_its_own_counts(self, settings: Any) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            settings.WORKER_METRICS_PORT = free.getsockname()[1]

        self._serve()

        address = f"http://127.0.0.1:{settings.WORKER_METRICS_PORT}/metrics"
        with urlopen(address, timeout=10) as answer:
            assert b"daraja_request_seconds" in answer.read()
        with pytest.raises(ImproperlyConfigured, match="WORKER_METRICS_PORT"):
            self._serve()

    def test_without_a_port_it_listens_on_nothing(
        self, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: Any, **__: Any) -> None:
            raise AssertionError

        monkeypatch.setattr("prometheus_client.start_http_server", fail)
        settings.WORKER_METRICS_PORT = 0

        self._serve()
