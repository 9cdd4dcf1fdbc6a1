"""Spike arrest on queries."""

from collections.abc import Callable

from daraja_simulator.throttle import Throttle

from .harness import SimulatorClient, make_settings
from .test_world import FrozenClock


def test_window_moves() -> None:
    clock = FrozenClock()
    throttle = Throttle(make_settings(queries_per_minute=2), clock)

    admitted = [throttle.admits() for _ in range(3)]
    clock.advance(60)

    assert admitted == [True, True, False]
    assert throttle.admits()


def test_off_unless_set() -> None:
    throttle = Throttle(make_settings(), FrozenClock())

    assert all(throttle.admits() for _ in range(100))


def test_on_the_wire(start: Callable[..., SimulatorClient]) -> None:
    client = start(queries_per_minute=1)
    checkout = client.push_id()

    assert client.query(checkout).status_code == 200
    answer = client.query(checkout)

    assert answer.status_code == 500
    assert answer.json()["errorMessage"] == "Error Occurred: Spike Arrest Violation"
