"""Real processes register the addresses for payments by hand; one is killed meanwhile."""

import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from tests.crash.processes import BACKEND, Program
from tests.crash.world import World

_AMOUNT = 250


@pytest.fixture(scope="module")
def paybill_world() -> Iterator[World]:
    """Return a world that takes payments by hand, with nothing registered."""
    settings = {"PAYBILL_ENABLED": "True", "PAYBILL_URL_SECRET": secrets.token_hex(32)}
    with ExitStack() as cleanup:
        yield World(cleanup, settings)


def _paybill(world: World, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "manage.py", "paybill", *arguments],
        cwd=BACKEND,
        env=world.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def _registration(world: World) -> Any:
    shortcodes = httpx.get(f"{world.simulator_url}/control/shortcodes", trust_env=False).json()
    return shortcodes["shortcodes"]["174379"]["registration"]


def _balance(world: World, headers: dict[str, str]) -> str:
    answer = httpx.get(f"{world.api_url}/api/wallet/", headers=headers, trust_env=False)
    return str(answer.json()["balance"])


def test_one_that_is_killed_before_the_answer_leaves_the_doubt_visible(
    paybill_world: World,
) -> None:
    world = paybill_world
    world.misbehave({"register.hang": 1})
    arguments = ["manage.py", "paybill", "register", "--confirm", "174379"]
    command = Program("paybill", arguments, {**world.environment, "MPESA_TIMEOUT_SECONDS": "60"})
    command.start()
    try:
        world.wait(lambda: _registration(world) is not None, "M-Pesa has registered them")
    finally:
        command.remove()
    world.misbehave()

    status, written = _paybill(world, "show")

    assert status == 1
    assert "may be registered" in written


def test_a_payment_by_hand_reaches_the_wallet(paybill_world: World) -> None:
    world = paybill_world
    status, written = _paybill(world, "register", "--confirm", "174379")
    assert status == 0, written
    # Our own API refused the unknown account number in time, and nothing redirected.
    assert "warning" not in written
    assert _paybill(world, "show")[0] == 0
    (customer,) = world.sign_up(1)
    headers = {"Authorization": f"Token {customer.token}"}
    details = httpx.get(f"{world.api_url}/api/payments/paybill/", headers=headers, trust_env=False)

    paid = httpx.post(
        f"{world.simulator_url}/control/customers/{customer.phone_number}/pay",
        json={"amount": _AMOUNT, "account_reference": details.json()["account_number"]},
        trust_env=False,
    )

    assert paid.status_code == 200, paid.text
    world.wait(lambda: _balance(world, headers) == f"{_AMOUNT}.00", "the wallet has it")
