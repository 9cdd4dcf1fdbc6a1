"""Payments by hand at the same moment as themselves, as callbacks, queries and decisions."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from common.db import call_function
from payments import services
from payments.models import (
    Confirmation,
    PaybillAccount,
    PaybillPayment,
    Receipt,
    SuspenseCase,
    Transaction,
)
from payments.paybill import account_numbers
from payments.services import paybill
from payments.services.housekeeping import replay_open_callbacks
from payments.services.paybill import ConfirmationOutcome
from payments.services.reconciliation import reconcile_deposit
from payments.services.suspense import CaseAlreadyResolved
from tests.races import support
from tests.races.support import NOON, Prompt, kill_own_connection, run_together, send, success_body
from tests.sql.calling import approve
from users.models import User

_ROUNDS = 8
_LATER = NOON + timedelta(seconds=10)


@pytest.fixture(autouse=True)
def _by_hand(settings: Settings) -> None:
    settings.PAYBILL_ENABLED = True
    settings.DEPOSIT_DAILY_LIMIT = 10**9


def number_of(user: User) -> str:
    """Return the customer's account number."""
    return paybill.find_details(user, now=NOON).account_number


def reference_of(prompt: Prompt) -> str:
    """Return what a payer may type to pay this deposit."""
    return str(Transaction.objects.get(pk=prompt.transaction_id).account_reference)


def confirmation_body(typed: str | None, receipt: str, amount: int = 500) -> bytes:
    """Write M-Pesa's report of a payment to what was typed as account number."""
    body = {
        "TransactionType": "Pay Bill",
        "TransID": receipt,
        "TransTime": "20260504120005",
        "TransAmount": f"{amount}.00",
        "BusinessShortCode": "174379",
        "BillRefNumber": typed,
        "MSISDN": "2547 ***** 126",
        "FirstName": "JOHN",
    }
    return json.dumps(body).encode()


def confirm(body: bytes) -> ConfirmationOutcome:
    """Let a confirmation arrive."""
    return services.record_confirmation(body=body, headers={}, source_address=None, now=_LATER)


def verdicts(results: list[Any]) -> Counter[str]:
    """Count what became of confirmations; an exception stands for itself."""
    return Counter(
        result.verdict if isinstance(result, ConfirmationOutcome) else repr(result)
        for result in results
    )


def assert_no_errors(results: list[Any]) -> None:
    """Check that nothing was raised."""
    assert [result for result in results if isinstance(result, Exception)] == []


class TestOnePayment:
    def test_the_same_confirmation_ten_times_at_once_is_one_credit(self) -> None:
        wallets = {}
        for _ in range(_ROUNDS):
            user = support.make_customer()
            body = confirmation_body(number_of(user), support.make_receipt())

            results = run_together([partial(confirm, body)] * 10)

            assert verdicts(results) == {"applied": 1, "duplicate": 9}
            wallets[user] = 500
        support.assert_books_agree(wallets=wallets)
        assert Confirmation.objects.count() == 10 * _ROUNDS
        assert PaybillPayment.objects.count() == Transaction.objects.count() == _ROUNDS

    def test_the_same_payment_without_an_owner_ten_times_at_once_is_one_case(self) -> None:
        for nth in range(1, _ROUNDS + 1):
            body = confirmation_body("rent", support.make_receipt())

            results = run_together([partial(confirm, body)] * 10)

            assert verdicts(results) == {"held": 1, "duplicate": 9}
            assert SuspenseCase.objects.count() == nth
        support.assert_books_agree(in_suspense=500 * _ROUNDS, wallets={})

    def test_one_receipt_for_two_customers_is_one_credit(self) -> None:
        wallets: dict[User, int] = {}
        for _ in range(_ROUNDS):
            users = [support.make_customer(), support.make_customer()]
            receipt = support.make_receipt()
            bodies = [confirmation_body(number_of(user), receipt) for user in users]

            results = run_together([partial(confirm, body) for body in bodies * 3])

            assert verdicts(results) == {"applied": 1, "duplicate": 5}
            paid = {user: int(support.wallet_of(user)) for user in users}
            assert sorted(paid.values()) == [0, 500]
            wallets |= paid
        support.assert_books_agree(wallets=wallets)

    def test_replays_and_live_confirmations_are_one_credit(self) -> None:
        user = support.make_customer()
        body = confirmation_body(number_of(user), support.make_receipt())
        # As they are kept when settling broke.
        kept = [Confirmation.objects.create(raw_body=body) for _ in range(5)]

        results = run_together(
            [
                *[partial(services.replay_confirmation, one, now=_LATER) for one in kept],
                *[partial(replay_open_callbacks, now=_LATER)] * 4,
                *[partial(confirm, body)] * 8,
            ]
        )

        assert_no_errors(results)
        support.assert_books_agree(wallets={user: 500})
        assert not Confirmation.objects.filter(verdict="received").exists()

    def test_a_lost_connection_stores_and_credits_once(self) -> None:
        user = support.make_customer()
        body = confirmation_body(number_of(user), support.make_receipt())
        kill_own_connection()

        assert confirm(body).verdict == "applied"

        assert Confirmation.objects.get().verdict == "applied"
        support.assert_books_agree(wallets={user: 500})


