"""The functions of payments/sql/functions/settlement.sql."""

import json
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError
from django.db import transaction as db_transaction

from payments.models import Receipt, SuspenseCase, Transaction
from payments.tests.building import (
    CHECKOUT,
    NOON,
    OTHER_PHONE,
    RECEIPT,
    make_customer,
    make_deposit,
    money,
)
from tests.sql.calling import (
    DEPOSIT,
    RESULT,
    after,
    failure,
    query,
    resolve,
    settle,
    success,
    value_of,
)
from users.models import User
from wallet.models import JournalEntry

pytestmark = pytest.mark.django_db


def call(function: str, deposit: Transaction, result: dict[str, Any], extra: str = "") -> str:
    """Call a function that takes a deposit and a result at NOON; read the deposit again."""
    verdict = value_of(
        f"SELECT {function}({DEPOSIT}, {RESULT}{extra}, %(now)s)",
        deposit_id=deposit.pk,
        result=json.dumps(result),
        now=NOON,
    )
    deposit.refresh_from_db()
    return str(verdict)


def unanswered() -> Transaction:
    """Store the deposit of another customer whose push had no answer."""
    return make_deposit(make_customer(OTHER_PHONE), checkout_request_id=None, token="second")


def case_reasons() -> list[str]:
    """Return why money is held, first case first."""
    return list(SuspenseCase.objects.order_by("id").values_list("reason", flat=True))


class TestReceiptRegister:
    def register(self, deposit: Transaction) -> bool:
        """Register the receipt for a deposit."""
        return bool(
            value_of(
                "SELECT receipt_register(%(receipt)s, %(id)s, %(now)s)",
                receipt=RECEIPT,
                id=deposit.pk,
                now=NOON,
            )
        )

    def test_a_new_receipt_is_the_deposits(self, deposit: Transaction) -> None:
        assert self.register(deposit)

        stored = Receipt.objects.get()
        assert (stored.number, stored.transaction, stored.booked_at) == (RECEIPT, deposit, NOON)

    def test_a_repeated_receipt_is_reported(self, deposit: Transaction) -> None:
        self.register(deposit)

        assert not self.register(deposit)
        assert Receipt.objects.count() == 1

    def test_a_receipt_stays_the_first_deposits(self, deposit: Transaction) -> None:
        self.register(deposit)

        assert not self.register(unanswered())
        assert Receipt.objects.get().transaction == deposit


class TestDepositIsForeignCheckout:
    def ask(self, deposit: Transaction, checkout_request_id: str | None) -> bool | None:
        """Ask whether the id cannot be the deposit's."""
        answer: bool | None = value_of(
            f"SELECT deposit_is_foreign_checkout({DEPOSIT}, %(checkout)s)",
            deposit_id=deposit.pk,
            checkout=checkout_request_id,
        )
        return answer

    def test_a_deposits_own_checkout_id_is_not_foreign(self, deposit: Transaction) -> None:
        assert self.ask(deposit, CHECKOUT) is False

    def test_any_other_checkout_id_is_foreign(self, deposit: Transaction) -> None:
        assert self.ask(deposit, "ws_CO_other") is True

    def test_an_unanswered_deposit_takes_a_new_id(self) -> None:
        assert self.ask(unanswered(), "ws_CO_other") is False

    def test_an_unanswered_deposit_takes_no_other_deposits_id(self, deposit: Transaction) -> None:
        assert self.ask(unanswered(), CHECKOUT) is True

    def test_a_missing_checkout_id_is_not_foreign_to_an_unanswered_deposit(
        self, deposit: Transaction
    ) -> None:
        assert self.ask(unanswered(), None) is False


