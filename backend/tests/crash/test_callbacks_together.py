"""A process is stopped or killed while it commits several callbacks together."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg
import pytest

from tests.crash.ending import assert_equal_to_the_book, deposits_of
from tests.crash.world import Customer, World

_COUNT = 12
_EVENTS = """
SELECT count(*) FROM payments_callbackevent AS event
  JOIN payments_transaction AS txn ON txn.id = event.transaction_id
 WHERE txn.phone_number = ANY (%s) AND event.verdict = ANY (%s)
"""


@pytest.fixture
def reports(world: World) -> Iterator[tuple[list[Customer], list[tuple[str, dict[str, Any]]]]]:
    """Return customers who paid, and M-Pesa's reports of it, which have not been sent yet."""
    customers = world.sign_up(_COUNT)
    world.misbehave({"callback.lose": 1})
    # No status query is sent meanwhile.
    world.worker.kill()
    for round_nth in range(2):
        with ThreadPoolExecutor(_COUNT) as threads:
            for nth, customer in enumerate(customers):
                threads.submit(world.push, customer, 100 + nth, f"round {round_nth}")
        world.wait(lambda: all(map(world.paid_prompt_of, customers)), "everybody has paid")
        found = [world.report_of(customer) for customer in customers]
        if round_nth == 0:
            # Who has a wallet is settled with others; the first payment opens it.
            for report in found:
                assert _send(report) == 200
            time.sleep(2.1)
    yield customers, found
    world.worker.start()


def _send(report: tuple[str, dict[str, Any]]) -> int | None:
    """Send a report; None when the connection broke."""
    try:
        return httpx.post(report[0], json=report[1], timeout=30, trust_env=False).status_code
    except httpx.TransportError:
        return None


@contextmanager
def _held_ledger(world: World) -> Iterator[psycopg.Connection[Any]]:
    """Keep journal entries from being posted until the transaction ends."""
    with psycopg.connect(world.postgres.url) as other:
        other.execute("LOCK TABLE wallet_journalentry IN SHARE MODE")
        yield other
        other.rollback()


def _wait_until_stuck(world: World) -> None:
    sql = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    world.wait(lambda: world.postgres.rows(sql)[0][0] > 0, "a settlement waits for the ledger")
    time.sleep(0.3)


class TestStopped:
    def test_every_callback_that_was_taken_is_answered(self, world: World, reports: Any) -> None:
        customers, found = reports
        with ThreadPoolExecutor(_COUNT + 1) as threads:
            with _held_ledger(world):
                answers: list[Future[int | None]] = [threads.submit(_send, one) for one in found]
                _wait_until_stuck(world)
                stopping = threads.submit(world.api.stop)
                time.sleep(0.5)
            statuses = [answer.result() for answer in answers]
            assert stopping.result() == 0

        world.api.kill()
        world.api.start()
        world.wait_until_ready()
        phones = [customer.phone_number for customer in customers]
        stored = world.postgres.rows(_EVENTS, phones, ["applied"])[0][0]
        assert set(statuses) == {200}
        assert stored == 2 * _COUNT
        assert assert_equal_to_the_book(world, customers) == 0


class TestKilled:
    def test_no_report_was_answered_and_the_same_reports_credit_once(
        self, world: World, reports: Any
    ) -> None:
        customers, found = reports
        with ThreadPoolExecutor(_COUNT) as threads, _held_ledger(world):
            answers = [threads.submit(_send, one) for one in found]
            _wait_until_stuck(world)
            world.api.kill()
            assert {answer.result() for answer in answers} == {None}
        world.api.start()
        world.wait_until_ready()

        # M-Pesa would not send them again. Sent twice at once, they change nothing.
        with ThreadPoolExecutor(_COUNT) as threads:
            assert set(threads.map(_send, found * 2)) == {200}

        assert assert_equal_to_the_book(world, customers) == 0
        statuses = {deposit.status for deposit in deposits_of(world.postgres, customers).values()}
        assert statuses == {"COMPLETED"}
