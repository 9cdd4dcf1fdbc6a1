"""The worker's status queries at the same time as callbacks, and as other workers'."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from common import clock
from payments import services
from payments.models import Receipt, Transaction
from payments.services.reconciliation import reconcile_deposit
from payments.tests.scripted_gateway import CANCELLED, PENDING
from tests.races import support
from tests.races.support import Prompt, run_together, send, success_body

_ROUNDS = 8


def _ask(prompt: Prompt) -> str:
    return reconcile_deposit(
        support.gateway(),
        transaction_id=prompt.transaction_id,
        checkout_request_id=prompt.checkout_request_id,
    )


class TestCallbackAgainstQuery:
    @pytest.mark.parametrize("is_callback_first", [True, False])
    def test_a_callback_and_a_query_at_once_are_one_credit_with_its_receipt(
        self, *, is_callback_first: bool
    ) -> None:
        wallets = {}
        for _ in range(_ROUNDS):
            user = support.make_customer()
            prompt, receipt = support.open_prompt(user, 250), support.make_receipt()
            callback = partial(send, prompt, success_body(prompt, receipt))
            actions: list[Callable[[], object]] = [callback, partial(_ask, prompt)] * 3

            run_together(actions if is_callback_first else actions[::-1])

            txn = Transaction.objects.get(pk=prompt.transaction_id)
            assert (txn.status, txn.mpesa_receipt_number) == ("COMPLETED", receipt)
            wallets[user] = 250
        support.assert_books_agree(wallets=wallets)
        assert Receipt.objects.count() == _ROUNDS

    def test_a_query_that_denies_never_undoes_the_payment(self) -> None:
        support.gateway().on_query = lambda _: CANCELLED
        wallets = {}
        for _ in range(_ROUNDS):
            user = support.make_customer()
            prompt = support.open_prompt(user, 250)
            callback = partial(send, prompt, success_body(prompt, support.make_receipt()))

            run_together([callback, partial(_ask, prompt)])

            assert support.status_of(prompt) == "COMPLETED"
            wallets[user] = 250
        support.assert_books_agree(wallets=wallets)

    def test_a_query_never_credits_a_payment_held_in_suspense(self) -> None:
        for _ in range(_ROUNDS):
            user = support.make_customer()
            prompt, receipt = support.open_prompt(user, 250), support.make_receipt()
            held = partial(send, prompt, success_body(prompt, receipt, amount=249))
            before = support.suspense_total()

            run_together([held, partial(_ask, prompt)])

            booked = support.wallet_of(user) + support.suspense_total() - before
            assert booked in {250, 249}  # whichever came first, and never both


class TestWorkersTogether:
    @pytest.mark.parametrize("workers", [2, 4])
    def test_each_deposit_is_asked_about_once(self, workers: int) -> None:
        users = [support.make_customer() for _ in range(3)]
        prompts = [support.open_prompt(user, 100) for user in users]
        later = clock.now()

        reports = run_together([partial(services.reconcile_due_deposits, now=later)] * workers)

        asked = [report.outcomes for report in reports if not isinstance(report, Exception)]
        assert len(asked) == workers
        assert sum(map(len, asked)) == 3
        assert Counter(support.gateway().queries) == {one.checkout_request_id: 1 for one in prompts}
        support.assert_books_agree(wallets=dict.fromkeys(users, 100))

    def test_many_rounds_never_ask_twice_within_a_wait(self) -> None:
        support.gateway().on_query = lambda _: PENDING
        prompts = [support.open_prompt(support.make_customer(), 100) for _ in range(30)]
        later = clock.now()

        for _ in range(12):
            run_together([partial(services.reconcile_due_deposits, now=later)] * 4)
            later += timedelta(milliseconds=100)

        assert Counter(support.gateway().queries) == {one.checkout_request_id: 1 for one in prompts}