class TestDepositCredit:
    def test_a_success_pays_the_wallet_and_completes_the_deposit(
        self, deposit: Transaction
    ) -> None:
        call("deposit_credit", self.registered(deposit), success(result_desc="Paid " * 100))

        entry = JournalEntry.objects.get()
        assert (entry.key, entry.amount) == (f"deposit:{deposit.pk}", 500)
        assert entry.description == deposit.description
        assert (entry.debit_account.code, entry.credit_account.user) == (
            "mpesa:174379",
            deposit.user,
        )
        assert (deposit.status, deposit.credit_entry) == ("COMPLETED", entry)
        assert (deposit.completed_at, deposit.updated_at) == (NOON, NOON)
        assert (deposit.mpesa_receipt_number, deposit.merchant_request_id) == (RECEIPT, "29115-1")
        assert (deposit.result_code, len(deposit.result_desc)) == ("0", 255)
        assert (deposit.next_query_at, deposit.regular_query_at) == (None, None)
        assert deposit.review_reason is None

    def test_ids_that_are_known_stay_as_they_are(self, deposit: Transaction) -> None:
        Transaction.objects.update(merchant_request_id="known")

        call("deposit_credit", self.registered(deposit), success(checkout_request_id="ws_other"))

        assert (deposit.checkout_request_id, deposit.merchant_request_id) == (CHECKOUT, "known")

    def test_an_unanswered_deposit_learns_its_ids(self) -> None:
        late = self.registered(unanswered())

        call("deposit_credit", late, success())

        assert (late.checkout_request_id, late.merchant_request_id) == (CHECKOUT, "29115-1")

    def test_without_a_receipt_the_deposit_waits_for_the_receipt(
        self, deposit: Transaction
    ) -> None:
        call("deposit_credit", deposit, success(mpesa_receipt_number=None, result_desc=None))

        assert (deposit.status, deposit.mpesa_receipt_number) == ("COMPLETED", None)
        assert deposit.result_desc == ""

    def test_an_open_case_keeps_the_deposit_under_review(self, deposit: Transaction) -> None:
        settle(deposit, success(amount="300", mpesa_receipt_number="FIRST00001"))

        call("deposit_credit", self.registered(deposit), success())

        assert (deposit.status, deposit.review_reason) == ("COMPLETED", "suspense")

    def test_a_second_call_credits_nothing(self, deposit: Transaction) -> None:
        call("deposit_credit", self.registered(deposit), success())

        call("deposit_credit", deposit, success())

        assert JournalEntry.objects.count() == 1
        assert money(deposit.user) == (500, 0)

    def test_a_receipt_that_is_not_registered_for_the_deposit_is_refused(
        self, deposit: Transaction
    ) -> None:
        with (
            pytest.raises(IntegrityError, match="payments_receipt_is_booked"),
            db_transaction.atomic(),
        ):
            call("deposit_credit", deposit, success())

        assert money(deposit.user) == (0, 0)

    def registered(self, deposit: Transaction) -> Transaction:
        """Register the receipt for the deposit, as the crediting function has done."""
        Receipt.objects.create(number=RECEIPT, transaction=deposit, booked_at=NOON)
        return deposit


