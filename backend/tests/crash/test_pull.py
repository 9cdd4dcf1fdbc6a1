"""Real processes: what callbacks and confirmations lost is found in M-Pesa's own list, also by a
pull after one that was killed half-way.
"""

import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import psycopg
import pytest

from tests.crash.processes import BACKEND, Program
from tests.crash.world import Customer, World

_PAYMENTS = 12


@pytest.fixture(scope="module")
def pull_world() -> Iterator[World]:
    """Return a world whose payments by hand are reported to nobody, and whose list is kept.

    Its worker does not pull: its hour may come during a test.
    """
    settings = {"PAYBILL_ENABLED": "True", "PAYBILL_URL_SECRET": secrets.token_hex(32)}
    with ExitStack() as cleanup:
        world = World(cleanup, settings)
        status, written = _pull(world, "--register")
        assert status == 0, written
        yield world


def _pulling(world: World) -> dict[str, str]:
    """Return the environment of a pull."""
    return {
        **world.environment,
        "PULL_ENABLED": "True",
        "PULL_NOMINATED_NUMBER": "254722000000",
    }


def _pull(world: World, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "manage.py", "pull", *arguments],
        cwd=BACKEND,
        env=_pulling(world),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def _get(world: World, customer: Customer, path: str) -> Any:
    headers = {"Authorization": f"Token {customer.token}"}
    return httpx.get(f"{world.api_url}/api{path}", headers=headers, trust_env=False).json()


def _balance(world: World, customer: Customer) -> str:
    return str(_get(world, customer, "/wallet/")["balance"])


def _pay_by_hand(world: World, customer: Customer, amount: int) -> None:
    number = _get(world, customer, "/payments/paybill/")["account_number"]
    paid = httpx.post(
        f"{world.simulator_url}/control/customers/{customer.phone_number}/pay",
        json={"amount": amount, "account_reference": number},
        trust_env=False,
    )
    assert paid.status_code == 200, paid.text


def _problems(world: World) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "manage.py", "check_ledger"],
        cwd=BACKEND, env=world.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


def _count(world: World, table: str) -> int:
    with psycopg.connect(world.postgres.url) as connected:
        row = connected.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0


def test_a_receipt_that_a_query_did_not_name_is_filled_in(pull_world: World) -> None:
    world = pull_world
    world.misbehave({"callback.lose": 1})
    (customer,) = world.sign_up(1)
    world.push(customer, 250, "first")
    world.wait(lambda: _balance(world, customer) == "250.00", "a query credited the deposit")
    world.misbehave()
    deposit = _get(world, customer, "/payments/transactions/")["results"][0]
    assert deposit["mpesa_receipt_number"] is None
    # M-Pesa's list ends before the second that is asked for.
    world.wait(lambda: "receipts filled        1" in _pull(world)[1], "its receipt is pulled")

    (paid,) = world.payments_of([customer]).values()
    deposit = _get(world, customer, "/payments/transactions/")["results"][0]
    assert deposit["mpesa_receipt_number"] == paid["receipt"]
    assert _balance(world, customer) == "250.00"
    assert _problems(world)[0] == 0


def test_one_that_is_killed_half_way_is_made_good_by_the_next(pull_world: World) -> None:
    world = pull_world
    (customer,) = world.sign_up(1)
    httpx.patch(
        f"{world.simulator_url}/control/settings", json={"pull_page_size": 1}, trust_env=False
    ).raise_for_status()
    for _ in range(_PAYMENTS):
        _pay_by_hand(world, customer, 100)
    world.misbehave({"pull.delay": 1}, answer_delay_ms=300)
    command = Program("pull", ["manage.py", "pull"], _pulling(world))
    command.start()
    try:
        world.wait(lambda: _balance(world, customer) != "0.00", "some payments are credited")
    finally:
        command.remove()
    at_its_death = float(_balance(world, customer))
    assert 0 < at_its_death < 100 * _PAYMENTS
    runs = _count(world, "payments_pullrun")
    world.misbehave()

    status, written = _pull(world)

    assert status == 0, written
    assert _balance(world, customer) == f"{100 * _PAYMENTS}.00"
    assert _count(world, "payments_pullrun") == runs + 1
    assert _problems(world)[0] == 0, _problems(world)[1]
