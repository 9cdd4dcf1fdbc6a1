"""Pushes at once: one key, one phone, one day's limit."""

import threading
from collections import Counter
from functools import partial
from typing import Any

from django.db import connection
from pytest_django.fixtures import Settings

from common.errors import DomainError
from payments import services
from payments.models import IdempotencyKey, Transaction
from payments.services import PushOutcome
from tests.races import support
from tests.races.support import NOON, run_together
from users.models import User


def _push(user: User, amount: int = 100, key: str | None = None) -> PushOutcome:
    return services.initiate_deposit(user=user, amount=amount, idempotency_key=key, now=NOON)


def _split(
    results: list[Any],
) -> tuple[list[PushOutcome], list[DomainError]]:
    """Return outcomes and errors; anything else is a defect."""
    rejected = [result for result in results if isinstance(result, DomainError)]
    outcomes = [result for result in results if isinstance(result, PushOutcome)]
    assert len(rejected) + len(outcomes) == len(results), results
    return outcomes, rejected


class TestOneKey:
    def test_twenty_equal_keys_are_one_prompt(self) -> None:
        user = support.make_customer()

        outcomes, rejected = _split(run_together([partial(_push, user, key="k")] * 20))

        assert len(support.gateway().pushes) == 1
        txn = Transaction.objects.get()
        assert {outcome.transaction_id for outcome in outcomes} == {txn.pk}
        assert {outcome.checkout_request_id for outcome in outcomes} == {txn.checkout_request_id}
        assert [outcome.is_replay for outcome in outcomes].count(False) == 1
        assert {error.code for error in rejected} <= {"idempotency_in_progress"}
        assert IdempotencyKey.objects.count() == 1

    def test_another_body_under_the_key_never_prompts(self) -> None:
        user = support.make_customer()
        amounts = [100, 200] * 10

        outcomes, rejected = _split(
            run_together([partial(_push, user, amount, "k") for amount in amounts])
        )

        assert len(support.gateway().pushes) == 1
        assert len({outcome.transaction_id for outcome in outcomes}) == 1
        codes = Counter(error.code for error in rejected)
        assert codes["idempotency_key_reused"] == 10
        assert set(codes) <= {"idempotency_key_reused", "idempotency_in_progress"}

    def test_a_dead_claim_is_taken_over_by_one_request(self) -> None:
        user = support.make_customer()
        _die_before_the_deposit(user, key="k")
        later = NOON.replace(hour=10)
        again = partial(
            services.initiate_deposit, user=user, amount=100, idempotency_key="k", now=later
        )

        outcomes, rejected = _split(run_together([again] * 20))

        assert len(support.gateway().pushes) == 1
        assert {outcome.transaction_id for outcome in outcomes} == {Transaction.objects.get().pk}
        assert {error.code for error in rejected} <= {"idempotency_in_progress"}


def _die_before_the_deposit(user: User, key: str) -> None:
    """Leave what a process leaves that is killed while a provider is asked, before the deposit."""
    claim = services.idempotency.new_claim(key, {"amount": 100})
    assert claim is not None
    services.idempotency.claim_key(claim, user_id=user.pk, now=NOON)
    connection.close()


class TestOnePhone:
    def test_twenty_pushes_are_one_prompt(self) -> None:
        user = support.make_customer()

        outcomes, rejected = _split(run_together([partial(_push, user)] * 20))

        assert len(outcomes) == len(support.gateway().pushes) == 1
        txn = Transaction.objects.get()
        assert {error.code for error in rejected} == {"deposit_in_progress"}
        assert {error.transaction_id for error in rejected} == {txn.pk}

    def test_keys_of_refused_pushes_stay_free(self) -> None:
        user = support.make_customer()
        keys = [f"key {n}" for n in range(20)]

        outcomes, rejected = _split(run_together([partial(_push, user, key=key) for key in keys]))

        assert len(outcomes) == 1
        assert {error.code for error in rejected} == {"deposit_in_progress"}
        assert IdempotencyKey.objects.count() == 1


class TestOneDay:
    def test_the_daily_limit_is_never_passed(self, settings: Settings) -> None:
        settings.DEPOSIT_DAILY_LIMIT = 1000
        # No prompt is ever open: it does not stand in the way.
        settings.PROMPT_OPEN_SECONDS = 0
        customer = support.make_customer()

        outcomes, rejected = _split(run_together([partial(_push, customer)] * 20))

        assert len(outcomes) == len(support.gateway().pushes) == 10
        assert {error.code for error in rejected} == {"limit_exceeded"}
        assert sum(txn.amount for txn in Transaction.objects.all()) == 1000


class TestManyAtOnce:
    def test_a_hundred_wait_for_m_pesa_and_hold_no_connection(self) -> None:
        customers = [support.make_customer() for _ in range(100)]
        together = threading.Barrier(len(customers))
        held: list[Any] = []

        def wait_for_all() -> None:
            together.wait(timeout=60)
            held.append(connection.connection)

        support.gateway().meanwhile = wait_for_all

        outcomes, rejected = _split(run_together([partial(_push, user) for user in customers]))

        assert (len(outcomes), rejected) == (100, [])
        assert held == [None] * 100
        assert {outcome.checkout_request_id for outcome in outcomes} == set(
            Transaction.objects.values_list("checkout_request_id", flat=True)
        )