class TestDepositSettleSuccess:
    def settle(self, deposit: Transaction, **fields: Any) -> str:
        """Settle a success."""
        return call("deposit_settle_success", deposit, success(**fields))

    def test_a_payment_is_credited(self, deposit: Transaction) -> None:
        assert self.settle(deposit) == "applied"

        assert (deposit.status, deposit.mpesa_receipt_number) == ("COMPLETED", RECEIPT)
        assert Receipt.objects.get().transaction == deposit
        assert money(deposit.user) == (500, 0)

    def test_the_same_payment_again_is_a_duplicate(self, deposit: Transaction) -> None:
        self.settle(deposit)

        assert self.settle(deposit) == "duplicate"
        assert money(deposit.user) == (500, 0)

    def test_a_success_after_a_failure_is_credited(self, deposit: Transaction) -> None:
        settle(deposit, failure())

        assert self.settle(deposit) == "applied"
        assert (deposit.status, deposit.result_code) == ("COMPLETED", "0")
        assert money(deposit.user) == (500, 0)

    def test_a_foreign_checkout_id_is_held(self, deposit: Transaction) -> None:
        assert self.settle(deposit, checkout_request_id="ws_CO_other") == "mismatched"

        assert case_reasons() == ["checkout_mismatch"]
        assert deposit.status == "PENDING"
        assert money(deposit.user) == (0, 500)

    def test_a_foreign_checkout_id_after_a_query_posts_nothing(self, deposit: Transaction) -> None:
        query(deposit)

        assert self.settle(deposit, checkout_request_id="ws_CO_other") == "mismatched"

        assert SuspenseCase.objects.get().entry is None
        assert money(deposit.user) == (500, 0)

    def test_a_second_payment_is_held(self, deposit: Transaction) -> None:
        self.settle(deposit)

        assert self.settle(deposit, mpesa_receipt_number="SECOND0001") == "mismatched"

        assert case_reasons() == ["second_payment"]
        assert deposit.mpesa_receipt_number == RECEIPT
        assert money(deposit.user) == (500, 500)

    def test_another_amount_is_held(self, deposit: Transaction) -> None:
        assert self.settle(deposit, amount="300") == "mismatched"

        assert case_reasons() == ["amount_mismatch"]
        assert deposit.status == "PENDING"
        assert money(deposit.user) == (0, 300)

    def test_another_amount_after_a_query_posts_nothing(self, deposit: Transaction) -> None:
        query(deposit)

        assert self.settle(deposit, amount="300") == "mismatched"

        case = SuspenseCase.objects.get()
        assert (case.reason, case.amount, case.entry) == ("amount_mismatch", None, None)
        assert money(deposit.user) == (500, 0)

    def test_a_second_receipt_after_a_query_and_a_wrong_amount_is_new_money(
        self, deposit: Transaction
    ) -> None:
        query(deposit)
        self.settle(deposit, amount="300")

        assert self.settle(deposit, amount="700", mpesa_receipt_number="SECOND01") == "mismatched"

        assert money(deposit.user) == (500, 700)

    def test_a_second_receipt_with_the_right_amount_is_new_money_as_well(
        self, deposit: Transaction
    ) -> None:
        query(deposit)
        self.settle(deposit, amount="300")

        assert self.settle(deposit, mpesa_receipt_number="SECOND01") == "mismatched"

        assert case_reasons() == ["amount_mismatch", "second_payment"]
        assert deposit.mpesa_receipt_number is None
        assert money(deposit.user) == (500, 500)

    def test_a_used_receipt_is_held_without_posting(self, deposit: Transaction) -> None:
        other = unanswered()
        self.settle(deposit)

        assert self.settle(other, checkout_request_id="ws_CO_2") == "mismatched"

        case = SuspenseCase.objects.get()
        assert (case.transaction, case.reason, case.entry) == (other, "receipt_used", None)
        assert other.status == "PENDING"
        assert money(other.user) == (0, 0)

    def test_the_receipt_of_what_a_query_credited_is_added(self, deposit: Transaction) -> None:
        query(deposit)

        assert self.settle(deposit) == "applied"

        assert deposit.mpesa_receipt_number == RECEIPT
        assert money(deposit.user) == (500, 0)

    def test_the_same_receipt_with_another_amount_is_held_without_posting(
        self, deposit: Transaction
    ) -> None:
        self.settle(deposit)

        assert self.settle(deposit, amount="50000") == "mismatched"

        assert case_reasons() == ["receipt_used"]
        assert money(deposit.user) == (500, 0)

    def test_a_receipt_without_a_checkout_id_is_credited(self, deposit: Transaction) -> None:
        assert self.settle(deposit, checkout_request_id=None) == "applied"

        assert money(deposit.user) == (500, 0)


