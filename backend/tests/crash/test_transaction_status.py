"""Real processes: M-Pesa is asked about a claimed receipt, and its answer finds the question
whatever became of the process that asked; a rejected initiator is not used again.
"""

import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import psycopg
import pytest

from tests.crash.processes import BACKEND, Program
from tests.crash.world import Customer, World

_CREDENTIAL = "Q" * 344
_ASK = (
    "from common import clock; from payments.services import ask_about_receipt;"
    "ask_about_receipt(receipt={receipt!r}, why='claim', now=clock.now())"
)


@pytest.fixture(scope="module")
def status_world() -> Iterator[World]:
    """Return a world with an initiator, whose payments by hand are reported to nobody."""
    settings = {
        "PAYBILL_ENABLED": "True",
        "PAYBILL_URL_SECRET": secrets.token_hex(32),
        "MPESA_INITIATOR_NAME": "testapiuser",
        "MPESA_SECURITY_CREDENTIAL": _CREDENTIAL,
    }
    with ExitStack() as cleanup:
        yield World(cleanup, settings)


def _manage(world: World, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=BACKEND,
        env=world.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def _balance(world: World, customer: Customer) -> str:
    headers = {"Authorization": f"Token {customer.token}"}
    answer = httpx.get(f"{world.api_url}/api/wallet/", headers=headers, trust_env=False)
    return str(answer.json()["balance"])


def _pay_by_hand(world: World, customer: Customer, amount: int) -> str:
    """Pay to an account number of no customer, which no report tells us; return the receipt."""
    # M-Pesa's times have no fractions: an account of the same second would be younger.
    time.sleep(1.1)
    paid = httpx.post(
        f"{world.simulator_url}/control/customers/{customer.phone_number}/pay",
        json={"amount": amount, "account_reference": "wallet"},
        trust_env=False,
    )
    assert paid.status_code == 200, paid.text
    (payment,) = world.payments_of([customer]).values()
    return str(payment["receipt"])


def _claim(world: World, customer: Customer, receipt: str) -> None:
    headers = {"Authorization": f"Token {customer.token}"}
    answer = httpx.post(
        f"{world.api_url}/api/payments/claims/",
        json={"text": receipt},
        headers=headers,
        trust_env=False,
    )
    assert answer.status_code == 202, answer.text


def _rows(world: World, sql: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(world.postgres.url) as connected:
        return list(connected.execute(sql))


def test_a_payment_that_nobody_told_us_of_is_credited_to_its_claimant(status_world: World) -> None:
    world = status_world
    customer, other = world.sign_up(2)
    receipt = _pay_by_hand(world, customer, 250)
    _claim(world, other, receipt)
    _claim(world, customer, receipt)

    status, written = _manage(world, "shell", "-c", _ASK.format(receipt=receipt))

    assert status == 0, written
    world.wait(lambda: _balance(world, customer) == "250.00", "the claimant is credited")
    assert _balance(world, other) == "0.00"
    assert _manage(world, "check_ledger")[0] == 0
    assert _rows(world, "SELECT state, verdict FROM payments_transactionquery") == [
        ("answered", "held")
    ]


def test_the_answer_finds_the_question_of_a_process_that_was_killed(status_world: World) -> None:
    world = status_world
    (customer,) = world.sign_up(1)
    receipt = _pay_by_hand(world, customer, 300)
    _claim(world, customer, receipt)
    world.misbehave({"status.delay": 1}, answer_delay_ms=5000)
    asker = Program(
        "asker", ["manage.py", "shell", "-c", _ASK.format(receipt=receipt)], world.environment
    )
    asker.start()
    try:
        stored = f"SELECT 1 FROM payments_transactionquery WHERE receipt = '{receipt}'"
        world.wait(lambda: bool(_rows(world, stored)), "the question is stored")
        time.sleep(1)  # M-Pesa has it by now, and acknowledges it in seconds
    finally:
        asker.remove()
    world.misbehave()

    world.wait(lambda: _balance(world, customer) == "300.00", "the claimant is credited")
    assert _manage(world, "check_ledger")[0] == 0


def test_a_wrong_credential_is_tried_once(status_world: World) -> None:
    world = status_world
    (customer,) = world.sign_up(1)
    receipt = _pay_by_hand(world, customer, 400)
    httpx.patch(
        f"{world.simulator_url}/control/settings",
        json={"security_credential": "another"},
        trust_env=False,
    ).raise_for_status()
    assert _manage(world, "shell", "-c", _ASK.format(receipt=receipt))[0] == 0
    world.wait(lambda: _manage(world, "initiator", "show")[0] == 1, "the initiator is stopped")

    status, written = _manage(world, "shell", "-c", _ASK.format(receipt=receipt))

    assert status != 0
    assert "NotAsked: stopped" in written
    asked = "SELECT count(*) FROM payments_transactionquery WHERE result_code = '2001'"
    assert _rows(world, asked) == [(1,)]
    assert _manage(world, "initiator", "resume")[0] == 0
