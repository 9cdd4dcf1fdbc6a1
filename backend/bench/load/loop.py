"""A closed loop: each of `connections` sends its next request when the last one is answered."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from bench.load.connection import Client
from bench.load.requests import Build, builder

#: The wait after a 429 or 503, as a customer waits who is told "busy". Without it the loop would
#: flood the server.
_BUSY_WAIT_S = 1.0
_GOOD = {200, 201}


@dataclass
class Tally:
    """Counts of the requests and their answers; latencies in seconds, of good answers only."""

    statuses: Counter[str] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    sent: int = 0
    ended_at: float = 0.0

    def note(self, status: int, latency_s: float) -> None:
        """Count one answer."""
        self.statuses[str(status)] += 1
        self.ended_at = time.perf_counter()
        if status in _GOOD:
            self.latencies.append(latency_s)

    def as_json(self, started_at: float) -> dict[str, Any]:
        """Return the figures; `seconds` run from the first request to the last answer."""
        ordered = sorted(self.latencies)
        return {
            "sent": self.sent,
            "ok": len(ordered),
            "statuses": dict(self.statuses),
            "seconds": max(self.ended_at - started_at, 1e-6),
            "p50_ms": percentile(ordered, 50) * 1000,
            "p99_ms": percentile(ordered, 99) * 1000,
            "generator_cpu_s": time.process_time(),
        }


def percentile(ordered: list[float], percent: int) -> float:
    """Return a percentile of sorted values, 0.0 if there are none."""
    return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)] if ordered else 0.0


class ClosedLoop:
    """One job: `connections` send requests for `seconds`, at most `limit` of them together.

    They start within `spread_s`: otherwise, where each answer takes a second, all of them would
    send at the same moment, second after second. At the end it waits at most `drain_s` for answers
    that are still to come.
    """

    def __init__(self, job: dict[str, Any]) -> None:
        self._job = job
        self._build: Build = builder(job)
        self._limit = int(job["limit"])
        self._tally = Tally()
        self._deadline = 0.0
        # The connections start slightly apart: all at once they would measure the listen queue.
        spread_s = float(job.get("spread_s", 0)) / int(job["connections"])
        self._step_s = max(spread_s, 0.0005)

    async def run(self) -> dict[str, Any]:
        """Run the job and return its figures."""
        started_at = time.perf_counter()
        self._deadline = started_at + float(self._job["seconds"])
        loops = [
            asyncio.create_task(self._send(nth)) for nth in range(int(self._job["connections"]))
        ]
        most_s = float(self._job["seconds"]) + float(self._job.get("drain_s", 30))
        _, late = await asyncio.wait(loops, timeout=most_s)
        for loop in late:
            loop.cancel()
            self._tally.statuses["unanswered"] += 1
        return self._tally.as_json(started_at)

    async def _send(self, nth: int) -> None:
        await asyncio.sleep(nth * self._step_s)
        client = Client("127.0.0.1", int(self._job["port"]))
        try:
            # Each connection sends at least one request, even if the time is already over.
            await self._send_one(client)
            while time.perf_counter() < self._deadline and self._tally.sent < self._limit:
                await self._send_one(client)
        finally:
            client.close()

    async def _send_one(self, client: Client) -> None:
        request = self._build(self._tally.sent)
        self._tally.sent += 1
        began = time.perf_counter()
        try:
            answer = await client.send(request)
        except OSError:
            self._tally.statuses["lost"] += 1
            await asyncio.sleep(0.05)
            return
        self._tally.note(answer.status, time.perf_counter() - began)
        if answer.status in {429, 503}:
            await asyncio.sleep(_BUSY_WAIT_S)
