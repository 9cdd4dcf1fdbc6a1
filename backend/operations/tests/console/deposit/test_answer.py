"""Where the money of a deposit is, in one true sentence; and never a failure told too early."""

from datetime import timedelta
from typing import Any

import pytest

from operations.console.deposit import answer
from operations.tests.console.deposit.known import REFERENCE, bring, make_lost, read
from payments.models import SuspenseCase, Transaction
from payments.selectors import STILL_CONFIRMING, UNDER_REVIEW
from payments.services import dismiss_suspense_case, resolve_suspense_case
from payments.services.suspense import Dismissal
from payments.tests.building import (
    NOON,
    RECEIPT,
    failure_body,
    make_deposit,
    receive,
    success_body,
)
from tests.sql.calling import approve, query, reverse_owing, spend
from users.models import User

pytestmark = pytest.mark.django_db


def look(deposit: Transaction, **options: Any) -> tuple[str, str, str]:
    """Return the state's name, the heading, and what to say in English."""
    known = read(deposit, **options)
    found = answer.answer(known)
    return found.state.name, found.heading, answer.say(known).en


@pytest.fixture
def boss() -> User:
    """Store another operator."""
    return User.objects.create_superuser("254799999999", "a-good-password")


class TestPending:
    def test_an_open_prompt(self) -> None:
        state, heading, says = look(make_deposit())

        assert (state, says) == ("transit", "Check your phone for M-Pesa prompt")
        assert "may be open" in heading

    def test_asked_again_after_the_prompt(self) -> None:
        state, heading, says = look(make_deposit(), now=NOON + timedelta(minutes=4))

        assert (state, says) == ("transit", STILL_CONFIRMING.en)
        assert "is asked again" in heading

    def test_without_a_question_ahead(self) -> None:
        deposit = make_deposit(next_query_at=None)

        assert look(deposit, now=NOON + timedelta(minutes=4))[1] == (
            "M-PESA has not said how it ended."
        )

    @pytest.mark.parametrize(
        ("checkout_id", "words"), [(None, "never answered"), ("ws_CO_1", "for a day")]
    )
    def test_no_answer_names_what_to_look_for(self, checkout_id: str | None, words: str) -> None:
        deposit = make_lost(checkout_request_id=checkout_id)

        found = answer.answer(read(deposit))

        assert found.state is answer.WAITS
        assert words in found.heading
        assert REFERENCE in found.detail


class TestHeld:
    def test_another_amount(self) -> None:
        deposit = make_deposit()
        receive(success_body(amount=300))

        state, heading, says = look(deposit)

        assert (state, says) == ("held", UNDER_REVIEW.en)
        assert "KSh 300.00 is held" in heading

    def test_without_the_right_to_see_cases_it_is_held_all_the_same(self, boss: User) -> None:
        deposit = make_deposit()
        receive(success_body(amount=300))
        boss.is_superuser = False

        assert look(deposit, operator=boss)[0] == "held"

    def test_given_to_another_customer(self, boss: User) -> None:
        deposit = make_deposit()
        receive(success_body(amount=300))
        other = User.objects.create_user("254110000001", None, kyc_status="VERIFIED")
        approve(SuspenseCase.objects.get(), other, boss)
        resolve_suspense_case(
            case=SuspenseCase.objects.get(), user=other, operator=boss, reason="SMS seen",
            now=NOON,
        )  # fmt: skip

        assert look(deposit)[:2] == (
            "none", "An operator decided about its payment; the deposit itself was not credited."
        )  # fmt: skip


