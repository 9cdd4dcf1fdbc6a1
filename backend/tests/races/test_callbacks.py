"""Callbacks of one payment, of one wallet and of one receipt, all at the same moment."""

from collections import Counter
from functools import partial
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from payments import services
from payments.models import CallbackEvent, Receipt, SuspenseCase, Transaction
from payments.services import CallbackOutcome
from payments.services.housekeeping import replay_open_callbacks
from tests.races import support
from tests.races.support import NOON, Prompt, failure_body, run_together, send, success_body

_ROUNDS = 8


def _verdicts(results: list[Any]) -> Counter[str]:
    return Counter(
        result.verdict if isinstance(result, CallbackOutcome) else repr(result)
        for result in results
    )


class TestOnePayment:
    def test_fifty_equal_callbacks_are_one_credit(self) -> None:
        user = support.make_customer()
        prompt = support.open_prompt(user, 500)
        body = success_body(prompt, support.make_receipt())

        verdicts = _verdicts(run_together([partial(send, prompt, body)] * 50))

        assert verdicts == {"applied": 1, "duplicate": 49}
        support.assert_books_agree(wallets={user: 500})
        assert CallbackEvent.objects.count() == 50

    def test_success_beats_failure_in_either_order(self) -> None:
        for _ in range(_ROUNDS):
            prompt = support.open_prompt(support.make_customer(), 300)
            bodies = [success_body(prompt, support.make_receipt()), failure_body(prompt)] * 5

            verdicts = _verdicts(run_together([partial(send, prompt, body) for body in bodies]))

            assert verdicts["applied"] in {1, 2}  # 2: the failure came first
            assert support.status_of(prompt) == Transaction.Status.COMPLETED
        users = {txn.user: 300 for txn in Transaction.objects.select_related("user")}
        support.assert_books_agree(wallets=users)

    def test_replays_and_live_callbacks_are_one_credit(self) -> None:
        user = support.make_customer()
        prompt = support.open_prompt(user, 700)
        body = success_body(prompt, support.make_receipt())
        events = [_stored_alone(prompt, body) for _ in range(5)]

        replays = [partial(services.replay_callback, event, now=NOON) for event in events]
        passes = [partial(replay_open_callbacks, now=NOON)] * 4
        lives = [partial(send, prompt, body)] * 8
        results = run_together([*replays, *passes, *lives])

        assert [result for result in results if isinstance(result, Exception)] == []
        support.assert_books_agree(wallets={user: 700})
        assert not CallbackEvent.objects.filter(verdict="received").exists()


def _stored_alone(prompt: Prompt, body: bytes) -> CallbackEvent:
    """Return a callback as it is kept when settling broke."""
    return CallbackEvent.objects.create(
        transaction_id=prompt.transaction_id, has_token=True, raw_body=body
    )


class TestOneWallet:
    @pytest.fixture(autouse=True)
    def _no_daily_limit(self, settings: Settings) -> None:
        settings.DEPOSIT_DAILY_LIMIT = 10**9

    def test_fifty_deposits_add_up_exactly(self) -> None:
        user = support.make_customer()
        amounts = [100 + n for n in range(50)]
        prompts = support.open_prompts(user, amounts)
        bodies = [success_body(prompt, support.make_receipt()) for prompt in prompts]

        verdicts = _verdicts(
            run_together([partial(send, *pair) for pair in zip(prompts, bodies, strict=True)])
        )

        assert verdicts == {"applied": 50}
        support.assert_books_agree(wallets={user: sum(amounts)})


class TestOneReceipt:
    def test_one_receipt_for_two_deposits_is_one_credit_and_one_case(self) -> None:
        for _ in range(_ROUNDS):
            users = [support.make_customer(), support.make_customer()]
            prompts = [support.open_prompt(user, 400) for user in users]
            receipt = support.make_receipt()

            verdicts = _verdicts(
                run_together([partial(send, one, success_body(one, receipt)) for one in prompts])
            )

            assert verdicts == {"applied": 1, "mismatched": 1}
            assert sum(support.wallet_of(user) for user in users) == 400
            case = SuspenseCase.objects.get(mpesa_receipt_number=receipt)
            assert (case.reason, case.amount) == ("receipt_used", None)
            assert case.transaction_id != Receipt.objects.get(number=receipt).transaction_id
        wallets = {
            txn.user: 400 if txn.status == Transaction.Status.COMPLETED else 0
            for txn in Transaction.objects.select_related("user")
        }
        support.assert_books_agree(wallets=wallets)

    def test_wrong_and_right_amount_under_one_receipt_are_booked_once(self) -> None:
        for _ in range(_ROUNDS):
            user = support.make_customer()
            prompt, receipt = support.open_prompt(user, 400), support.make_receipt()
            bodies = [success_body(prompt, receipt), success_body(prompt, receipt, amount=900)]

            run_together([partial(send, prompt, body) for body in bodies * 3])

            held = SuspenseCase.objects.get(mpesa_receipt_number=receipt)
            if support.status_of(prompt) == Transaction.Status.COMPLETED:
                assert support.wallet_of(user) == 400
                assert held.amount is None
            else:
                assert support.wallet_of(user) == 0
                assert held.amount == 900
