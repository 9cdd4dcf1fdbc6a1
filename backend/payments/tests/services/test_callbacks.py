"""A callback at the deposit's own address: what it moves, and what it never moves."""

from decimal import Decimal
from typing import Any

import pytest

from common.errors import DomainError
from payments.models import CallbackEvent, Transaction
from payments.tests.building import (
    CHECKOUT,
    NOON,
    RECEIPT,
    callback_body,
    failure_body,
    house_balance,
    make_deposit,
    money,
    receive,
    success_body,
    success_items,
)
from wallet.models import JournalEntry

pytestmark = pytest.mark.django_db


class TestSuccess:
    def test_credits_the_wallet_and_completes_the_deposit(self, deposit: Transaction) -> None:
        outcome = receive(success_body())

        deposit.refresh_from_db()
        assert (outcome.verdict, outcome.transaction_id) == ("applied", deposit.pk)
        assert (deposit.status, deposit.result_code) == ("COMPLETED", "0")
        assert (deposit.mpesa_receipt_number, deposit.completed_at) == (RECEIPT, NOON)
        assert (deposit.next_query_at, deposit.review_reason) == (None, None)
        assert money(deposit.user) == (500, 0)
        assert house_balance("mpesa:174379") == -500

    def test_the_journal_entry_describes_the_deposit(self, deposit: Transaction) -> None:
        receive(success_body())

        entry = JournalEntry.objects.get()
        assert (entry.key, entry.description) == (f"deposit:{deposit.pk}", deposit.description)

    def test_the_same_callback_again_changes_nothing(self, deposit: Transaction) -> None:
        receive(success_body())

        outcome = receive(success_body())

        assert outcome.verdict == "duplicate"
        assert money(deposit.user) == (500, 0)
        assert CallbackEvent.objects.count() == 2

    @pytest.mark.parametrize("amount", [500, 500.0, "500", "500.00"])
    @pytest.mark.parametrize("result_code", [0, "0", 0.0])
    def test_other_spellings_of_the_same_amount_and_code_are_accepted(
        self, deposit: Transaction, amount: Any, result_code: Any
    ) -> None:
        body = callback_body(result_code=result_code, items=success_items(amount))

        assert receive(body).verdict == "applied"
        assert money(deposit.user) == (500, 0)

    @pytest.mark.parametrize("phone", ["2547 ***** 126", "a" * 64, 254799999999, None])
    def test_a_payment_from_another_phone_is_credited(
        self, deposit: Transaction, phone: Any
    ) -> None:
        items = {**success_items(), "PhoneNumber": phone}

        assert receive(callback_body(items=items)).verdict == "applied"

    def test_the_ids_are_learnt_where_the_push_had_no_answer(self) -> None:
        deposit = make_deposit(checkout_request_id=None)

        receive(success_body())

        deposit.refresh_from_db()
        assert deposit.checkout_request_id == CHECKOUT
        assert deposit.merchant_request_id == "29115-1"
        assert deposit.status == "COMPLETED"

    def test_an_inactive_customer_is_credited_nevertheless(self, deposit: Transaction) -> None:
        deposit.user.is_active = False
        deposit.user.save()

        assert receive(success_body()).verdict == "applied"
        assert money(deposit.user) == (500, 0)

    def test_a_late_success_completes_a_failed_deposit(self, deposit: Transaction) -> None:
        receive(failure_body(result_code=1037))

        outcome = receive(success_body())

        deposit.refresh_from_db()
        assert (outcome.verdict, deposit.status) == ("applied", "COMPLETED")
        assert money(deposit.user) == (500, 0)

    def test_a_success_after_a_day_is_still_credited(self, deposit: Transaction) -> None:
        Transaction.objects.update(next_query_at=None, review_reason="no_answer")

        receive(success_body())

        deposit.refresh_from_db()
        assert (deposit.status, deposit.review_reason) == ("COMPLETED", None)

    def test_fractions_of_a_shilling_go_to_suspense(self, deposit: Transaction) -> None:
        receive(success_body(amount=499.99))

        assert money(deposit.user) == (0, Decimal("499.99"))


