"""Callbacks that are committed together: storms, overlaps, one that breaks, a lost connection."""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from payments import conf
from payments.models import CallbackEvent, SuspenseCase
from payments.services import CallbackOutcome, inbox
from payments.services.callbacks import hash_callback_token, stk_result
from payments.services.inbox import Arrival
from payments.tests.building import broken_table
from tests.races import support
from tests.races.support import (
    NOON,
    Prompt,
    kill_own_connection,
    run_together,
    send,
    success_body,
)
from tests.sql.calling import other_session
from users.models import User


@pytest.fixture(autouse=True)
def _no_daily_limit(settings: Settings) -> None:
    settings.DEPOSIT_DAILY_LIMIT = 10**9


@pytest.fixture
def sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return how many callbacks each common commit had."""
    seen: list[int] = []
    together = inbox._group._together

    def counted(arrivals: Any) -> Any:
        seen.append(len(arrivals))
        return together(arrivals)

    monkeypatch.setattr(inbox._group, "_together", counted)
    return seen


def open_prompts_of_many(count: int, amount: int = 100) -> list[tuple[Any, Prompt]]:
    """Return customers who deposited before, each with an open prompt."""
    found = []
    for _ in range(count):
        user = support.make_customer()
        first, prompt = support.open_prompts(user, [1, amount])
        send(first, success_body(first, support.make_receipt()))
        found.append((user, prompt))
    return found


def verdicts(results: list[Any]) -> Counter[str]:
    """Count what came of the callbacks."""
    return Counter(
        result.verdict if isinstance(result, CallbackOutcome) else repr(result)
        for result in results
    )


class TestStorms:
    def test_payments_of_many_customers_are_committed_together(self, sizes: list[int]) -> None:
        pairs = open_prompts_of_many(40)
        bodies = [success_body(prompt, support.make_receipt()) for _, prompt in pairs]

        found = run_together(
            [partial(send, prompt, body) for (_, prompt), body in zip(pairs, bodies, strict=True)]
        )

        assert verdicts(found) == {"applied": 40}
        assert sum(sizes) > 1
        assert CallbackEvent.objects.filter(verdict="applied").count() == 80
        support.assert_books_agree(wallets={user: 101 for user, _ in pairs})

    def test_many_payments_into_one_wallet_add_up(self, sizes: list[int]) -> None:
        user = support.make_customer()
        amounts = [100 + n for n in range(40)]
        prompts = support.open_prompts(user, amounts)
        send(prompts[0], success_body(prompts[0], support.make_receipt()))

        found = run_together(
            [partial(send, one, success_body(one, support.make_receipt())) for one in prompts[1:]]
        )

        assert verdicts(found) == {"applied": 39}
        assert sizes
        support.assert_books_agree(wallets={user: sum(amounts)})

    def test_duplicates_in_a_batch_credit_nothing(self) -> None:
        pairs = open_prompts_of_many(8)
        bodies = [success_body(prompt, support.make_receipt()) for _, prompt in pairs]
        calls = [
            partial(send, prompt, body) for (_, prompt), body in zip(pairs, bodies, strict=True)
        ]

        assert verdicts(run_together(calls * 5)) == {"applied": 8, "duplicate": 32}

        assert CallbackEvent.objects.count() == 8 + 40
        support.assert_books_agree(wallets={user: 101 for user, _ in pairs})

    def test_one_receipt_for_two_deposits_is_one_credit_and_one_case(self) -> None:
        for _ in range(4):
            pairs = open_prompts_of_many(6)
            shared = support.make_receipt()
            receipts = [shared, shared, *(support.make_receipt() for _ in range(4))]
            calls = [
                partial(send, prompt, success_body(prompt, receipt))
                for (_, prompt), receipt in zip(pairs, receipts, strict=True)
            ]

            assert verdicts(run_together(calls)) == {"applied": 5, "mismatched": 1}

            case = SuspenseCase.objects.get(mpesa_receipt_number=shared)
            assert (case.reason, case.amount) == ("receipt_used", None)
            assert sum(support.wallet_of(user) for user, _ in pairs) == 506


class TestWhatBreaks:
    def test_a_callback_that_fails_does_not_fail_the_others(self, sizes: list[int]) -> None:
        pairs = open_prompts_of_many(20)
        broken = pairs[7][1]
        calls = [
            partial(send, prompt, success_body(prompt, support.make_receipt()))
            for _, prompt in pairs
        ]

        with broken_table("payments_receipt", when=f"NEW.transaction_id = {broken.transaction_id}"):
            found = verdicts(run_together(calls))

        assert found == {"applied": 19, "received": 1}
        event = CallbackEvent.objects.get(verdict="received")
        assert (event.transaction_id, event.note) == (
            broken.transaction_id,
            "53100 broken by a test",
        )
        assert sum(support.wallet_of(user) for user, _ in pairs) == 20 + 19 * 100

    @pytest.mark.parametrize("sqlstate", ["40P01", "40001"])
    def test_a_deadlock_is_tried_once_more(self, sqlstate: str) -> None:
        pairs = open_prompts_of_many(10)
        arrivals = [arrival_of(prompt) for _, prompt in pairs]

        with broken_table("payments_receipt", sqlstate=sqlstate, times=1):
            outcomes = inbox._record_together(arrivals)

        assert [outcome and outcome.verdict for outcome in outcomes] == ["applied"] * 10
        support.assert_books_agree(wallets={user: 101 for user, _ in pairs})

    def test_a_connection_that_was_lost_is_replaced(self) -> None:
        pairs = open_prompts_of_many(10)
        arrivals = [arrival_of(prompt) for _, prompt in pairs]
        kill_own_connection()

        outcomes = inbox._record_together(arrivals)

        assert [outcome and outcome.verdict for outcome in outcomes] == ["applied"] * 10
        support.assert_books_agree(wallets={user: 101 for user, _ in pairs})

    def test_a_locked_wallet_holds_up_only_its_own_payments(self) -> None:
        pairs = open_prompts_of_many(12)
        held = pairs[3][0]
        calls = [
            partial(send, prompt, success_body(prompt, support.make_receipt()))
            for _, prompt in pairs
        ]

        with wallet_held(held, for_s=3):
            found = verdicts(run_together(calls))

        assert found == {"applied": 12}
        support.assert_books_agree(wallets={user: 101 for user, _ in pairs})


class TestOverlaps:
    def test_the_same_payments_in_many_processes_at_once_are_credited_once(self) -> None:
        """Each thread has a connection of its own, as another process would."""
        pairs = open_prompts_of_many(30)
        arrivals = [arrival_of(prompt) for _, prompt in pairs]
        shuffled = random.Random(7)
        orders = [shuffled.sample(arrivals, len(arrivals)) for _ in range(6)]
        together = [partial(inbox._record_together, order) for order in orders]
        alone = [partial(inbox._record_alone, arrival) for arrival in arrivals[:10]]

        found = run_together([*together, *alone])

        assert [result for result in found if isinstance(result, Exception)] == []
        outcomes = [one for many in found[:6] for one in many if one is not None] + found[6:]
        assert verdicts(outcomes)["applied"] == 30
        support.assert_books_agree(wallets={user: 101 for user, _ in pairs})

    def test_without_batches_each_callback_is_committed_separately(
        self, settings: Settings, sizes: list[int]
    ) -> None:
        settings.CALLBACK_BATCHES = False
        pairs = open_prompts_of_many(10)
        calls = [
            partial(send, prompt, success_body(prompt, support.make_receipt()))
            for _, prompt in pairs
        ]

        assert verdicts(run_together(calls)) == {"applied": 10}
        assert sizes == []


def arrival_of(prompt: Prompt) -> Arrival:
    """Return the payment of a prompt as the inbox takes it."""
    body = success_body(prompt, support.make_receipt())
    callback = conf.get_gateway().parse_callback(body)
    return Arrival(
        token_hash=hash_callback_token(prompt.token),
        source_address=None,
        headers="{}",
        raw_body=body,
        result=stk_result(callback),
        is_success=True,
        is_trusted_source=True,
        now=NOON,
    )


@contextmanager
def wallet_held(user: User, *, for_s: float) -> Iterator[None]:
    """Let another session hold a customer's wallet for a while."""
    with other_session() as other:
        other.execute("SELECT 1 FROM wallet_ledgeraccount WHERE user_id = %s FOR UPDATE", [user.pk])
        release = threading.Timer(for_s, other.rollback)
        release.start()
        yield
        release.join()
