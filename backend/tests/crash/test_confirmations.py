"""Processes are stopped or killed while they settle payments by hand, which M-Pesa reports once."""

import contextlib
import itertools
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx
import psycopg
import pytest

from tests.crash.processes import run_once
from tests.crash.world import Customer, World

_COUNT = 8
#: Each payment has an amount of its own, and a receipt with it.
_amounts = itertools.count(100)
_BOOKED = """
SELECT customer.phone_number, account.balance
  FROM wallet_ledgeraccount AS account JOIN users_user AS customer ON customer.id = account.user_id
 WHERE customer.phone_number = ANY (%s)
"""
_STORED = """
SELECT count(DISTINCT receipt) FROM payments_confirmation
 WHERE receipt = ANY (%s) AND verdict = %s
"""
_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = %s"


@dataclass(frozen=True)
class HandPayment:
    """A payment by hand that M-Pesa took, and its confirmation."""

    customer: Customer
    receipt: str
    amount: int
    confirmation: dict[str, Any]


@pytest.fixture
def payments(world: World) -> list[HandPayment]:
    """Return payments that M-Pesa has not confirmed yet, each of another customer."""
    return [_pay(world, customer, next(_amounts)) for customer in world.sign_up(_COUNT)]


def _pay(world: World, customer: Customer, amount: int) -> HandPayment:
    receipt = f"CRASH{amount:05d}"
    body = {
        "TransactionType": "Pay Bill",
        "TransID": receipt,
        "TransAmount": f"{amount}.00",
        "BusinessShortCode": "174379",
        "BillRefNumber": world.account_number_of(customer),
        "MSISDN": "2547 ***** 126",
    }
    return HandPayment(customer, receipt, amount, body)


def _send(world: World, payment: HandPayment) -> int | None:
    """Send a confirmation as M-Pesa does; None when the connection broke."""
    try:
        answer = httpx.post(
            world.confirmation_url, json=payment.confirmation, timeout=30, trust_env=False
        )
    except httpx.TransportError:
        return None
    return answer.status_code


def _send_at_once(
    world: World, payments: list[HandPayment], threads: ThreadPoolExecutor
) -> "list[Future[int | None]]":
    return [threads.submit(_send, world, payment) for payment in payments]


@contextmanager
def _held_ledger(world: World) -> Iterator[None]:
    """Keep journal entries from being posted until the end."""
    with psycopg.connect(world.postgres.url) as other:
        other.execute("LOCK TABLE wallet_journalentry IN SHARE MODE")
        yield
        # Where PostgreSQL itself was killed, nothing is held any more.
        with contextlib.suppress(psycopg.OperationalError):
            other.rollback()


@contextmanager
def _held_commits(world: World) -> Iterator[None]:
    """Keep every transaction between its commit and the word to its client.

    A commit waits for a standby that does not exist. It is in the log by then: PostgreSQL finishes
    it at the end, also for a client that is gone.
    """
    with psycopg.connect(world.postgres.url, autocommit=True) as other:
        other.execute("SET synchronous_commit = local")
        other.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        other.execute("SELECT pg_reload_conf()")
        try:
            yield
        finally:
            other.execute("ALTER SYSTEM RESET synchronous_standby_names")
            other.execute("SELECT pg_reload_conf()")


def _wait_for(world: World, wait_event: str, count: int, what: str) -> None:
    world.wait(lambda: world.postgres.rows(_WAITING, wait_event)[0][0] >= count, what)


def _stored(world: World, payments: list[HandPayment], verdict: str) -> int:
    receipts = [payment.receipt for payment in payments]
    return int(world.postgres.rows(_STORED, receipts, verdict)[0][0])


def _restart(world: World) -> None:
    world.api.kill()
    world.api.start()
    world.wait_until_ready()


