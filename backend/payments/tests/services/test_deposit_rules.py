"""Who may deposit, one prompt at a time, and how much in a day."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from common.errors import DomainError
from payments.models import Transaction
from payments.services import PushOutcome, initiate_deposit
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    PHONE,
    failure_body,
    make_customer,
    money,
    receive,
    success_body,
)
from payments.tests.scripted_gateway import ScriptedGateway
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

#: Midnight in Nairobi is 21:00 in UTC.
MIDNIGHT = datetime.fromisoformat("2026-11-20T21:00:00Z")


def deposit_of(user: User, amount: int = 500, now: datetime = NOON) -> PushOutcome:
    """Start a deposit without an Idempotency-Key."""
    return initiate_deposit(user=user, amount=amount, idempotency_key=None, now=now)


def error_of(user: User, amount: int = 500, now: datetime = NOON) -> DomainError:
    """Return how a deposit was refused before M-Pesa was called."""
    with pytest.raises(DomainError) as error:
        deposit_of(user, amount, now)
    return error.value


class TestWhoMay:
    def test_a_blocked_account_comes_first(self, gateway: ScriptedGateway) -> None:
        user = make_customer("not a phone", is_active=False, kyc_status="PENDING")

        assert error_of(user).code == "account_blocked"

    @pytest.mark.parametrize("kyc_status", ["PENDING", "REJECTED"])
    def test_verification_is_checked_second(
        self, gateway: ScriptedGateway, kyc_status: str
    ) -> None:
        user = make_customer("not a phone", kyc_status=kyc_status)

        assert error_of(user).code == "kyc_required"

    def test_without_the_rule_unverified_customers_may_deposit(
        self, gateway: ScriptedGateway, settings: Any
    ) -> None:
        settings.KYC_REQUIRED = False

        assert deposit_of(make_customer(kyc_status="PENDING")).error is None

    @pytest.mark.parametrize(
        "number", ["not a phone", "255712345678", "25471234567", "254212345678"]
    )
    def test_the_phone_number_is_checked_third(self, gateway: ScriptedGateway, number: str) -> None:
        error = error_of(make_customer(number))

        assert (error.code, error.error) == (
            "invalid_phone_number",
            "Invalid phone number format",
        )

    def test_an_open_prompt_is_checked_before_the_limit(
        self, gateway: ScriptedGateway, customer: User, settings: Any
    ) -> None:
        deposit_of(customer)
        settings.DEPOSIT_DAILY_LIMIT = 500

        assert error_of(customer).code == "deposit_in_progress"

    def test_nothing_is_sent_to_customers_who_may_not(self, gateway: ScriptedGateway) -> None:
        error_of(make_customer(kyc_status="PENDING"))

        assert gateway.pushes == []
        assert not Transaction.objects.exists()


class TestOpenPrompt:
    def test_counts_down_to_its_end(self, gateway: ScriptedGateway, customer: User) -> None:
        first = deposit_of(customer)

        error = error_of(customer, now=NOON + timedelta(seconds=60))

        assert error.code == "deposit_in_progress"
        assert (error.transaction_id, error.retry_after_s) == (first.transaction_id, 120)

    def test_the_last_fraction_of_a_second_counts_as_one(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        deposit_of(customer)

        error = error_of(customer, now=NOON + timedelta(seconds=179.9))

        assert error.retry_after_s == 1

    def test_after_its_time_a_new_push_is_allowed_and_the_old_one_still_credited(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        old = deposit_of(customer)
        old_token = gateway.token

        new = deposit_of(customer, now=NOON + timedelta(seconds=180))
        assert old.checkout_request_id is not None
        receive(success_body(old.checkout_request_id), token=old_token)

        assert new.transaction_id != old.transaction_id
        assert money(customer) == (500, 0)
        assert Transaction.objects.get(pk=new.transaction_id).status == "PENDING"

    @pytest.mark.parametrize("body", [success_body, failure_body])
    def test_a_prompt_that_ended_early_blocks_no_deposit(
        self, gateway: ScriptedGateway, customer: User, body: Any
    ) -> None:
        first = deposit_of(customer)
        receive(body(first.checkout_request_id), token=gateway.token)

        assert deposit_of(customer, now=NOON + timedelta(seconds=5)).error is None

    def test_the_configured_time_counts(
        self, gateway: ScriptedGateway, customer: User, settings: Any
    ) -> None:
        settings.PROMPT_OPEN_SECONDS = 10
        deposit_of(customer)

        assert deposit_of(customer, now=NOON + timedelta(seconds=10)).error is None

    def test_a_prompt_on_a_number_that_changed_hands_names_no_foreign_deposit(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        deposit_of(customer)
        User.objects.filter(pk=customer.pk).update(phone_number=OTHER_PHONE)
        successor = make_customer(PHONE)

        error = error_of(successor)

        assert (error.code, error.transaction_id) == ("deposit_in_progress", None)


class TestDailyLimit:
    @pytest.fixture(autouse=True)
    def _limits(self, settings: Any) -> None:
        settings.DEPOSIT_DAILY_LIMIT = 1000
        settings.PROMPT_OPEN_SECONDS = 1

    def test_completed_and_pending_count_together(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        first = deposit_of(customer, 400)
        receive(success_body(first.checkout_request_id or "", amount=400), token=gateway.token)
        deposit_of(customer, 400, NOON + timedelta(seconds=10))

        error = error_of(customer, 201, NOON + timedelta(seconds=20))

        assert error.code == "limit_exceeded"
        assert "1,000 KES" in error.customer_message.en

    def test_up_to_the_limit_is_allowed(self, gateway: ScriptedGateway, customer: User) -> None:
        deposit_of(customer, 400)

        assert deposit_of(customer, 600, NOON + timedelta(seconds=10)).error is None

    def test_failed_deposits_do_not_count(self, gateway: ScriptedGateway, customer: User) -> None:
        first = deposit_of(customer, 1000)
        receive(failure_body(first.checkout_request_id or ""), token=gateway.token)

        assert deposit_of(customer, 1000, NOON + timedelta(seconds=10)).error is None

    def test_other_customers_deposits_do_not_count(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        deposit_of(make_customer(OTHER_PHONE), 1000)

        assert deposit_of(customer, 1000).error is None

    def test_the_day_ends_at_midnight_in_nairobi(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        deposit_of(customer, 1000, MIDNIGHT - timedelta(seconds=10))

        error = error_of(customer, 1, MIDNIGHT - timedelta(seconds=2))
        assert (error.code, error.retry_after_s) == ("limit_exceeded", 2)
        assert deposit_of(customer, 1000, MIDNIGHT).error is None

    def test_the_day_begins_at_midnight_in_nairobi(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        deposit_of(customer, 1000, MIDNIGHT)

        late = MIDNIGHT + timedelta(hours=23, minutes=59, seconds=59)
        assert error_of(customer, 1, late).retry_after_s == 1
        assert deposit_of(customer, 1000, MIDNIGHT + timedelta(days=1)).error is None

    def test_the_limit_may_be_below_a_single_deposit(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        assert error_of(customer, 1001).code == "limit_exceeded"