class TestDepositSettleFailure:
    def settle(self, deposit: Transaction, **fields: Any) -> str:
        """Settle a failure."""
        return call("deposit_settle_failure", deposit, failure(**fields))

    def test_a_pending_deposit_fails(self, deposit: Transaction) -> None:
        Transaction.objects.update(review_reason="no_answer", regular_query_at=after(90))

        assert self.settle(deposit) == "applied"

        assert (deposit.status, deposit.result_code) == ("FAILED", "1032")
        assert (deposit.result_desc, deposit.merchant_request_id) == ("As M-Pesa says", "29115-1")
        assert (deposit.next_query_at, deposit.regular_query_at) == (None, None)
        assert (deposit.review_reason, deposit.updated_at) == (None, NOON)
        assert money(deposit.user) == (0, 0)

    def test_long_words_are_cut_and_missing_ones_are_empty(self, deposit: Transaction) -> None:
        late = unanswered()

        self.settle(deposit, result_desc="why " * 100)
        self.settle(late, checkout_request_id="ws_2", result_desc=None)

        assert (len(deposit.result_desc), late.result_desc) == (255, "")
        assert late.checkout_request_id == "ws_2"

    def test_an_uncertain_failure_keeps_its_next_query(self, deposit: Transaction) -> None:
        assert self.settle(deposit, is_certain=False) == "applied"

        assert (deposit.status, deposit.next_query_at) == ("FAILED", after(30))

    def test_an_uncertain_failure_keeps_the_regular_one_of_two_queries(
        self, deposit: Transaction
    ) -> None:
        Transaction.objects.update(next_query_at=NOON, regular_query_at=after(90))

        self.settle(deposit, is_certain=False)

        assert (deposit.next_query_at, deposit.regular_query_at) == (after(90), None)

    def test_the_same_failure_again_is_a_duplicate(self, deposit: Transaction) -> None:
        self.settle(deposit)

        assert self.settle(deposit, result_code="1") == "duplicate"
        assert deposit.result_code == "1032"

    def test_a_failure_after_a_success_changes_nothing(self, deposit: Transaction) -> None:
        settle(deposit, success())

        assert self.settle(deposit) == "mismatched"

        assert (deposit.status, deposit.result_code) == ("COMPLETED", "0")
        assert money(deposit.user) == (500, 0)

    def test_a_failure_with_a_foreign_checkout_id_fails_no_deposit(
        self, deposit: Transaction
    ) -> None:
        assert self.settle(deposit, checkout_request_id="ws_CO_other") == "mismatched"

        assert deposit.status == "PENDING"

    def test_a_failure_leaves_alone_what_is_held_in_suspense(self, deposit: Transaction) -> None:
        settle(deposit, success(amount="300"))

        assert self.settle(deposit) == "mismatched"

        assert (deposit.status, deposit.review_reason) == ("PENDING", "suspense")

    def test_a_failure_leaves_alone_what_was_decided(
        self, deposit: Transaction, operator: User
    ) -> None:
        settle(deposit, success(amount="300"))
        resolve(SuspenseCase.objects.get().pk, deposit.user, operator)
        deposit.refresh_from_db()

        assert self.settle(deposit) == "mismatched"

        assert (deposit.status, deposit.review_reason) == ("PENDING", "resolved")