def _assert_each_is_credited_once(world: World, payments: list[HandPayment]) -> None:
    phones = [payment.customer.phone_number for payment in payments]
    balances = dict(world.postgres.rows(_BOOKED, phones))
    assert balances == {p.customer.phone_number: Decimal(p.amount) for p in payments}
    run_once(["manage.py", "check_ledger"], world.environment)


class TestStopped:
    def test_every_confirmation_that_was_taken_is_answered(
        self, world: World, payments: list[HandPayment]
    ) -> None:
        with ThreadPoolExecutor(_COUNT + 1) as threads:
            with _held_ledger(world):
                answers = _send_at_once(world, payments, threads)
                _wait_for(world, "relation", 1, "a settlement waits for the ledger")
                time.sleep(0.3)
                stopping = threads.submit(world.api.stop)
                time.sleep(0.5)
            statuses = {answer.result() for answer in answers}
            assert stopping.result() == 0

        _restart(world)
        assert statuses == {200}
        # One that waited for the ledger until its time was over is stored alone for the worker.
        world.wait(lambda: _stored(world, payments, "applied") == _COUNT, "all are credited")
        _assert_each_is_credited_once(world, payments)


class TestKilled:
    def test_before_it_is_stored_nothing_is_acknowledged(
        self, world: World, payments: list[HandPayment]
    ) -> None:
        with ThreadPoolExecutor(_COUNT) as threads, _held_ledger(world):
            answers = _send_at_once(world, payments, threads)
            _wait_for(world, "relation", 1, "a settlement waits for the ledger")
            time.sleep(0.3)
            world.api.kill()
            assert {answer.result() for answer in answers} == {None}
        _restart(world)

        # M-Pesa would not send them again. Sent twice at once, each credits once.
        with ThreadPoolExecutor(2 * _COUNT) as threads:
            again = _send_at_once(world, payments * 2, threads)
            assert {answer.result() for answer in again} == {200}

        _assert_each_is_credited_once(world, payments)

    def test_between_storing_and_answering_the_payment_is_credited_and_a_copy_changes_nothing(
        self, world: World, payments: list[HandPayment]
    ) -> None:
        with ThreadPoolExecutor(_COUNT) as threads, _held_commits(world):
            answers = _send_at_once(world, payments, threads)
            _wait_for(world, "SyncRep", _COUNT, "every confirmation is in PostgreSQL's log")
            world.api.kill()
            assert {answer.result() for answer in answers} == {None}
        _restart(world)

        world.wait(lambda: _stored(world, payments, "applied") == _COUNT, "all are committed")
        _assert_each_is_credited_once(world, payments)
        with ThreadPoolExecutor(_COUNT) as threads:
            again = _send_at_once(world, payments, threads)
            assert {answer.result() for answer in again} == {200}
        assert _stored(world, payments, "duplicate") == _COUNT
        _assert_each_is_credited_once(world, payments)

    def test_with_postgresql_killed_too_nothing_is_lost_that_was_acknowledged(
        self, world: World, payments: list[HandPayment]
    ) -> None:
        with ThreadPoolExecutor(_COUNT) as threads:
            with _held_ledger(world):
                answers = _send_at_once(world, payments, threads)
                _wait_for(world, "relation", 1, "a settlement waits for the ledger")
                world.postgres.kill()
                world.postgres.start()
            statuses = [answer.result() for answer in answers]
        world.wait_until_ready()

        # A confirmation is tried once more over another connection, else stored alone for the
        # worker, else not acknowledged.
        assert set(statuses) <= {200, 503}
        acknowledged = [p for p, status in zip(payments, statuses, strict=True) if status == 200]
        world.wait(
            lambda: _stored(world, acknowledged, "applied") == len(acknowledged),
            "what was acknowledged is credited",
        )
        with ThreadPoolExecutor(_COUNT) as threads:
            again = _send_at_once(world, payments, threads)
            assert {answer.result() for answer in again} == {200}
        _assert_each_is_credited_once(world, payments)
