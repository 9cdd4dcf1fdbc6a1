"""Pulls beside themselves, and beside the confirmation and the callback of the same payment."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from payments import services
from payments.gateway import PaybillNotice, PulledPage, PulledPayment
from payments.models import PaybillAccount, PulledRow, Transaction
from payments.paybill import account_numbers
from payments.services.pull import PullReport
from tests.races import support
from tests.races.support import NOON, run_together, send, success_body
from tests.races.test_callbacks import _verdicts
from users.models import User

_ROUNDS = 6
_NOW = NOON + timedelta(minutes=1)


def _row(receipt: str, account: str, amount: int) -> PulledPayment:
    notice = PaybillNotice(
        receipt=receipt,
        amount=Decimal(amount),
        account_number=account,
        business_short_code="",
        transaction_type="c2b-pay-bill-debit",
        paid_at=NOON,
        payer_name="",
        payer_number="",
        payer_hash="",
    )
    return PulledPayment(notice=notice, raw={"transactionId": receipt})


def _list(*rows: PulledPayment) -> None:
    support.gateway().on_pull = lambda offset: PulledPage(rows=rows[offset:])


def _pull() -> PullReport:
    return services.pull_payments(now=_NOW, window=timedelta(hours=2))


def _count(results: list[Any], name: str) -> int:
    """Return how often pulls counted this; an exception among the results fails the test."""
    reports = [result for result in results if isinstance(result, PullReport)]
    assert all(report.is_good for report in reports), results
    return sum(report.counts[name] for report in reports)


def _give_number(user: User) -> str:
    number = account_numbers.draw()
    PaybillAccount.objects.create(user=user, number=number)
    return number


def _confirm(receipt: str, number: str) -> Callable[[], object]:
    body = f'{{"TransID":"{receipt}","TransAmount":"500.00","BillRefNumber":"{number}"}}'
    return partial(
        services.record_confirmation,
        body=body.encode(),
        headers={},
        source_address=None,
        now=_NOW,
    )


class TestPaymentsByHand:
    def test_many_pulls_at_once_credit_once(self) -> None:
        user = support.make_customer()
        number = _give_number(user)
        _list(*(_row(support.make_receipt(), number, 500) for _ in range(5)))

        results = run_together([_pull] * 12)

        assert (_count(results, "credited"), _count(results, "known")) == (5, 55)
        support.assert_books_agree(wallets={user: 2500})
        assert PulledRow.objects.count() == 5

    def test_pulls_and_confirmations_of_one_payment_credit_once(self) -> None:
        user = support.make_customer()
        number = _give_number(user)
        for _ in range(_ROUNDS):
            receipt = support.make_receipt()
            _list(_row(receipt, number, 500))

            results = run_together([_pull, _confirm(receipt, number)] * 6)

            told = Counter(
                result.verdict for result in results if not isinstance(result, PullReport)
            )
            assert _count(results, "credited") + told["applied"] == 1
            assert told["duplicate"] + told["applied"] == 6
        support.assert_books_agree(wallets={user: 500 * _ROUNDS})


class TestPrompts:
    def test_pulls_callbacks_and_queries_of_one_payment_credit_once(self) -> None:
        users = {}
        for _ in range(_ROUNDS):
            user = support.make_customer()
            prompt = support.open_prompt(user, 300)
            deposit = Transaction.objects.get(pk=prompt.transaction_id)
            receipt = support.make_receipt()
            _list(_row(receipt, deposit.account_reference or "", 300))

            results = run_together([
                *[_pull] * 4,
                *[partial(send, prompt, success_body(prompt, receipt))] * 4,
                *[partial(services.reconcile_due_deposits, now=_NOW)] * 2,
            ])  # fmt: skip

            _count(results, "known")
            assert "Error" not in repr(_verdicts(results[4:8]))
            deposit.refresh_from_db()
            assert (deposit.status, deposit.mpesa_receipt_number) == ("COMPLETED", receipt)
            users[user] = 300
        support.assert_books_agree(wallets=users)

    def test_a_payment_whose_reference_the_list_lost_is_credited_by_its_callback(self) -> None:
        users = {}
        for _ in range(_ROUNDS):
            user = support.make_customer()
            prompt = support.open_prompt(user, 300)
            receipt = support.make_receipt()
            _list(_row(receipt, "", 300))

            callback = partial(send, prompt, success_body(prompt, receipt))
            results = run_together([*[_pull] * 4, *[callback] * 4])

            assert _count(results, "held") in {0, 1}
            assert _verdicts(results[4:])["applied"] == 1
            users[user] = 300
        support.assert_books_agree(wallets=users)
