"""Two API processes on one real Redis: one count of requests, and one Daraja token."""

import itertools
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest
import redis

from tests.crash.processes import Program, free_port, wait_until
from tests.crash.world import World

_REDIS = shutil.which("redis-server")

pytestmark = pytest.mark.skipif(_REDIS is None, reason="redis-server is not installed")


def _answers(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except (httpx.TransportError, redis.ConnectionError):
        return False
    return True


@pytest.fixture(scope="module")
def cache_url() -> Iterator[str]:
    """Start a Redis that keeps nothing on disk."""
    port = free_port()
    command = [
        _REDIS or "",
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        "no",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    client = redis.Redis(port=port)
    wait_until(lambda: _answers(client.ping), within_s=10, what="Redis answers")
    yield f"redis://127.0.0.1:{port}/0"
    client.close()
    process.terminate()
    process.wait(timeout=10)


@pytest.fixture(scope="module")
def world(cache_url: str) -> Iterator[World]:
    """The product with that cache, and every rate on."""
    settings = {
        "CACHE_URL": cache_url,
        "RATELIMIT_ENABLE": "True",
        "LOGIN_RATE_IP": "100/h",
        "SIGNUP_RATE_IP": "100/h",
        "CALLBACK_RATE_IP": "5/h",
        "STK_PUSH_RATE_USER": "100/m",
        "STK_PUSH_RATE_IP": "100/m",
        "WEB_CONCURRENCY": "2",
    }
    with ExitStack() as cleanup:
        yield World(cleanup, settings)


@pytest.fixture(scope="module")
def second_api(world: World) -> Iterator[str]:
    """One more API, as another machine would run it."""
    port = free_port()
    program = Program(
        "second-api", ["-m", "config.server"], {**world.environment, "PORT": str(port)}
    )
    url = f"http://127.0.0.1:{port}"
    program.start()
    try:
        ask = lambda: httpx.get(f"{url}/readyz").raise_for_status()  # noqa: E731
        wait_until(lambda: _answers(ask), within_s=30, what="the second API answers")
        yield url
    finally:
        program.remove()


def test_a_token_of_daraja_serves_all_processes(world: World, second_api: str) -> None:
    customers = world.sign_up(6)

    for customer, url in zip(customers, itertools.cycle([world.api_url, second_api])):
        answer = httpx.post(
            f"{url}/api/payments/stk-push/",
            json={"amount": 10},
            headers={"Authorization": f"Token {customer.token}"},
            timeout=30,
        )
        assert answer.status_code == 200, answer.text

    assert len(world.messages_of("oauth")) == 1


def test_strangers_callbacks_are_counted_together(world: World, second_api: str) -> None:
    body = {"Body": {"stkCallback": {"CheckoutRequestID": "ws_CO_not_ours", "ResultCode": 0}}}

    statuses = [
        httpx.post(f"{url}/api/payments/callback/", json=body, timeout=30).status_code
        for url in [world.api_url, second_api] * 5
    ]

    assert statuses == [200] * 5 + [429] * 5
