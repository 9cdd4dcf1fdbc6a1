"""Payments by hand beside a reversal, and beside the prompts of the same wallet."""

import json
from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from payments.models import PaybillAccount, Transaction
from payments.paybill import account_numbers
from payments.services import paybill, reverse_credit
from payments.services.paybill import ConfirmationOutcome
from tests.races import support
from tests.races.support import NOON, run_together, send, success_body
from users.models import User


@pytest.fixture(autouse=True)
def _taken(settings: Settings) -> None:
    settings.PAYBILL_ENABLED, settings.PAYBILL_URL_SECRET = True, "s" * 32


def _customer_with_number() -> tuple[User, str]:
    user, number = support.make_customer(), account_numbers.draw()
    PaybillAccount.objects.create(user=user, number=number)
    return user, number


def _confirm(account: str, receipt: str, amount: int = 500) -> ConfirmationOutcome:
    told = {"TransID": receipt, "TransAmount": f"{amount}.00", "BillRefNumber": account}
    return paybill.record_confirmation(
        body=json.dumps(told).encode(),
        headers={},
        source_address=None,
        now=NOON + timedelta(seconds=4),
    )


def _errors(results: list[Any]) -> list[Any]:
    return [result for result in results if isinstance(result, Exception)]


def _reference(prompt: support.Prompt) -> str:
    return str(Transaction.objects.get(pk=prompt.transaction_id).account_reference)


class TestReversal:
    def test_a_reversal_while_confirmations_come_again_takes_it_back_once(self) -> None:
        user, number = _customer_with_number()
        operator, receipt = support.make_customer(), support.make_receipt()
        _confirm(number, receipt)
        entry = Transaction.objects.get().credit_entry
        assert entry is not None
        take_back = partial(
            reverse_credit, entry=entry, operator=operator, reason="M-Pesa did", now=NOON
        )

        again = [partial(_confirm, number, receipt)] * 5
        results = run_together([*again, take_back, take_back, take_back])

        assert Counter(type(result).__name__ for result in results) == {
            "ConfirmationOutcome": 5, "Reversal": 1, "AlreadyReversed": 2,
        }  # fmt: skip
        support.assert_books_agree(wallets={user: 0})


class TestOneWallet:
    def test_prompts_and_payments_by_hand_of_one_customer_meet(self, settings: Settings) -> None:
        settings.DEPOSIT_DAILY_LIMIT = 10**9
        user, number = _customer_with_number()
        prompts = support.open_prompts(user, [100] * 8)

        calls: list[Any] = []
        for prompt in prompts:
            receipt = support.make_receipt()
            calls += [
                partial(send, prompt, success_body(prompt, receipt)),
                partial(_confirm, _reference(prompt), receipt, 100),
                partial(_confirm, number, support.make_receipt(), 10),
            ]
        results = run_together(calls)

        assert _errors(results) == []
        support.assert_books_agree(wallets={user: 8 * 110})