class TestCompleted:
    def test_with_its_code(self) -> None:
        deposit = make_deposit()
        receive(success_body(), now=NOON + timedelta(seconds=7))

        state, heading, says = look(deposit)

        assert state == "wallet"
        assert RECEIPT in heading
        assert says == "Payment received. KSh 500 is in your wallet."
        assert "7 s after" in answer.answer(read(deposit, User.objects.last())).detail

    def test_by_a_query_without_a_code(self) -> None:
        deposit = make_deposit()
        query(deposit)

        assert "names no code" in answer.answer(read(deposit)).detail

    def test_late_by_hours_says_no_seconds(self) -> None:
        deposit = make_deposit()
        receive(success_body(), now=NOON + timedelta(hours=7))

        assert answer.answer(read(deposit)).detail == ""

    def test_paid_a_second_time(self) -> None:
        deposit = make_deposit()
        receive(success_body())
        receive(success_body(receipt="NLJ7RT61SX"))

        state, heading, _ = look(deposit)

        assert state == "wallet"
        assert "another report" in heading

    @pytest.mark.parametrize(("spent", "words"), [(0, ""), (200, "KSh 200.00 of it was spent")])
    def test_taken_back(self, spent: int, words: str, boss: User) -> None:
        deposit = make_deposit()
        receive(success_body())
        deposit.refresh_from_db()
        if spent:
            spend(deposit.user, spent)
        reverse_owing(deposit.credit_entry_id, boss, spent)

        found = answer.answer(read(deposit))

        assert found.state is answer.BACK
        assert words in found.detail

    def test_taken_back_with_a_further_case_open(self, boss: User) -> None:
        deposit = make_deposit()
        receive(success_body())
        receive(success_body(receipt="NLJ7RT61SX"))
        deposit.refresh_from_db()
        reverse_owing(deposit.credit_entry_id, boss)

        assert answer.answer(read(deposit)).state is answer.BACK


class TestFailed:
    def test_by_mpesas_clear_word(self) -> None:
        deposit = make_deposit()
        receive(failure_body())

        state, heading, says = look(deposit)

        assert state == "none"
        assert "M-PESA says 1032" in heading
        assert "cancelled" in says

    def test_a_rejected_prompt(self) -> None:
        deposit = make_deposit(
            status="FAILED", result_code="mpesa_busy", checkout_request_id=None, next_query_at=None
        )

        state, heading, says = look(deposit)

        assert (state, heading) == ("none", "No prompt was sent, so nobody could pay: mpesa_busy.")
        assert "Nothing was charged" in says

    @pytest.mark.parametrize("code", [1037, 4711])
    def test_no_failure_is_told_while_a_question_is_ahead(self, code: int) -> None:
        deposit = make_deposit(status="FAILED", result_code=str(code))

        state, heading, says = look(deposit)

        assert (state, says) == ("transit", STILL_CONFIRMING.en)
        assert "ask once more" in heading

    def test_nor_where_a_statement_decides(self) -> None:
        deposit = make_deposit(status="FAILED", result_code="4711", next_query_at=None)

        state, heading, says = look(deposit)

        assert (state, says) == ("transit", UNDER_REVIEW.en)
        assert "no proof" in heading

    @pytest.mark.parametrize(("status", "ours"), [("FAILED", "We say failed"), ("PENDING", "no")])
    def test_nor_where_mpesas_statement_says_paid(self, status: str, ours: str) -> None:
        deposit = make_deposit(
            status=status, result_code="1032", account_reference=REFERENCE, next_query_at=None,
            review_reason=None if status == "FAILED" else "no_answer",
        )  # fmt: skip
        bring()

        state, heading, says = look(deposit)

        assert (state, says) == ("wrong", UNDER_REVIEW.en)
        assert heading.endswith("paid, 500.00, at 12:00:00 on 20 Nov.")
        assert ours in heading

    def test_not_in_a_statement(self) -> None:
        deposit = make_deposit(status="FAILED", result_code="not_in_statement", next_query_at=None)

        state, heading, says = look(deposit)

        assert state == "none"
        assert "does not have it" in heading
        assert "Check your M-PESA messages before you try again" in says

    def test_paid_back_by_mpesa(self, boss: User) -> None:
        deposit = make_deposit()
        receive(success_body(amount=300))
        dismiss_suspense_case(
            case=SuspenseCase.objects.get(), operator=boss, reason="seen in the portal",
            dismissal=Dismissal(SuspenseCase.Decision.REFUNDED), now=NOON,
        )  # fmt: skip

        state, _, says = look(deposit)

        assert state == "back"
        assert "paid your money back" in says

    def test_a_case_open_beside_a_failure(self) -> None:
        deposit = make_deposit(status="FAILED", result_code="1032", next_query_at=None)
        SuspenseCase.objects.create(
            transaction=deposit, mpesa_receipt_number="NLJ7RT61SX", reason="receipt_used"
        )

        state, heading, says = look(deposit)

        assert (state, says) == ("held", UNDER_REVIEW.en)
        assert "is held" not in heading
