"""Processes are killed during deposits; afterwards our books must equal the simulator's."""

import time
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx

from tests.crash.ending import assert_equal_to_the_book, deposits_of
from tests.crash.world import Customer, World

_ENVELOPE = {"error", "customer_message", "code"}


def _answers(pushes: Iterable["Future[httpx.Response | None]"]) -> list[httpx.Response]:
    answers = [push.result() for push in pushes]
    return [answer for answer in answers if answer is not None]


class TestApiKilled:
    def test_the_api_starts_without_a_warning(self, world: World) -> None:
        written = world.api.log.read_text()

        assert "System check identified no issues" in written
        assert "WARNING" not in written.split("{", 1)[0]

    def test_pushes_on_their_way_are_neither_lost_nor_repeated(self, world: World) -> None:
        customers = world.sign_up(6)
        # M-Pesa acts at once and answers late; the customers pay when the API is back.
        world.misbehave({"push.delay": 1}, answer_delay_ms=2500, delay_ms=6000)
        with ThreadPoolExecutor(len(customers)) as threads:
            pushes = world.push_at_once(customers, threads)
            world.wait(lambda: _all_prompted(world, customers), "every phone shows its prompt")
            world.api.kill()
            assert _answers(pushes) == []
        world.api.start()
        world.wait_until_ready()

        again = [world.push(customer, 100 + n, "first") for n, customer in enumerate(customers)]

        assert [_code(answer) for answer in again] == ["idempotency_in_progress"] * 6
        assert assert_equal_to_the_book(world, customers) == 0
        replayed = world.push(customers[0], 100, "first")
        assert replayed is not None
        assert replayed.status_code in {202, 409}
        assert [world.prompts_of(customer) for customer in customers] == [1] * 6
        assert _statuses(world, customers) == ["COMPLETED"] * 6

    def test_lost_answers_are_credited_by_their_callbacks(self, world: World) -> None:
        customers = world.sign_up(4)
        world.misbehave({"push.drop_answer": 1})

        with ThreadPoolExecutor(len(customers)) as threads:
            answers = _answers(world.push_at_once(customers, threads))

        assert [answer.status_code for answer in answers] == [202] * 4
        assert assert_equal_to_the_book(world, customers) == 0
        assert _statuses(world, customers) == ["COMPLETED"] * 4

    def test_a_payment_that_was_never_reported_stays_pending(self, world: World) -> None:
        customers = world.sign_up(3)
        # Paid and reported while the API is down: answer and callback are lost for good.
        world.misbehave({"push.delay": 1}, answer_delay_ms=3000, delay_ms=700)
        with ThreadPoolExecutor(len(customers)) as threads:
            pushes = world.push_at_once(customers, threads)
            world.wait(lambda: _all_prompted(world, customers), "every phone shows its prompt")
            world.api.kill()
            assert _answers(pushes) == []
        world.wait_until_quiet()
        world.api.start()
        world.wait_until_ready()

        unknowable = assert_equal_to_the_book(world, customers)

        assert unknowable == _statuses(world, customers).count("PENDING") > 0

    def test_a_killed_server_process_is_replaced_automatically(self, world: World) -> None:
        customers = world.sign_up(2)
        world.api.kill_children()
        world.wait_until_ready()

        with ThreadPoolExecutor(len(customers)) as threads:
            answers = _answers(world.push_at_once(customers, threads))

        assert [answer.status_code for answer in answers] == [200] * 2
        assert assert_equal_to_the_book(world, customers) == 0


class TestPostgresKilled:
    def test_a_restart_costs_no_request_and_no_shilling(self, world: World) -> None:
        customers = world.sign_up(6)

        tries, killed_at = _push_through_outage(world, customers, outage_s=1, for_s=7)

        refused = [one for one in tries if one.status not in (200, 202, 409)]
        # A statement that was running is lost, and it is said so; a later request waits.
        assert [one for one in refused if one.began_at > killed_at] == []
        assert {one.status for one in refused} <= {503}
        assert {one.status_again for one in refused} <= {200, 202, 409}
        assert assert_equal_to_the_book(world, customers) == 0
        assert "COMPLETED" in _statuses(world, customers)

    def test_an_outage_is_reported_and_recovers_automatically(self, world: World) -> None:
        customers = world.sign_up(3)

        # Longer than anybody waits for a connection.
        tries, _ = _push_through_outage(world, customers, outage_s=11, for_s=14)

        refused = [one for one in tries if one.status >= 500]
        assert refused
        assert {one.status for one in refused} == {503}
        assert all(one.answer.json().keys() >= _ENVELOPE for one in refused)
        assert world.api.is_running
        assert world.worker.is_running
        assert_equal_to_the_book(world, customers)


