"""Answers of Transaction Status beside themselves, and beside other reports of the payment."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from payments import services
from payments.models import Claim, InitiatorState, PaybillAccount, TransactionQuery
from payments.paybill import account_numbers
from payments.services.transaction_status import NotAsked, record_result, record_timeout
from payments.tests.daraja.test_transaction_status import failure_body
from tests.races import support
from tests.races.support import NOON, run_together, send, success_body
from users.models import User

_ROUNDS = 4
_CLAIMED = NOON + timedelta(seconds=1)
_NOW = NOON + timedelta(minutes=2)


@pytest.fixture(autouse=True)
def initiator(settings: Any) -> None:
    settings.MPESA_INITIATOR_NAME, settings.MPESA_DEBUG = "testapiuser", False


def make_payer() -> User:
    """Store a customer who was one long before NOON."""
    user = support.make_customer()
    User.objects.filter(pk=user.pk).update(created_at=NOON - timedelta(days=30))
    return user


def make_code(number: int) -> str:
    """Return a receipt of NOON's day without letters that customers take for digits."""
    return f"UE4TES22{number:02d}".replace("0", "X").replace("1", "Y")


def ask(code: str) -> str:
    """Ask about a receipt, and return the secret of the question."""
    services.ask_about_receipt(receipt=code, why="claim", now=_NOW)
    return support.gateway().transaction_queries[-1][1].split("/")[-3]


def answer(
    token: str, code: str, user: User, amount: int = 500, **changes: str
) -> Callable[[], Any]:
    """Return M-Pesa's answer that the customer paid at NOON."""
    parameters = {
        "DebitPartyName": f"{user.phone_number} - Wanjiku",
        "CreditPartyName": "174379 - Kibeezy",
        "TransactionStatus": "Completed",
        "FinalisedTime": "20260504120000",
        "Amount": f"{amount}.00",
        "ReceiptNo": code,
        **changes,
    }
    listed = [{"Key": name, "Value": value} for name, value in parameters.items()]
    result = {"ResultCode": 0, "ResultParameters": {"ResultParameter": listed}}
    body = json.dumps({"Result": result}).encode()
    return partial(record_result, token=token, body=body, source_address=None, now=_NOW)


def verdicts(results: list[Any]) -> Counter[str]:
    """Count the verdicts; an exception among the results fails the test."""
    assert not [result for result in results if isinstance(result, BaseException)], results
    return Counter(result.verdict for result in results if hasattr(result, "verdict"))


def confirm(code: str, number: str) -> Callable[[], Any]:
    body = f'{{"TransID":"{code}","TransAmount":"500.00","BillRefNumber":"{number}"}}'
    return partial(
        services.record_confirmation, body=body.encode(), headers={}, source_address=None, now=_NOW
    )


class TestOneAnswer:
    def test_twice_and_more_at_once_is_one_credit(self) -> None:
        wallets = {}
        for number in range(_ROUNDS):
            user, code = make_payer(), make_code(number)
            support.open_prompt(user, 500)
            services.make_claim(user=user, text=code, now=_CLAIMED)
            told = answer(ask(code), code, user)

            results = run_together([told] * 8)

            assert verdicts(results) == {"applied": 1, "duplicate": 7}
            wallets[user] = 500
        support.assert_books_agree(wallets=wallets)

    def test_beside_its_time_out_is_one_credit(self) -> None:
        wallets = {}
        for number in range(_ROUNDS):
            user, code = make_payer(), make_code(number)
            support.open_prompt(user, 500)
            services.make_claim(user=user, text=code, now=_CLAIMED)
            token = ask(code)
            late = partial(record_timeout, token=token, body=b"{}", source_address=None, now=_NOW)

            results = run_together([answer(token, code, user), late] * 3)

            assert verdicts(results) == {"applied": 1, "duplicate": 2}
            assert TransactionQuery.objects.get(receipt=code).state == "answered"
            InitiatorState.objects.update(paused_until=None)
            wallets[user] = 500
        support.assert_books_agree(wallets=wallets)


