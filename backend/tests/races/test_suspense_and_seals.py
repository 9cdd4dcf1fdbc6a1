"""A suspense case decided twice at once; the ledger sealed while deposits are credited."""

import threading
from collections import Counter
from functools import partial

from django.db import connection
from pytest_django.fixtures import Settings

from payments import services
from payments.models import SuspenseCase, Transaction
from payments.services.suspense import CaseAlreadyResolved
from tests.races import support
from tests.races.support import NOON, Prompt, run_together, send, success_body
from users.models import User
from wallet.audit import seal_ledger
from wallet.models import JournalEntry, LedgerSeal


def _hold_in_suspense(user: User, amount: int, paid: int) -> tuple[Prompt, SuspenseCase]:
    prompt = support.open_prompt(user, amount)
    send(prompt, success_body(prompt, support.make_receipt(), amount=paid))
    return prompt, SuspenseCase.objects.get(transaction_id=prompt.transaction_id)


class TestResolution:
    def test_ten_decisions_are_one_payment(self) -> None:
        user, operator = support.make_customer(), support.make_customer()
        _, case = _hold_in_suspense(user, amount=500, paid=50)
        decide = partial(
            services.resolve_suspense_case,
            case=case, user=user, operator=operator, reason="seen on the statement", now=NOON,
        )  # fmt: skip

        results = run_together([decide] * 10)

        assert Counter(map(type, results)) == {CaseAlreadyResolved: 9, type(None): 1}
        support.assert_books_agree(wallets={user: 50})

    def test_two_operators_cannot_give_a_payment_to_two_customers(self) -> None:
        users = [support.make_customer(), support.make_customer()]
        _, case = _hold_in_suspense(users[0], amount=500, paid=50)

        run_together(
            [
                partial(
                    services.resolve_suspense_case,
                    case=case,
                    user=user,
                    operator=support.make_customer(),
                    reason="seen",
                    now=NOON,
                )
                for user in users * 4
            ]
        )

        paid = {user: int(support.wallet_of(user)) for user in users}
        assert sorted(paid.values()) == [0, 50]
        support.assert_books_agree(wallets=paid)

    def test_resolving_while_the_right_payment_arrives_books_both_once(self) -> None:
        wallets, operator = {}, support.make_customer()
        for _ in range(6):
            user = support.make_customer()
            prompt, case = _hold_in_suspense(user, amount=500, paid=50)
            decide = partial(
                services.resolve_suspense_case,
                case=case, user=user, operator=operator, reason="seen", now=NOON,
            )  # fmt: skip
            pay = partial(send, prompt, success_body(prompt, support.make_receipt()))

            results = run_together([decide, pay, pay])

            assert [result for result in results if isinstance(result, Exception)] == []
            assert support.status_of(prompt) == Transaction.Status.COMPLETED
            wallets[user] = 550
        support.assert_books_agree(wallets=wallets)


class TestSealing:
    def test_no_entry_is_left_out_of_the_chain(self, settings: Settings) -> None:
        settings.DEPOSIT_DAILY_LIMIT = 10**9
        user = support.make_customer()
        prompts = support.open_prompts(user, [10] * 60)
        bodies = [success_body(prompt, support.make_receipt()) for prompt in prompts]
        posted = threading.Event()

        def post(turn: int) -> None:
            for prompt, body in list(zip(prompts, bodies, strict=True))[turn::12]:
                send(prompt, body)

        def seal() -> None:
            while not posted.is_set():
                seal_ledger(now=NOON, limit=7)

        sealers = [threading.Thread(target=_with_own_connection, args=(seal,)) for _ in range(2)]
        for sealer in sealers:
            sealer.start()
        try:
            results = run_together([partial(post, turn) for turn in range(12)])
        finally:
            posted.set()
            for sealer in sealers:
                sealer.join()
        while seal_ledger(now=NOON):
            pass

        assert [result for result in results if result is not None] == []
        sealed = [entry for seal in LedgerSeal.objects.all() for entry in seal.entry_ids]
        assert sorted(sealed) == sorted(JournalEntry.objects.values_list("id", flat=True))
        assert LedgerSeal.objects.count() > 1
        support.assert_books_agree(wallets={user: 600})


def _with_own_connection(action: partial[None]) -> None:
    try:
        action()
    finally:
        connection.close()
