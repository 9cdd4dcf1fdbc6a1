"""A payment that does not agree with its deposit is held in suspense: not lost, not doubled."""

import pytest

from common.db import call_function
from payments.models import Receipt, SuspenseCase, Transaction
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    RECEIPT,
    callback_body,
    failure_body,
    make_customer,
    make_deposit,
    money,
    receive,
    success_body,
)
from wallet.models import JournalEntry

pytestmark = pytest.mark.django_db


class TestDisagreement:
    @pytest.mark.parametrize("amount", [1, 499, 501, 50_000])
    def test_another_amount_goes_to_suspense(self, deposit: Transaction, amount: int) -> None:
        outcome = receive(success_body(amount=amount))

        deposit.refresh_from_db()
        case = SuspenseCase.objects.get()
        assert outcome.verdict == "mismatched"
        assert (deposit.status, deposit.review_reason) == ("PENDING", "suspense")
        assert (deposit.next_query_at, deposit.mpesa_receipt_number) == (None, None)
        assert (case.reason, case.status) == ("amount_mismatch", "OPEN")
        assert case.amount == amount
        assert money(deposit.user) == (0, amount)

    def test_a_deposit_in_suspense_no_longer_holds_its_prompt(self, deposit: Transaction) -> None:
        receive(success_body(amount=300))

        deposit.refresh_from_db()
        assert deposit.prompt_expires_at == NOON

    def test_the_same_wrong_amount_again_is_booked_once(self, deposit: Transaction) -> None:
        receive(success_body(amount=300))

        assert receive(success_body(amount=300)).verdict == "duplicate"
        assert money(deposit.user) == (0, 300)

    def test_a_second_wrong_amount_after_a_query_is_new_money(self, deposit: Transaction) -> None:
        call_function(
            "SELECT deposit_settle_query(%(id)s, true, '{}', %(now)s)",
            {"id": deposit.pk, "now": NOON},
        )

        receive(success_body(amount=300, receipt="FIRST00001"))
        receive(success_body(amount=700, receipt="SECOND0001"))

        assert money(deposit.user) == (500, 700)

    def test_another_checkout_id_goes_to_suspense(self, deposit: Transaction) -> None:
        outcome = receive(success_body("ws_CO_other"))

        assert outcome.verdict == "mismatched"
        assert SuspenseCase.objects.get().reason == "checkout_mismatch"
        assert money(deposit.user) == (0, 500)

    def test_the_checkout_id_of_another_deposit_goes_to_suspense(
        self, deposit: Transaction
    ) -> None:
        unanswered = make_deposit(
            make_customer(OTHER_PHONE), checkout_request_id=None, token="second"
        )

        outcome = receive(success_body(), token="second")

        deposit.refresh_from_db()
        assert (outcome.verdict, outcome.transaction_id) == ("mismatched", unanswered.pk)
        assert SuspenseCase.objects.get().reason == "checkout_mismatch"
        assert deposit.status == "PENDING"
        assert money(unanswered.user) == (0, 500)

    def test_a_failure_naming_another_deposits_prompt_fails_neither_deposit(
        self, deposit: Transaction
    ) -> None:
        unanswered = make_deposit(
            make_customer(OTHER_PHONE), checkout_request_id=None, token="second"
        )

        assert receive(failure_body(), token="second").verdict == "mismatched"

        statuses = Transaction.objects.values_list("status", flat=True)
        assert set(statuses) == {"PENDING"}
        unanswered.refresh_from_db()
        assert unanswered.checkout_request_id is None

    def test_a_success_without_receipt_cannot_take_another_deposits_prompt(
        self, deposit: Transaction
    ) -> None:
        make_deposit(make_customer(OTHER_PHONE), checkout_request_id=None, token="second")

        assert receive(callback_body(), token="second").verdict == "mismatched"

    def test_a_used_receipt_opens_a_case_without_posting(self, deposit: Transaction) -> None:
        other = make_deposit(
            make_customer(OTHER_PHONE), checkout_request_id="ws_CO_2", token="second"
        )
        receive(success_body())

        outcome = receive(success_body("ws_CO_2"), token="second")

        other.refresh_from_db()
        case = SuspenseCase.objects.get()
        assert outcome.verdict == "mismatched"
        assert (case.reason, case.amount, case.entry) == ("receipt_used", None, None)
        assert other.status == "PENDING"
        assert money(other.user) == (0, 0)
        assert Receipt.objects.count() == JournalEntry.objects.count() == 1

    def test_another_spelling_of_a_receipt_is_the_same_receipt(self, deposit: Transaction) -> None:
        receive(success_body())

        outcome = receive(success_body(receipt=f" {RECEIPT.lower()} "))

        assert outcome.verdict == "duplicate"

    def test_a_used_receipt_with_another_amount_posts_nothing(self, deposit: Transaction) -> None:
        receive(success_body())

        receive(success_body(amount=50_000))

        assert SuspenseCase.objects.get().reason == "receipt_used"
        assert money(deposit.user) == (500, 0)

    def test_a_second_receipt_on_a_completed_deposit_goes_to_suspense(
        self, deposit: Transaction
    ) -> None:
        receive(success_body())

        outcome = receive(success_body(receipt="SECOND0001"))

        deposit.refresh_from_db()
        assert outcome.verdict == "mismatched"
        assert SuspenseCase.objects.get().reason == "second_payment"
        assert (deposit.status, deposit.mpesa_receipt_number) == ("COMPLETED", RECEIPT)
        assert money(deposit.user) == (500, 500)

    def test_the_right_payment_after_a_wrong_one_is_credited(self, deposit: Transaction) -> None:
        receive(success_body(amount=300, receipt="FIRST00001"))

        outcome = receive(success_body())

        deposit.refresh_from_db()
        assert (outcome.verdict, deposit.status) == ("applied", "COMPLETED")
        assert deposit.review_reason == "suspense"
        assert money(deposit.user) == (500, 300)

    def test_a_wrong_payment_of_a_failed_deposit_is_held_in_suspense(
        self, deposit: Transaction
    ) -> None:
        receive(failure_body())

        receive(success_body(amount=300))

        deposit.refresh_from_db()
        assert deposit.status == "FAILED"
        assert money(deposit.user) == (0, 300)