class TestBesideTheCallback:
    @pytest.mark.parametrize("is_callback_first", [True, False])
    def test_both_tell_of_one_payment_and_it_is_credited_once(
        self, *, is_callback_first: bool
    ) -> None:
        wallets = {}
        for _ in range(_ROUNDS):
            user = support.make_customer()
            prompt, receipt = support.open_prompt(user, 500), support.make_receipt()
            callback = partial(send, prompt, success_body(prompt, receipt))
            told = partial(confirm, confirmation_body(reference_of(prompt), receipt))
            actions: list[Callable[[], Any]] = [callback, told] * 3

            results = run_together(actions if is_callback_first else actions[::-1])

            assert_no_errors(results)
            assert Counter(result.verdict for result in results) == {"applied": 1, "duplicate": 5}
            txn = Transaction.objects.get(pk=prompt.transaction_id)
            assert (txn.status, txn.mpesa_receipt_number) == ("COMPLETED", receipt)
            wallets[user] = 500
        support.assert_books_agree(wallets=wallets)
        assert Receipt.objects.count() == Transaction.objects.count() == _ROUNDS

    @pytest.mark.parametrize("is_callback_first", [True, False])
    def test_a_confirmation_that_names_no_deposit_waits_for_the_callback(
        self, *, is_callback_first: bool
    ) -> None:
        wallets = {}
        for _ in range(_ROUNDS):
            user = support.make_customer()
            prompt, receipt = support.open_prompt(user, 500), support.make_receipt()
            callback = partial(send, prompt, success_body(prompt, receipt))
            told = partial(confirm, confirmation_body(None, receipt))
            actions: list[Callable[[], Any]] = [callback, told] * 3

            results = run_together(actions if is_callback_first else actions[::-1])

            assert_no_errors(results)
            assert support.status_of(prompt) == "COMPLETED"
            assert not SuspenseCase.objects.filter(status="OPEN").exists()
            wallets[user] = 500
        support.assert_books_agree(wallets=wallets)
        assert Receipt.objects.count() == Transaction.objects.count() == _ROUNDS

    def test_two_payments_for_one_deposit_are_one_credit_and_one_case(self) -> None:
        wallets = {}
        for _ in range(_ROUNDS):
            user = support.make_customer()
            prompt = support.open_prompt(user, 500)
            receipts = [support.make_receipt(), support.make_receipt()]
            callback = partial(send, prompt, success_body(prompt, receipts[0]))
            by_hand = partial(confirm, confirmation_body(reference_of(prompt), receipts[1]))
            actions: list[Callable[[], Any]] = [callback, by_hand] * 3

            assert_no_errors(run_together(actions))

            txn = Transaction.objects.get(pk=prompt.transaction_id)
            case = SuspenseCase.objects.get(transaction=txn)
            assert {txn.mpesa_receipt_number, case.mpesa_receipt_number} == set(receipts)
            assert (case.reason, case.amount) == ("second_payment", 500)
            wallets[user] = 500
        support.assert_books_agree(in_suspense=500 * _ROUNDS, wallets=wallets)

    def test_a_prompt_and_a_payment_by_hand_for_one_wish_are_two_credits(self) -> None:
        wallets = {}
        for _ in range(_ROUNDS):
            user = support.make_customer()
            prompt = support.open_prompt(user, 500)
            callback = partial(send, prompt, success_body(prompt, support.make_receipt()))
            body = confirmation_body(number_of(user), support.make_receipt())
            actions: list[Callable[[], Any]] = [callback, partial(confirm, body)] * 3

            assert_no_errors(run_together(actions))

            wallets[user] = 1000
        support.assert_books_agree(wallets=wallets)
        assert Transaction.objects.filter(status="COMPLETED").count() == 2 * _ROUNDS


