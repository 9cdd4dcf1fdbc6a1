"""The closed loop is bounded, and counts what came."""

import asyncio
from typing import Any

import pytest

from bench.load import loop
from bench.load.loop import ClosedLoop, percentile


def _answer(status: int) -> bytes:
    return b"HTTP/1.1 %d Any\r\nContent-Length: 2\r\n\r\n{}" % status


def _run(answer: bytes | None, **job: Any) -> dict[str, Any]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(int(head.lower().split(b"content-length:")[1].split()[0]))
                if answer is not None:
                    writer.write(answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()
            closed.release()

    # A server that never answers hears of the end only a moment later.
    closed = asyncio.Semaphore(0)

    async def run() -> dict[str, Any]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        whole = {
            "kind": "callback", "side": "product", "first": 1, "limit": 20, "connections": 4,
            "seconds": 5, "drain_s": 0, "run": "a", "port": port, **job,
        }  # fmt: skip
        found = await ClosedLoop(whole).run()
        for _ in range(whole["connections"]):
            await asyncio.wait_for(closed.acquire(), 10)
        server.close()
        return found

    return asyncio.run(run())


class TestClosedLoop:
    def test_stops_at_its_limit(self) -> None:
        found = _run(_answer(200))

        assert found["sent"] == found["ok"] == 20
        assert found["statuses"] == {"200": 20}
        assert 0 < found["p50_ms"] <= found["p99_ms"]

    def test_stops_at_its_time(self) -> None:
        found = _run(_answer(200), seconds=0.2, limit=10_000_000)

        assert found["seconds"] < 2

    def test_the_connections_start_one_by_one_within_the_spread(self) -> None:
        together = _run(_answer(200), limit=4)
        apart = _run(_answer(200), limit=4, spread_s=1)

        assert apart["seconds"] > 0.7 > together["seconds"]

    def test_a_rejection_is_no_good_answer_and_is_not_hammered(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(loop, "_BUSY_WAIT_S", 0.05)

        found = _run(_answer(503), seconds=0.12, limit=1000)

        assert found["ok"] == 0
        assert found["statuses"]["503"] <= 4 * 4

    def test_requests_that_are_never_answered_are_counted_and_left(self) -> None:
        found = _run(None, seconds=0.1, drain_s=0.1)

        assert found["statuses"] == {"unanswered": 4}


class TestPercentile:
    def test_takes_the_value_at_its_place(self) -> None:
        values = [float(number) for number in range(1, 101)]

        assert (percentile(values, 50), percentile(values, 99)) == (51.0, 100.0)

    def test_the_percentile_of_no_values_is_zero(self) -> None:
        assert percentile([], 50) == 0.0