class TestOtherReports:
    def test_answer_callback_and_query_of_one_payment_are_one_credit(self) -> None:
        wallets = {}
        for number in range(_ROUNDS):
            user, code = make_payer(), make_code(number)
            prompt = support.open_prompt(user, 500)
            services.make_claim(user=user, text=code, now=_CLAIMED)
            told = answer(ask(code), code, user)
            callback = partial(send, prompt, success_body(prompt, code))

            results = run_together([
                *[told] * 3, *[callback] * 3,
                partial(services.reconcile_due_deposits, now=_NOW),
            ])  # fmt: skip

            assert not [found for found in results if isinstance(found, BaseException)], results
            wallets[user] = 500
        support.assert_books_agree(wallets=wallets)

    def test_answer_and_confirmation_of_one_payment_by_hand_are_one_credit(self) -> None:
        wallets = {}
        for round_number in range(_ROUNDS):
            user, code = make_payer(), make_code(round_number)
            number = account_numbers.draw()
            PaybillAccount.objects.create(user=user, number=number)
            services.make_claim(user=user, text=code, now=_CLAIMED)
            told = answer(ask(code), code, user)

            results = run_together([
                *[told] * 3, *[confirm(code, number)] * 3,
                partial(services.look_at_open_claims, now=_NOW),
            ])  # fmt: skip
            services.look_at_open_claims(now=_NOW + timedelta(hours=1))

            assert not [found for found in results if isinstance(found, BaseException)], results
            assert Claim.objects.get(user=user).status == "CREDITED"
            wallets[user] = 500
        support.assert_books_agree(wallets=wallets)

    def test_answer_and_callback_of_a_masked_payer_are_one_credit(self) -> None:
        wallets = {}
        for number in range(_ROUNDS):
            user, code = make_payer(), make_code(number)
            prompt = support.open_prompt(user, 500)
            told = answer(ask(code), code, user, DebitPartyName="2547****678 - W***")
            callback = partial(send, prompt, success_body(prompt, code))

            results = run_together([*[told] * 3, *[callback] * 3])

            assert not [found for found in results if isinstance(found, BaseException)], results
            wallets[user] = 500
        support.assert_books_agree(wallets=wallets)


class TestOneInitiator:
    def test_many_processes_ask_one_question_at_a_time(self) -> None:
        def ask_some(number: int) -> str:
            try:
                services.ask_about_receipt(receipt=make_code(number), why="claim", now=_NOW)
            except NotAsked as refused:
                return refused.reason
            return "asked"

        results = run_together([partial(ask_some, number) for number in range(12)])

        assert Counter(results) == {"asked": 1, "busy": 11}
        assert len(support.gateway().transaction_queries) == 1

    def test_two_workers_at_the_same_turn_ask_once(self) -> None:
        for number in range(_ROUNDS):
            code = make_code(number)
            services.make_claim(user=make_payer(), text=code, now=NOON)
            sent = len(support.gateway().transaction_queries)

            def ask_and_answer(code: str = code) -> Any:
                query = services.ask_next(now=_NOW)
                if query is not None:
                    # At once, so that the other workers find no question under way.
                    token = support.gateway().transaction_queries[-1][1].split("/")[-3]
                    record_result(
                        token=token, body=failure_body("SFC_IC0003"), source_address=None, now=_NOW
                    )
                return query

            results = run_together([ask_and_answer] * 8)

            assert not [found for found in results if isinstance(found, BaseException)], results
            assert [found.receipt for found in results if found is not None] == [code]
            assert len(support.gateway().transaction_queries) == sent + 1

    def test_a_case_is_asked_about_once_by_many_workers(self) -> None:
        code = make_code(0)
        confirm(code, "unknown")()
        later = _NOW + timedelta(minutes=10)

        results = run_together([partial(services.ask_next, now=later)] * 8)

        asked = [found for found in results if found is not None]
        assert not [found for found in asked if isinstance(found, BaseException)], results
        assert [(found.receipt, found.why) for found in asked] == [(code, "case")]
        assert len(support.gateway().transaction_queries) == 1