class TestBesideTheQuery:
    @pytest.mark.parametrize("is_query_first", [True, False])
    def test_both_tell_of_one_payment_and_it_is_credited_once(
        self, *, is_query_first: bool
    ) -> None:
        wallets = {}
        for _ in range(_ROUNDS):
            user = support.make_customer()
            prompt, receipt = support.open_prompt(user, 500), support.make_receipt()
            query = partial(
                reconcile_deposit,
                support.gateway(),
                transaction_id=prompt.transaction_id,
                checkout_request_id=prompt.checkout_request_id,
            )
            told = partial(confirm, confirmation_body(reference_of(prompt), receipt))
            actions: list[Callable[[], Any]] = [query, told] * 3

            assert_no_errors(run_together(actions if is_query_first else actions[::-1]))

            txn = Transaction.objects.get(pk=prompt.transaction_id)
            assert (txn.status, txn.mpesa_receipt_number) == ("COMPLETED", receipt)
            wallets[user] = 500
        support.assert_books_agree(wallets=wallets)
        assert Receipt.objects.count() == _ROUNDS


class TestBesideAnOperator:
    def test_a_decision_and_the_callback_that_names_the_deposit_are_one_credit(self) -> None:
        wallets: dict[User, int] = {}
        for nth in range(_ROUNDS):
            user, other = support.make_customer(), support.make_customer()
            prompt, receipt = support.open_prompt(user, 500), support.make_receipt()
            body = confirmation_body(None, receipt)
            assert confirm(body).verdict == "held"
            case = SuspenseCase.objects.get(mpesa_receipt_number=receipt)
            operator = support.make_customer()
            _approve(nth, case, other, operator)
            decide = partial(
                services.resolve_suspense_case,
                case=case, user=other, operator=operator, reason="seen on the statement",
                now=_LATER,
            )  # fmt: skip
            callback = partial(send, prompt, success_body(prompt, receipt))
            actions: list[Callable[[], Any]] = [decide, callback, partial(confirm, body)]

            results = run_together(actions * 2)

            errors = [type(result) for result in results if isinstance(result, Exception)]
            assert set(errors) <= {CaseAlreadyResolved}
            paid = {one: int(support.wallet_of(one)) for one in (user, other)}
            assert sorted(paid.values()) == [0, 500]
            wallets |= paid
        support.assert_books_agree(wallets=wallets)

    def test_a_decision_about_a_deposit_and_a_payment_by_hand_are_each_booked_once(self) -> None:
        wallets = {}
        for _ in range(_ROUNDS):
            user, operator = support.make_customer(), support.make_customer()
            prompt = support.open_prompt(user, 500)
            send(prompt, success_body(prompt, support.make_receipt(), amount=50))
            case = SuspenseCase.objects.get(transaction_id=prompt.transaction_id)
            decide = partial(
                services.resolve_suspense_case,
                case=case, user=user, operator=operator, reason="seen", now=_LATER,
            )  # fmt: skip
            body = confirmation_body(reference_of(prompt), support.make_receipt())
            actions: list[Callable[[], Any]] = [decide, partial(confirm, body)]

            assert_no_errors(run_together([*actions, partial(confirm, body)]))

            assert support.status_of(prompt) == "COMPLETED"
            wallets[user] = 550
        support.assert_books_agree(wallets=wallets)


def _approve(nth: int, case: SuspenseCase, customer: User, operator: User) -> None:
    """Let one operator propose and this one approve; each test may do so several times."""
    approve(case, customer, operator)
    User.objects.filter(phone_number="254799999998").update(phone_number=f"25479999{nth:04d}")


class TestAccountNumber:
    def test_ten_first_questions_at_once_draw_one_number(self) -> None:
        for nth in range(1, _ROUNDS + 1):
            user = support.make_customer()

            numbers = run_together([partial(number_of, user)] * 10)

            assert len(set(numbers)) == 1
            assert account_numbers.is_valid(numbers[0])
            assert PaybillAccount.objects.count() == nth

    def test_customers_who_draw_the_same_numbers_at_once_have_different_ones(self) -> None:
        users = [support.make_customer() for _ in range(5)]
        drawn = [account_numbers.draw() for _ in range(5)]
        sql = "SELECT paybill_account(%(user_id)s, %(numbers)s, %(now)s) AS number"
        ask = partial(call_function, sql)

        results = run_together(
            [partial(ask, {"user_id": u.pk, "numbers": drawn, "now": NOON}) for u in users]
        )

        assert_no_errors(results)
        assert sorted(result["number"] for result in results) == sorted(drawn)
        assert PaybillAccount.objects.count() == 5