class TestFailure:
    @pytest.mark.parametrize("result_code", [1032, "1032", 2001, "SFC_IC0003", 424242, 1])
    def test_fails_the_deposit_with_the_code_as_text(
        self, deposit: Transaction, result_code: Any
    ) -> None:
        outcome = receive(failure_body(result_code=result_code))

        deposit.refresh_from_db()
        assert (outcome.verdict, deposit.status) == ("applied", "FAILED")
        assert deposit.result_code == str(result_code)
        assert deposit.next_query_at is None

    def test_the_same_failure_again_changes_nothing(self, deposit: Transaction) -> None:
        receive(failure_body())

        assert receive(failure_body(result_code=1037)).verdict == "duplicate"

        deposit.refresh_from_db()
        assert deposit.result_code == "1032"

    def test_a_failure_never_undoes_a_success(self, deposit: Transaction) -> None:
        receive(success_body())

        assert receive(failure_body()).verdict == "mismatched"

        deposit.refresh_from_db()
        assert (deposit.status, deposit.result_code) == ("COMPLETED", "0")
        assert money(deposit.user) == (500, 0)

    def test_a_failure_leaves_alone_what_lies_in_suspense(self, deposit: Transaction) -> None:
        receive(success_body(amount=300))

        assert receive(failure_body()).verdict == "mismatched"

        deposit.refresh_from_db()
        assert (deposit.status, deposit.review_reason) == ("PENDING", "suspense")

    def test_a_failure_of_another_prompt_is_not_ours(self, deposit: Transaction) -> None:
        assert receive(failure_body("ws_CO_other")).verdict == "mismatched"

        deposit.refresh_from_db()
        assert deposit.status == "PENDING"

    def test_a_failure_ends_the_review_of_a_silent_deposit(self, deposit: Transaction) -> None:
        Transaction.objects.update(next_query_at=None, review_reason="no_answer")

        receive(failure_body())

        deposit.refresh_from_db()
        assert (deposit.status, deposit.review_reason) == ("FAILED", None)

    def test_the_ids_are_learnt_where_the_push_had_no_answer(self) -> None:
        deposit = make_deposit(checkout_request_id=None)

        receive(failure_body())

        deposit.refresh_from_db()
        assert (deposit.status, deposit.checkout_request_id) == ("FAILED", CHECKOUT)

    def test_a_long_description_is_cut(self, deposit: Transaction) -> None:
        receive(callback_body(result_code=1032, result_desc="x" * 5000))

        deposit.refresh_from_db()
        assert len(deposit.result_desc) == 255


class TestInbox:
    def test_keeps_what_came_byte_by_byte(self, deposit: Transaction) -> None:
        body = success_body() + b"\n \xff"

        with pytest.raises(DomainError) as error:
            receive(body)

        event = CallbackEvent.objects.get()
        assert error.value.code == "malformed_callback"
        assert bytes(event.raw_body) == body
        assert (event.verdict, event.has_token, event.processed_at) == ("malformed", True, NOON)
        assert event.transaction == deposit

    def test_a_malformed_callback_at_an_unknown_address_is_not_stored(
        self, deposit: Transaction
    ) -> None:
        with pytest.raises(DomainError) as error:
            receive(b"junk", token="unknown")

        assert error.value.code == "malformed_callback"
        assert not CallbackEvent.objects.exists()

    def test_a_callback_that_matches_no_deposit_is_kept(self, deposit: Transaction) -> None:
        outcome = receive(success_body("ws_CO_unknown"), token="unknown")

        assert (outcome.verdict, outcome.transaction_id) == ("unmatched", None)
        assert CallbackEvent.objects.get().has_token is False
        assert money(deposit.user) == (0, 0)

    def test_the_token_itself_is_stored_nowhere(self, deposit: Transaction) -> None:
        receive(success_body())

        row = repr(Transaction.objects.values().get()) + repr(CallbackEvent.objects.values().get())

        assert "token-of-the-first-deposit" not in row

    def test_still_processing_is_no_end(self, deposit: Transaction) -> None:
        assert receive(failure_body(result_code=4999)).verdict == "hint"

        deposit.refresh_from_db()
        assert deposit.status == "PENDING"


class TestRepeatedKeys:
    """The API refuses JSON with a key twice; a callback is the only report of a payment."""

    def test_the_last_value_counts_and_the_body_is_kept(self, deposit: Transaction) -> None:
        twice = success_body().replace(b'"ResultCode"', b'"ResultCode": 1032, "ResultCode"', 1)

        outcome = receive(twice)

        assert outcome.verdict == "applied"
        assert money(deposit.user) == (500, 0)
        assert bytes(CallbackEvent.objects.get().raw_body) == twice