class TestDepositExpediteQuery:
    def hint(
        self,
        deposit: Transaction,
        result: dict[str, Any] | None = None,
        *,
        has_token: bool = True,
        is_trusted: bool = True,
    ) -> str:
        """Settle a hint half a minute before the next query."""
        return call(
            "deposit_expedite_query",
            deposit,
            result or success(),
            f", {has_token}, {is_trusted}",
        )

    def test_the_next_query_is_due_now_and_the_regular_one_keeps_its_time(
        self, deposit: Transaction
    ) -> None:
        assert self.hint(deposit, has_token=False) == "hint"

        assert (deposit.next_query_at, deposit.regular_query_at) == (NOON, after(30))
        assert (deposit.status, deposit.result_code) == ("PENDING", None)
        assert money(deposit.user) == (0, 0)

    def test_a_second_hint_moves_nothing(self, deposit: Transaction) -> None:
        self.hint(deposit)
        Transaction.objects.update(next_query_at=after(20))

        assert self.hint(deposit) == "hint"

        assert (deposit.next_query_at, deposit.regular_query_at) == (after(20), after(30))

    def test_a_query_that_is_due_already_keeps_its_time(self, deposit: Transaction) -> None:
        Transaction.objects.update(next_query_at=after(-5))

        self.hint(deposit)

        assert (deposit.next_query_at, deposit.regular_query_at) == (after(-5), after(-5))

    def test_a_hint_about_a_completed_deposit_is_a_duplicate(self, deposit: Transaction) -> None:
        settle(deposit, success())

        assert self.hint(deposit) == "duplicate"
        assert deposit.next_query_at is None

    def test_a_foreign_checkout_id_at_the_deposits_address_is_a_mismatch(
        self, deposit: Transaction
    ) -> None:
        assert self.hint(deposit, success(checkout_request_id="ws_CO_other")) == "mismatched"
        assert deposit.next_query_at == after(30)

    def test_a_trusted_source_teaches_the_checkout_id(self) -> None:
        late = unanswered()

        assert self.hint(late) == "hint"

        assert (late.checkout_request_id, late.updated_at) == (CHECKOUT, NOON)

    def test_a_source_that_is_not_trusted_teaches_nothing(self) -> None:
        late = unanswered()

        assert self.hint(late, is_trusted=False) == "hint"

        assert late.checkout_request_id is None
        assert late.next_query_at == NOON

    def test_a_failed_deposit_is_asked_about_once_more_at_its_own_address(
        self, deposit: Transaction
    ) -> None:
        settle(deposit, failure())

        assert self.hint(deposit, is_trusted=False) == "hint"

        assert (deposit.status, deposit.next_query_at) == ("FAILED", NOON)

    def test_without_the_token_a_failed_deposit_is_not_asked_about(
        self, deposit: Transaction
    ) -> None:
        settle(deposit, failure())

        assert self.hint(deposit, has_token=False) == "hint"

        assert deposit.next_query_at is None

    def test_a_deposit_held_in_suspense_is_not_queried(self, deposit: Transaction) -> None:
        settle(deposit, success(amount="300"))

        assert self.hint(deposit) == "hint"

        assert deposit.next_query_at is None


class TestDepositSettleCallback:
    def settle(
        self,
        deposit_id: int | None,
        result: dict[str, Any],
        *,
        has_token: bool = True,
        is_trusted: bool = True,
    ) -> str:
        """Settle a callback."""
        return str(
            value_of(
                "SELECT deposit_settle_callback(%(id)s::bigint, %(has_token)s, %(is_trusted)s,"
                " %(result)s::jsonb, %(now)s)",
                id=deposit_id,
                has_token=has_token,
                is_trusted=is_trusted,
                result=json.dumps(result),
                now=NOON,
            )
        )

    @pytest.mark.parametrize("deposit_id", [None, 999_999])
    def test_an_unknown_deposit_is_unmatched(self, deposit_id: int | None) -> None:
        assert self.settle(deposit_id, success()) == "unmatched"

    def test_a_success_is_credited(self, deposit: Transaction) -> None:
        assert self.settle(deposit.pk, success()) == "applied"
        assert money(deposit.user) == (500, 0)

    def test_a_success_late_by_days_is_credited(self, deposit: Transaction) -> None:
        assert settle(deposit, success(), after(3 * 86400)) == "applied"

        assert deposit.completed_at == after(3 * 86400)
        assert money(deposit.user) == (500, 0)

    def test_a_failure_fails_the_deposit(self, deposit: Transaction) -> None:
        assert self.settle(deposit.pk, failure()) == "applied"

        deposit.refresh_from_db()
        assert deposit.status == "FAILED"

    @pytest.mark.parametrize(
        ("has_token", "is_trusted"), [(False, True), (True, False), (False, False)]
    )
    def test_a_success_without_token_or_trusted_source_is_a_hint(
        self, deposit: Transaction, has_token: bool, is_trusted: bool
    ) -> None:
        verdict = self.settle(deposit.pk, success(), has_token=has_token, is_trusted=is_trusted)

        deposit.refresh_from_db()
        assert (verdict, deposit.status, deposit.next_query_at) == ("hint", "PENDING", NOON)
        assert money(deposit.user) == (0, 0)

    @pytest.mark.parametrize(
        "result",
        [
            success(is_final=False),
            success(amount=None),
            success(mpesa_receipt_number=None),
            success(result_code="00"),
        ],
    )
    def test_a_result_that_is_not_final_or_not_complete_is_a_hint(
        self, deposit: Transaction, result: dict[str, Any]
    ) -> None:
        assert self.settle(deposit.pk, result) == "hint"

        deposit.refresh_from_db()
        assert (deposit.status, deposit.next_query_at) == ("PENDING", NOON)
        assert money(deposit.user) == (0, 0)


