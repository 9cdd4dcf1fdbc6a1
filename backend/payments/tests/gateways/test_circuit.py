"""When the circuit opens, which calls it lets through, and how it closes again."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.gateways.circuit import (
    MIN_CALLS,
    REST_S,
    TRY_RETRY_AFTER_S,
    WINDOW_S,
    CircuitBreaker,
    CircuitOpen,
)


class Down(Exception):
    """M-Pesa failed."""


class No(Exception):
    """M-Pesa answered with a no."""


class Clock:
    """A clock that stands still."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Circuit:
    """A circuit breaker with its clock, and the states that it reported."""

    def __init__(self) -> None:
        self.clock, self.told = Clock(), list[str]()
        self.breaker = CircuitBreaker(monotonic=self.clock, on_change=self.told.append)

    def run(self, error: Exception | None = None, times: int = 1) -> None:
        """Run calls that end so."""
        for _ in range(times):
            with suppress(Down, No), self.breaker.call(Down):
                if error is not None:
                    raise error

    def wait_s(self) -> float | None:
        """Say how long a call would be turned away; None: it passes, and succeeds."""
        try:
            self.run()
        except CircuitOpen as error:
            return error.retry_after_s
        return None

    def open(self) -> None:
        """Let it open."""
        self.run(Down(), MIN_CALLS)
        assert self.told == ["open"]


@pytest.fixture
def circuit() -> Circuit:
    return Circuit()


class TestOpening:
    def test_fewer_than_min_calls_do_not_open_the_circuit(self, circuit: Circuit) -> None:
        circuit.run(Down(), MIN_CALLS - 1)

        assert circuit.wait_s() is None

    def test_the_circuit_opens_when_more_than_half_of_the_calls_failed(
        self, circuit: Circuit
    ) -> None:
        circuit.run(times=9)
        circuit.run(Down(), 11)

        assert circuit.wait_s() == REST_S
        assert circuit.told == ["open"]

    def test_half_failed_is_not_enough(self, circuit: Circuit) -> None:
        circuit.run(times=10)
        circuit.run(Down(), 10)

        assert circuit.wait_s() is None

    def test_a_rejection_is_no_failure(self, circuit: Circuit) -> None:
        circuit.run(No(), 3 * MIN_CALLS)

        assert circuit.wait_s() is None

    def test_calls_that_ended_before_the_window_do_not_count(self, circuit: Circuit) -> None:
        circuit.run(Down(), MIN_CALLS - 1)
        circuit.clock.now += WINDOW_S

        circuit.run(Down(), MIN_CALLS - 1)
        assert circuit.told == []
        circuit.run(Down())

        assert circuit.told == ["open"]

    def test_the_error_itself_passes_through(self, circuit: Circuit) -> None:
        with pytest.raises(Down), circuit.breaker.call(Down):
            raise Down

    @given(st.lists(st.tuples(st.floats(0, 20), st.booleans()), max_size=80))
    def test_the_circuit_is_open_exactly_when_enough_calls_in_the_window_failed(
        self, calls: list[tuple[float, bool]]
    ) -> None:
        circuit, ended = Circuit(), list[tuple[float, bool]]()
        for pause_s, has_failed in calls:
            circuit.clock.now += pause_s
            circuit.run(Down() if has_failed else None)
            ended.append((circuit.clock.now, has_failed))
            seen = [failed for at, failed in ended if at > circuit.clock.now - WINDOW_S]
            is_open = len(seen) >= MIN_CALLS and sum(seen) > len(seen) / 2

            assert circuit.told == (["open"] if is_open else [])
            if is_open:
                break


class TestHalfOpen:
    def test_no_call_passes_while_the_circuit_is_open(self, circuit: Circuit) -> None:
        circuit.open()
        circuit.clock.now += REST_S - 0.5

        assert circuit.wait_s() == 0.5

    def test_a_success_closes_the_circuit_and_forgets_earlier_failures(
        self, circuit: Circuit
    ) -> None:
        circuit.open()
        circuit.clock.now += REST_S

        circuit.run()
        circuit.run(Down(), MIN_CALLS - 1)

        assert circuit.told == ["open", "closed"]

    def test_a_rejection_closes_the_circuit(self, circuit: Circuit) -> None:
        circuit.open()
        circuit.clock.now += REST_S

        circuit.run(No())

        assert circuit.told == ["open", "closed"]

    def test_a_failed_try_opens_the_circuit_again(self, circuit: Circuit) -> None:
        circuit.open()
        circuit.clock.now += REST_S

        circuit.run(Down())

        assert circuit.wait_s() == REST_S
        assert circuit.told == ["open"]

    def test_a_half_open_circuit_lets_one_call_through_at_a_time(self, circuit: Circuit) -> None:
        circuit.open()
        circuit.clock.now += REST_S

        with circuit.breaker.call(Down):
            assert circuit.wait_s() == TRY_RETRY_AFTER_S

        assert circuit.wait_s() is None

    def test_a_try_that_is_broken_off_counts_as_failed(self, circuit: Circuit) -> None:
        circuit.open()
        circuit.clock.now += REST_S

        with pytest.raises(KeyboardInterrupt), circuit.breaker.call(Down):
            raise KeyboardInterrupt

        assert circuit.wait_s() == REST_S

    @pytest.mark.parametrize("error", [None, Down()])
    def test_a_call_from_before_it_opened_decides_nothing(
        self, circuit: Circuit, error: Exception | None
    ) -> None:
        with suppress(Down), circuit.breaker.call(Down):
            circuit.open()
            circuit.clock.now += 1
            if error is not None:
                raise error

        assert circuit.wait_s() == REST_S - 1


def test_calls_that_hung_when_the_circuit_opened_do_not_open_it_again(circuit: Circuit) -> None:
    hung = [circuit.breaker.call(Down) for _ in range(MIN_CALLS)]
    for call in hung:
        call.__enter__()
    circuit.open()
    circuit.clock.now += REST_S
    circuit.run()

    for call in hung:
        with suppress(Down):
            call.__exit__(Down, Down(), None)

    assert circuit.told == ["open", "closed"]


def test_calls_are_not_made_to_wait_for_each_other(circuit: Circuit) -> None:
    together = threading.Barrier(8)

    def call() -> None:
        with circuit.breaker.call(Down):
            together.wait(10)

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda _: call(), range(8))) == [None] * 8
