"""Two API processes on one real Redis: one count of requests, and one Daraja token."""

import itertools
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import psycopg
import pytest

from tests.crash.processes import Program, free_port, wait_until
from tests.crash.world import Customer, World
from tests.shared_cache.conftest import REDIS, answers

pytestmark = pytest.mark.skipif(REDIS is None, reason="redis-server is not installed")

_RATES = {
    "LOGIN_RATE_IP": "20/h",
    "SIGNUP_RATE_IP": "20/h",
    "PASSWORD_RATE_USER": "4/h",
    "CALLBACK_RATE_IP": "5/h",
    "STK_PUSH_RATE_USER": "5/h",
    "STK_PUSH_RATE_PHONE": "3/h",
    "STK_PUSH_RATE_IP": "8/h",
}
_places = itertools.count(1)
_numbers = itertools.count(1)
PUSH = "/payments/stk-push/"


@pytest.fixture(scope="module")
def world(cache_url: str) -> Iterator[World]:
    """The product with that cache, every rate on, and a proxy of ours in front."""
    settings = {
        "CACHE_URL": cache_url,
        "RATELIMIT_ENABLE": "True",
        "TRUSTED_PROXY_COUNT": "1",
        "WEB_CONCURRENCY": "2",
        **_RATES,
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
        wait_until(lambda: answers(ask), within_s=30, what="the second API answers")
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


class Sender:
    """Sends to two API processes in turn, from one place that keeps inventing others."""

    def __init__(self, world: World, second_api: str) -> None:
        self._world = world
        self._apis = itertools.cycle([world.api_url, second_api])
        self._address = f"41.90.1.{next(_places)}"
        self._inventions = itertools.count(1)

    def send(
        self, path: str, customer: Customer | None = None, body: object = None
    ) -> httpx.Response:
        """Send a body; an empty one is counted as every other is, and cheap to refuse."""
        # What stands left of our proxy's own entry is the sender's invention.
        headers = {"X-Forwarded-For": f"6.6.6.{next(self._inventions)}, {self._address}"}
        if customer is not None:
            headers["Authorization"] = f"Token {customer.token}"
        url = f"{next(self._apis)}/api{path}"
        return httpx.post(url, json=body or {}, headers=headers, timeout=30)

    def failed_log_ins(self, times: int, path: str) -> list[int]:
        """Send a wrong password for one number after the other, so that no number is locked."""
        numbers = (f"07900{next(_numbers):05d}" for _ in range(times))
        bodies = [{"phone_number": number, "password": "wrong"} for number in numbers]
        return [self.statuses(1, path, body=body)[0] for body in bodies]

    def statuses(
        self, times: int, path: str, customer: Customer | None = None, body: object = None
    ) -> list[int]:
        """Send several times; every 429 names its wait."""
        answers = [self.send(path, customer, body) for _ in range(times)]
        for answer in answers:
            if answer.status_code == 429:
                assert_named(answer)
        return [answer.status_code for answer in answers]

    def give_number(self, customer: Customer, phone_number: str) -> None:
        """Let an operator give the customer another number."""
        with psycopg.connect(self._world.postgres.url, autocommit=True) as database:
            database.execute(
                "UPDATE users_user SET phone_number = %s WHERE phone_number = %s",
                [phone_number, customer.phone_number],
            )


def assert_named(answer: httpx.Response) -> None:
    """Expect the envelope, and the wait in it and in the header."""
    body = answer.json()
    assert body["code"] == "rate_limited"
    assert {"error", "customer_message"} <= set(body)
    assert int(answer.headers["Retry-After"]) == body["retry_after"] > 0


@pytest.fixture
def sender(world: World, second_api: str) -> Sender:
    """A customer at a network address of their own."""
    return Sender(world, second_api)


def test_strangers_callbacks_are_counted_together(sender: Sender) -> None:
    body = {"Body": {"stkCallback": {"CheckoutRequestID": "ws_CO_not_ours", "ResultCode": 0}}}

    answers = [sender.send("/payments/callback/", body=body) for _ in range(10)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 5
    assert_named(answers[-1])


def test_log_ins_and_tokens_share_one_count(sender: Sender) -> None:
    first = sender.failed_log_ins(10, "/auth/login/")
    then = sender.failed_log_ins(12, "/auth/token/")

    assert first + then == [401] * 20 + [429] * 2


def test_sign_ups_are_counted_together(world: World, sender: Sender) -> None:
    taken = world.sign_up(1)[0]
    body = {
        "phone_number": taken.phone_number,
        "password": "a-good-passphrase",  # pragma: allowlist secret
        "full_name": "Asha Mwangi",
    }

    assert sender.statuses(22, "/auth/signup/", body=body) == [409] * 20 + [429] * 2


def test_pushes_of_all_accounts_to_one_phone_are_counted_together(
    world: World, sender: Sender
) -> None:
    first, second = world.sign_up(2)

    assert sender.statuses(4, PUSH, first) == [400] * 3 + [429]

    sender.give_number(first, "254111000001")
    sender.give_number(second, first.phone_number)
    assert sender.statuses(1, PUSH, second) == [429]
    assert sender.statuses(1, PUSH, first) == [400]


def test_pushes_of_one_customer_are_counted_together_whatever_the_number(
    world: World, sender: Sender
) -> None:
    [customer] = world.sign_up(1)
    assert sender.statuses(3, PUSH, customer) == [400] * 3

    sender.give_number(customer, "254111000002")

    assert sender.statuses(3, PUSH, customer) == [400] * 2 + [429]


def test_pushes_from_one_place_are_counted_together(world: World, sender: Sender) -> None:
    customers = world.sign_up(5)

    statuses = [code for customer in customers for code in sender.statuses(2, PUSH, customer)]

    assert statuses == [400] * 8 + [429] * 2


def test_tries_of_a_password_are_counted_together(world: World, sender: Sender) -> None:
    [customer] = world.sign_up(1)

    statuses = sender.statuses(5, "/limits/self-exclusion/", customer)

    assert statuses == [400] * 4 + [429]