class TestDepositSettleQuery:
    def test_a_payment_is_credited_without_a_receipt(self, deposit: Transaction) -> None:
        assert query(deposit, result_desc="Paid") == "applied"

        assert (deposit.status, deposit.mpesa_receipt_number) == ("COMPLETED", None)
        assert (deposit.result_code, deposit.result_desc) == ("0", "Paid")
        assert money(deposit.user) == (500, 0)

    def test_a_second_answer_is_a_duplicate(self, deposit: Transaction) -> None:
        query(deposit)

        assert query(deposit) == "duplicate"
        assert query(deposit, is_paid=False, result_code="1032") == "duplicate"
        assert money(deposit.user) == (500, 0)

    def test_a_failure_fails_the_deposit(self, deposit: Transaction) -> None:
        assert query(deposit, is_paid=False, result_code="1032") == "applied"

        assert (deposit.status, deposit.result_code) == ("FAILED", "1032")
        assert deposit.next_query_at is None

    def test_a_failed_deposit_that_was_paid_is_credited(self, deposit: Transaction) -> None:
        settle(deposit, failure(is_certain=False))

        assert query(deposit) == "applied"

        assert deposit.status == "COMPLETED"
        assert money(deposit.user) == (500, 0)

    def test_after_the_second_failure_no_query_is_due(self, deposit: Transaction) -> None:
        settle(deposit, failure(is_certain=False))
        assert deposit.next_query_at is not None

        verdict = query(deposit, is_paid=False, result_code="1037", is_certain=False)

        assert (verdict, deposit.status) == ("duplicate", "FAILED")
        assert (deposit.result_code, deposit.next_query_at) == ("1032", None)

    def test_an_uncertain_failure_is_queried_once_more(self, deposit: Transaction) -> None:
        assert query(deposit, is_paid=False, result_code="1037", is_certain=False) == "applied"

        assert (deposit.status, deposit.next_query_at) == ("FAILED", after(30))

    @pytest.mark.parametrize("is_paid", [True, False])
    def test_a_deposit_held_in_suspense_stays_unchanged(
        self, deposit: Transaction, is_paid: bool
    ) -> None:
        settle(deposit, success(amount="300"))

        assert query(deposit, is_paid=is_paid) == "kept"

        assert (deposit.status, deposit.review_reason) == ("PENDING", "suspense")
        assert money(deposit.user) == (0, 300)

    @pytest.mark.parametrize("is_paid", [True, False])
    def test_a_resolved_deposit_stays_unchanged(
        self, deposit: Transaction, operator: User, is_paid: bool
    ) -> None:
        settle(deposit, success(amount="300"))
        resolve(SuspenseCase.objects.get().pk, deposit.user, operator)

        assert query(deposit, is_paid=is_paid) == "kept"

        assert money(deposit.user) == (300, 0)

    def test_an_unknown_deposit_is_an_error(self) -> None:
        with pytest.raises(DatabaseError, match="query returned no rows"):
            value_of("SELECT deposit_settle_query(999999, true, '{}', %(now)s)", now=NOON)
