"""The answer about a deposit, in every state and in at most 300 bytes."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation
from rest_framework.renderers import JSONRenderer

from common.errors import Money
from payments import selectors, serializers
from payments.daraja import result_codes
from payments.errors import is_certain_failure
from payments.gateway import RejectionReason
from payments.models import Transaction
from payments.states import NOT_IN_STATEMENT
from payments.tests.building import NOON

_REJECTIONS = [*(error.value for error in RejectionReason), "mpesa_unavailable"]
_CODES = [*result_codes.LISTED, "1050", *_REJECTIONS, NOT_IN_STATEMENT]


def make(**fields: Any) -> Transaction:
    """Build a deposit that was pushed at NOON, without a database."""
    fields = {
        "pk": 9_999_999_999,
        "amount": Decimal(150_000),
        "created_at": NOON,
        "updated_at": NOON,
        "prompt_expires_at": NOON + timedelta(seconds=180),
        **fields,
    }
    return Transaction(**fields)


class TestWaiting:
    @pytest.mark.parametrize(
        ("age_s", "wait_s"),
        [(0, 2), (3, 2), (4, 3), (10, 5), (30, 10), (180, 30), (900, 60), (80_000, 60)],
    )
    def test_the_wait_between_polls_grows(self, age_s: int, wait_s: int) -> None:
        view = selectors.describe(make(), NOON + timedelta(seconds=age_s))

        assert view.next_poll_after == wait_s

    def test_an_open_prompt_counts_down(self) -> None:
        sent = make(checkout_request_id="ws_CO_1")

        view = selectors.describe(sent, NOON + timedelta(seconds=60.5))

        assert view.retry_after == 120
        assert view.message.en == "Check your phone for M-Pesa prompt"

    def test_a_prompt_that_may_not_be_on_the_phone_is_not_announced(self) -> None:
        view = selectors.describe(make(), NOON + timedelta(seconds=60.5))

        assert view.message == selectors.PROMPT_UNCLEAR

    def test_after_its_prompt_a_deposit_is_still_confirmed(self) -> None:
        view = selectors.describe(make(), NOON + timedelta(seconds=180))

        assert view.retry_after is None
        assert view.message.en.startswith("Still confirming")
        assert view.next_poll_after is not None

    def test_a_deposit_that_operators_look_at_is_not_polled(self) -> None:
        view = selectors.describe(make(review_reason="suspense"), NOON)

        assert view.next_poll_after is None
        assert "Our team is checking" in view.message.en

    def test_a_deposit_that_operators_have_settled_says_so(self) -> None:
        view = selectors.describe(make(review_reason="resolved"), NOON)

        assert view.next_poll_after is None
        assert view.message.en.startswith("Our team has checked")

    def test_a_deposit_without_a_prompt_has_nothing_to_count(self) -> None:
        view = selectors.describe(make(prompt_expires_at=None), NOON)

        assert view.retry_after is None


class TestEnds:
    def test_a_paid_deposit_names_its_amount(self) -> None:
        view = selectors.describe(make(status="COMPLETED"), NOON)

        assert view.message.en == "Payment received. KSh 150,000 is in your wallet."
        assert (view.next_poll_after, view.retry_after) == (None, None)

    def test_a_failed_deposit_says_when_to_try_again(self) -> None:
        failed = make(status="FAILED", result_code="17")

        soon = selectors.describe(failed, NOON + timedelta(seconds=20))
        later = selectors.describe(failed, NOON + timedelta(seconds=120))

        assert (soon.retry_after, later.retry_after) == (100, None)
        assert soon.next_poll_after is None

    @pytest.mark.parametrize("code", _REJECTIONS)
    def test_a_refused_deposit_says_that_nothing_was_charged(self, code: str) -> None:
        view = selectors.describe(make(status="FAILED", result_code=code), NOON)

        assert "Nothing was charged" in view.message.en
        assert "Hujatozwa" in view.message.sw
        assert "If money was taken" not in view.message.en

    @pytest.mark.parametrize(
        ("code", "wait_s"),
        [("mpesa_busy", 60), ("mpesa_unavailable", 30), ("mpesa_rejected", None)],
    )
    def test_a_refused_deposit_says_when_to_try_again(self, code: str, wait_s: int | None) -> None:
        view = selectors.describe(make(status="FAILED", result_code=code), NOON)

        assert view.retry_after == wait_s

    def test_a_failure_without_a_result_code_has_a_message(self) -> None:
        view = selectors.describe(make(status="FAILED", result_code=None), NOON)

        assert "did not go through" in view.message.en


def _states() -> list[Transaction]:
    """Build every status with every reason to look at it, asked about again or not."""
    reasons = [None, "suspense", "no_answer", "resolved", "reversed", "refunded"]
    return [
        make(status=status, review_reason=reason, result_code=code, next_query_at=asked_at)
        for status in Transaction.Status.values
        for reason in reasons
        for code in [None, *_CODES]
        for asked_at in [None, NOON]
    ]


class TestMoney:
    def test_money_is_unknown_wherever_it_is_not_certain(self) -> None:
        for txn in _states():
            is_open = txn.review_reason is not None or txn.next_query_at is not None
            is_doubtful = txn.result_code in {
                None, "0", "4999", "1019", "1037", "9999", "1050", NOT_IN_STATEMENT,
            }  # fmt: skip
            if txn.status == "COMPLETED" or selectors.is_refunded(txn):
                money = Money.MOVED
            elif txn.status == "FAILED" and not is_open and not is_doubtful:
                money = Money.NOT_MOVED
            else:
                money = Money.UNKNOWN

            assert selectors.describe(txn, NOON).money is money, vars(txn)

    @pytest.mark.parametrize("code", ["1", "1032", "2001", "8006", "E3008", *_REJECTIONS])
    def test_a_certain_failure_moved_no_money(self, code: str) -> None:
        failed = make(status="FAILED", result_code=code)

        assert selectors.find_money(failed) is Money.NOT_MOVED

    @pytest.mark.parametrize(
        "code", [*result_codes.UNCERTAIN_FAILURES, "1050", NOT_IN_STATEMENT, None]
    )
    def test_a_failure_that_a_query_may_contradict_is_unknown(self, code: str | None) -> None:
        failed = make(status="FAILED", result_code=code)

        assert selectors.find_money(failed) is Money.UNKNOWN

    def test_a_failure_that_is_asked_about_again_is_unknown(self) -> None:
        failed = make(status="FAILED", result_code="1032", next_query_at=NOON)

        assert selectors.find_money(failed) is Money.UNKNOWN

    def test_money_that_m_pesa_took_back_had_moved(self) -> None:
        taken_back = make(status="COMPLETED", review_reason="reversed")

        assert selectors.find_money(taken_back) is Money.MOVED

    def test_money_that_m_pesa_paid_back_had_moved_and_is_in_no_wallet(self) -> None:
        view = selectors.describe(make(status="FAILED", review_reason="refunded"), NOON)

        assert view.money is Money.MOVED
        assert view.message.en.startswith("M-PESA paid your money back")
        assert view.message.sw.startswith("M-PESA imekurudishia pesa")
        assert (view.next_poll_after, view.retry_after) == (None, None)

    def test_money_held_in_suspense_may_belong_to_another_deposit(self) -> None:
        held = make(review_reason="suspense")

        assert selectors.find_money(held) is Money.UNKNOWN


#: What denies that money moved, by language.
_DENIALS = {
    "en": re.compile(r"No money|Nothing (was|has been) (charged|taken|sent)"),
    "sw": re.compile(r"Hakuna pesa|Hujatozwa|Hakuna kilichotumwa"),
}


class TestSentenceAndMoney:
    """No sentence denies that money moved unless `money` does, and the other way round."""

    @pytest.mark.parametrize("language", ["en", "sw"])
    @pytest.mark.parametrize("code", [*_CODES, None])
    def test_every_failure_agrees_with_its_money(self, code: str | None, language: str) -> None:
        view = selectors.describe(make(status="FAILED", result_code=code), NOON)

        is_denied = _DENIALS[language].search(view.message.in_language(language)) is not None
        assert is_denied is (view.money is Money.NOT_MOVED)

    @pytest.mark.parametrize("language", ["en", "sw"])
    def test_no_message_denies_a_payment_that_may_have_been_made(self, language: str) -> None:
        for txn in _states():
            view = selectors.describe(txn, NOON)

            if _DENIALS[language].search(view.message.in_language(language)):
                assert view.money is Money.NOT_MOVED, vars(txn)

    @pytest.mark.parametrize("language", ["en", "sw"])
    @pytest.mark.parametrize("code", result_codes.LISTED)
    def test_every_sentence_of_the_catalogue_agrees(self, code: str, language: str) -> None:
        sentence = result_codes.LISTED[code].message.in_language(language)

        is_denied = _DENIALS[language].search(sentence) is not None
        assert is_denied is is_certain_failure(code)

    @pytest.mark.parametrize("code", [*result_codes.UNCERTAIN_FAILURES, "1050", NOT_IN_STATEMENT])
    def test_where_money_is_unknown_the_message_says_to_check_first(self, code: str) -> None:
        message = selectors.describe(make(status="FAILED", result_code=code), NOON).message

        assert "Check your M-PESA messages before you try again." in message.en
        assert "Angalia SMS za M-PESA kabla ya kujaribu tena." in message.sw


def _small_answers() -> list[Transaction]:
    waiting = [make(), make(review_reason="no_answer"), make(status="COMPLETED", result_code="0")]
    waiting += [make(review_reason="resolved"), make(status="FAILED", review_reason="refunded")]
    late = make(created_at=NOON - timedelta(days=1), prompt_expires_at=NOON - timedelta(hours=23))
    return [*waiting, late, *(make(status="FAILED", result_code=code) for code in _CODES)]


@pytest.mark.parametrize("language", ["en", "sw"])
@pytest.mark.parametrize("txn", _small_answers(), ids=lambda txn: f"{txn.status}-{txn.result_code}")
def test_the_answer_for_polling_has_at_most_300_bytes(txn: Transaction, language: str) -> None:
    with translation.override(language):
        answer = JSONRenderer().render(serializers.TransactionStatusSerializer(txn).data)

    assert len(answer) <= 300


@pytest.mark.parametrize(
    ("status", "reason", "is_reversed"),
    [
        ("COMPLETED", "reversed", True),
        ("COMPLETED", "resolved", False),
        ("COMPLETED", None, False),
        ("PENDING", "suspense", False),
    ],
)
def test_the_full_answer_says_whether_mpesa_took_the_payment_back(
    status: str, reason: str | None, is_reversed: bool
) -> None:
    txn = make(status=status, review_reason=reason)

    assert serializers.TransactionSerializer(txn).data["is_reversed"] is is_reversed