@dataclass(frozen=True)
class _Try:
    """A push; where it was answered 503, also what the same key brought right after."""

    began_at: float
    answer: httpx.Response
    status_again: int | None = None

    @property
    def status(self) -> int:
        return self.answer.status_code


def _push_through_outage(
    world: World, customers: list[Customer], *, outage_s: float, for_s: float
) -> tuple[list[_Try], float]:
    """Kill PostgreSQL under impatient customers, and start it again; return the tries, and when."""
    with ThreadPoolExecutor(len(customers)) as threads:
        flows = [threads.submit(_keep_pushing, world, one, for_s) for one in customers]
        time.sleep(1.5)
        world.postgres.kill()
        killed_at = time.monotonic()
        time.sleep(outage_s)
        world.postgres.start()
        assert world.wait_until_ready() < 10
        return [one for flow in flows for one in flow.result()], killed_at


def _keep_pushing(world: World, customer: Customer, for_s: float) -> list[_Try]:
    """Ask again and again, as an impatient customer does."""
    until, tries, n = time.monotonic() + for_s, list[_Try](), 0
    while time.monotonic() < until:
        n += 1
        tries.append(_try(world, customer, 100 + n, f"flow {n}"))
        time.sleep(0.3)
    return tries


def _try(world: World, customer: Customer, amount: int, key: str) -> _Try:
    began_at = time.monotonic()
    answer, again = world.push(customer, amount, key), None
    assert answer is not None, "the API did not answer"
    if answer.status_code >= 500:
        again = world.push(customer, amount, key)
        assert again is not None, "the API did not answer"
    return _Try(began_at, answer, None if again is None else again.status_code)


class TestWorkerKilled:
    def test_told_to_stop_it_ends_cleanly(self, world: World) -> None:
        # A process that is still being loaded ends by the signal itself.
        world.wait(lambda: _is_listening(world), "the worker waits for jobs")

        assert world.worker.stop() == 0

        world.worker.kill()
        world.worker.start()

    def test_deposits_that_the_killed_worker_had_claimed_are_queried_again(
        self, world: World
    ) -> None:
        customers = world.sign_up(5)
        # No callback comes, and the answers to queries come late enough to die in between.
        world.misbehave({"callback.lose": 1, "query.delay": 1}, answer_delay_ms=1500)
        with ThreadPoolExecutor(len(customers)) as threads:
            answers = _answers(world.push_at_once(customers, threads))
        assert [answer.status_code for answer in answers] == [200] * 5
        world.wait(lambda: _is_any_claimed(world, customers), "the worker asks")
        world.worker.kill()
        assert "COMPLETED" not in _statuses(world, customers)

        world.worker.start()

        assert assert_equal_to_the_book(world, customers) == 0
        assert _statuses(world, customers) == ["COMPLETED"] * 5


def _is_listening(world: World) -> bool:
    sql = "SELECT 1 FROM pg_stat_activity WHERE query ILIKE 'listen %%'"
    return bool(world.postgres.rows(sql))


def _all_prompted(world: World, customers: list[Customer]) -> bool:
    return all(world.prompts_of(customer) for customer in customers)


def _is_any_claimed(world: World, customers: list[Customer]) -> bool:
    phones = [customer.phone_number for customer in customers]
    sql = "SELECT 1 FROM payments_transaction WHERE query_count > 0 AND phone_number = ANY(%s)"
    return bool(world.postgres.rows(sql, phones))


def _statuses(world: World, customers: list[Customer]) -> list[str]:
    return [deposit.status for deposit in deposits_of(world.postgres, customers).values()]


def _code(answer: httpx.Response | None) -> Any:
    return None if answer is None else answer.json().get("code")
