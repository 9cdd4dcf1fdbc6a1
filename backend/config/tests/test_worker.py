"""The worker comes back when its work ends unexpectedly, and ends when it is told to."""

import asyncio
import os
import signal
from collections.abc import Iterator

import pytest

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
