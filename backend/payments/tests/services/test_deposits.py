"""Starting a deposit: who may, what M-Pesa may answer, and what becomes of the row."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db import transaction as db_transaction

from common import clock
from common.db import TransactionIsOpen
from common.errors import DomainError
from payments.gateway import (
    GatewayRejected,
    GatewayUnreachable,
    OutcomeUnknown,
    PushAccepted,
    PushRequest,
    Refusal,
)
from payments.models import CallbackEvent, Transaction
from payments.services import PushOutcome, initiate_deposit
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    PHONE,
    broken_table,
    failure_body,
    make_customer,
    make_deposit,
    money,
    receive,
    success_body,
)
from payments.tests.scripted_gateway import ScriptedGateway, failing
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

#: Midnight in Nairobi is 21:00 in UTC.
MIDNIGHT = datetime.fromisoformat("2026-11-20T21:00:00Z")


def deposit_of(user: User, amount: int = 500, now: datetime = NOON) -> PushOutcome:
    """Start a deposit without an Idempotency-Key."""
    return initiate_deposit(user=user, amount=amount, idempotency_key=None, now=now)


def refusal_of(user: User, amount: int = 500, now: datetime = NOON) -> DomainError:
    """Return how a deposit was refused before M-Pesa was called."""
    with pytest.raises(DomainError) as refusal:
        deposit_of(user, amount, now)
    return refusal.value


class TestTheRequest:
    def test_prompts_the_customers_own_phone(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        deposit_of(customer, 500)

        [request] = gateway.pushes
        assert (request.phone_number, request.amount) == (PHONE, 500)
        assert type(request.amount) is int
        assert len(request.account_reference) <= 12
        assert len(request.transaction_desc) <= 13

    def test_each_deposit_has_a_secret_callback_address(
        self, gateway: ScriptedGateway, customer: User, settings: Any
    ) -> None:
        settings.MPESA_CALLBACK_URL = "https://pay.example/api/payments/callback/"

        deposit_of(customer)

        token = gateway.token
        assert gateway.pushes[0].callback_url == f"{settings.MPESA_CALLBACK_URL}{token}/"
        assert len(token) >= 43
        assert token not in repr(Transaction.objects.values().get())

    def test_the_row_is_committed_before_the_push(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        seen: list[dict[str, Any]] = []

        def look(request: PushRequest) -> PushAccepted:
            seen.extend(Transaction.objects.values("status", "account_reference", "next_query_at"))
            return gateway.accept(request)

        gateway.on_push = look

        deposit_of(customer)

        assert seen == [
            {
                "status": "PENDING",
                "account_reference": gateway.pushes[0].account_reference,
                "next_query_at": NOON + timedelta(seconds=30),
            }
        ]

    def test_the_row_says_what_the_seed_says(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        outcome = deposit_of(customer)

        row = Transaction.objects.get(pk=outcome.transaction_id)
        assert (row.user, row.type, row.amount) == (customer, "DEPOSIT", 500)
        assert (row.phone_number, row.status) == (PHONE, "PENDING")
        assert row.description == "M-Pesa deposit of KSH 500"
        assert (row.created_at, row.prompt_expires_at) == (NOON, NOON + timedelta(seconds=180))

    def test_a_push_inside_a_transaction_is_refused(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        with pytest.raises(TransactionIsOpen), db_transaction.atomic():
            deposit_of(customer)

        assert gateway.pushes == []


class TestAnswers:
    def test_accepted_stores_the_ids(self, gateway: ScriptedGateway, customer: User) -> None:
        outcome = deposit_of(customer)

        row = Transaction.objects.get()
        assert outcome.checkout_request_id == row.checkout_request_id
        assert (row.status, row.merchant_request_id) == ("PENDING", "29115-1")
        assert outcome.refusal is None

    @pytest.mark.parametrize("refusal", list(Refusal))
    def test_a_clear_no_fails_the_deposit(
        self, gateway: ScriptedGateway, customer: User, refusal: Refusal
    ) -> None:
        gateway.on_push = failing(GatewayRejected("HTTP 400", refusal=refusal))

        outcome = deposit_of(customer)

        row = Transaction.objects.get()
        assert outcome.refusal is not None
        assert (outcome.refusal.code, outcome.refusal.transaction_id) == (refusal.value, row.pk)
        assert (row.status, row.result_code) == ("FAILED", refusal.value)
        assert (row.result_desc, row.next_query_at) == ("HTTP 400", None)

    def test_a_busy_subscriber_fails_with_m_pesas_own_code(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        gateway.on_push = failing(
            GatewayRejected("locked", refusal=Refusal.SUBSCRIBER_BUSY, result_code="1001")
        )

        outcome = deposit_of(customer)

        assert Transaction.objects.get().result_code == "1001"
        assert outcome.refusal is not None
        assert outcome.refusal.retry_after_s == 60

    def test_the_wait_that_m_pesa_names_counts(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        gateway.on_push = failing(GatewayRejected("spike", refusal=Refusal.BUSY, retry_after_s=17))

        refusal = deposit_of(customer).refusal

        assert refusal is not None
        assert refusal.retry_after_s == 17

    def test_what_never_left_us_fails_the_deposit(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        gateway.on_push = failing(GatewayUnreachable("no connection", retry_after_s=30))

        outcome = deposit_of(customer)

        assert outcome.refusal is not None
        assert (outcome.refusal.code, outcome.refusal.retry_after_s) == ("mpesa_unavailable", 30)
        assert Transaction.objects.get().status == "FAILED"

    @pytest.mark.parametrize("error", [OutcomeUnknown("timeout"), ValueError("our own bug")])
    def test_whatever_is_unclear_stays_pending(
        self, gateway: ScriptedGateway, customer: User, error: Exception
    ) -> None:
        gateway.on_push = failing(error)

        outcome = deposit_of(customer)

        row = Transaction.objects.get()
        assert (outcome.refusal, outcome.checkout_request_id) == (None, None)
        assert (row.status, row.checkout_request_id, row.result_code) == ("PENDING", None, None)
        assert len(gateway.pushes) == 1

    def test_a_failed_deposit_holds_no_prompt(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        gateway.on_push = failing(GatewayRejected("no"))
        deposit_of(customer)
        gateway.on_push = gateway.accept

        assert deposit_of(customer).refusal is None

    def test_a_refused_push_that_is_paid_all_the_same_is_credited(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        gateway.on_push = failing(GatewayRejected("locked", refusal=Refusal.SUBSCRIBER_BUSY))
        deposit_of(customer)

        receive(success_body(), token=gateway.token)

        assert Transaction.objects.get().status == "COMPLETED"
        assert money(customer) == (500, 0)


class TestEarlyCallback:
    @pytest.mark.parametrize(
        ("body", "status"), [(success_body, "COMPLETED"), (failure_body, "FAILED")]
    )
    def test_a_callback_may_overtake_the_answer(
        self, gateway: ScriptedGateway, customer: User, body: Any, status: str
    ) -> None:
        def pay_first(request: PushRequest) -> PushAccepted:
            accepted = gateway.accept(request)
            receive(body(accepted.checkout_request_id), token=gateway.token)
            return accepted

        gateway.on_push = pay_first

        outcome = deposit_of(customer)

        row = Transaction.objects.get()
        assert (row.status, row.checkout_request_id) == (status, outcome.checkout_request_id)
        assert money(customer) == (500 if status == "COMPLETED" else 0, 0)

    def test_a_callback_may_overtake_a_lost_answer(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        def pay_and_lose(request: PushRequest) -> PushAccepted:
            receive(success_body(), token=gateway.token)
            raise OutcomeUnknown("connection lost")

        gateway.on_push = pay_and_lose

        deposit_of(customer)

        assert Transaction.objects.get().status == "COMPLETED"

    def test_a_refusal_never_undoes_a_payment(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        def pay_and_refuse(request: PushRequest) -> PushAccepted:
            receive(success_body(), token=gateway.token)
            raise GatewayRejected("no")

        gateway.on_push = pay_and_refuse

        deposit_of(customer)

        assert Transaction.objects.get().status == "COMPLETED"
        assert money(customer) == (500, 0)

    def test_two_prompts_of_one_push_are_both_accounted_for(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        def pay_another_first(request: PushRequest) -> PushAccepted:
            receive(success_body("ws_CO_duplicate", receipt="FIRST00001"), token=gateway.token)
            return gateway.accept(request)

        gateway.on_push = pay_another_first
        outcome = deposit_of(customer)
        assert outcome.checkout_request_id is not None

        receive(success_body(outcome.checkout_request_id), token=gateway.token)

        assert money(customer) == (500, 500)


class TestStoringTheAnswer:
    def test_a_checkout_id_of_another_deposit_says_nothing(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        make_deposit(make_customer(OTHER_PHONE), checkout_request_id="ws_CO_taken")
        gateway.on_push = lambda _: PushAccepted(
            checkout_request_id="ws_CO_taken", merchant_request_id=None
        )

        outcome = deposit_of(customer)

        row = Transaction.objects.get(pk=outcome.transaction_id)
        assert outcome.checkout_request_id is None
        assert (row.status, row.checkout_request_id) == ("PENDING", None)

    @pytest.mark.parametrize("answer", ["accepted", "rejected", "unreachable"])
    def test_a_database_that_fails_then_leaves_the_deposit_pending(
        self, gateway: ScriptedGateway, customer: User, answer: str
    ) -> None:
        gateway.on_push = {
            "accepted": gateway.accept,
            "rejected": failing(GatewayRejected("no")),
            "unreachable": failing(GatewayUnreachable("no connection")),
        }[answer]

        with broken_table("payments_transaction", event="UPDATE"):
            outcome = deposit_of(customer)

        assert (outcome.refusal, outcome.checkout_request_id) == (None, None)
        assert Transaction.objects.get().status == "PENDING"

    def test_the_callback_finds_a_deposit_whose_answer_was_lost(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        with broken_table("payments_transaction", event="UPDATE"):
            deposit_of(customer)

        receive(success_body(), token=gateway.token)

        assert money(customer) == (500, 0)


class TestCallbackWithTheAnswer:
    def test_a_gateway_without_a_network_is_believed_at_once(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        gateway.on_push = lambda _: PushAccepted(
            checkout_request_id="ws_CO_1",
            merchant_request_id=None,
            callback_body=success_body("ws_CO_1"),
        )

        outcome = deposit_of(customer)

        assert outcome.checkout_request_id == "ws_CO_1"
        assert money(customer) == (500, 0)

    def test_the_push_stands_when_its_callback_gets_lost(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        gateway.on_push = lambda _: PushAccepted(
            checkout_request_id="ws_CO_1",
            merchant_request_id=None,
            callback_body=success_body("ws_CO_1"),
        )

        with broken_table("payments_callbackevent"):
            outcome = deposit_of(customer)

        assert outcome.checkout_request_id == "ws_CO_1"
        assert not CallbackEvent.objects.exists()


class TestWhoMay:
    def test_a_blocked_account_comes_first(self, gateway: ScriptedGateway) -> None:
        user = make_customer("not a phone", is_active=False, kyc_status="PENDING")

        assert refusal_of(user).code == "account_blocked"

    @pytest.mark.parametrize("kyc_status", ["PENDING", "REJECTED"])
    def test_then_who_is_not_verified(self, gateway: ScriptedGateway, kyc_status: str) -> None:
        user = make_customer("not a phone", kyc_status=kyc_status)

        assert refusal_of(user).code == "kyc_required"

    def test_without_the_rule_everybody_may(self, gateway: ScriptedGateway, settings: Any) -> None:
        settings.KYC_REQUIRED = False

        assert deposit_of(make_customer(kyc_status="PENDING")).refusal is None

    @pytest.mark.parametrize(
        "number", ["not a phone", "255712345678", "25471234567", "254212345678"]
    )
    def test_then_a_number_that_m_pesa_cannot_prompt(
        self, gateway: ScriptedGateway, number: str
    ) -> None:
        refusal = refusal_of(make_customer(number))

        assert (refusal.code, refusal.error) == (
            "invalid_phone_number",
            "Invalid phone number format",
        )

    def test_then_an_open_prompt_and_only_then_the_limit(
        self, gateway: ScriptedGateway, customer: User, settings: Any
    ) -> None:
        deposit_of(customer)
        settings.DEPOSIT_DAILY_LIMIT = 500

        assert refusal_of(customer).code == "deposit_in_progress"

    def test_nothing_is_sent_to_whoever_may_not(self, gateway: ScriptedGateway) -> None:
        refusal_of(make_customer(kyc_status="PENDING"))

        assert gateway.pushes == []
        assert not Transaction.objects.exists()


class TestOpenPrompt:
    def test_counts_down_to_its_end(self, gateway: ScriptedGateway, customer: User) -> None:
        first = deposit_of(customer)

        refusal = refusal_of(customer, now=NOON + timedelta(seconds=60))

        assert refusal.code == "deposit_in_progress"
        assert (refusal.transaction_id, refusal.retry_after_s) == (first.transaction_id, 120)

    def test_the_last_fraction_of_a_second_counts_as_one(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        deposit_of(customer)

        refusal = refusal_of(customer, now=NOON + timedelta(seconds=179.9))

        assert refusal.retry_after_s == 1

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
    def test_its_end_may_come_first(
        self, gateway: ScriptedGateway, customer: User, body: Any
    ) -> None:
        first = deposit_of(customer)
        receive(body(first.checkout_request_id), token=gateway.token)

        assert deposit_of(customer, now=NOON + timedelta(seconds=5)).refusal is None

    def test_the_configured_time_counts(
        self, gateway: ScriptedGateway, customer: User, settings: Any
    ) -> None:
        settings.PROMPT_OPEN_SECONDS = 10
        deposit_of(customer)

        assert deposit_of(customer, now=NOON + timedelta(seconds=10)).refusal is None

    def test_a_prompt_on_a_number_that_changed_hands_names_no_foreign_deposit(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        deposit_of(customer)
        User.objects.filter(pk=customer.pk).update(phone_number=OTHER_PHONE)
        successor = make_customer(PHONE)

        refusal = refusal_of(successor)

        assert (refusal.code, refusal.transaction_id) == ("deposit_in_progress", None)


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

        refusal = refusal_of(customer, 201, NOON + timedelta(seconds=20))

        assert refusal.code == "limit_exceeded"
        assert "1,000 KES" in refusal.customer_message.en

    def test_up_to_the_limit_is_allowed(self, gateway: ScriptedGateway, customer: User) -> None:
        deposit_of(customer, 400)

        assert deposit_of(customer, 600, NOON + timedelta(seconds=10)).refusal is None

    def test_failed_deposits_do_not_count(self, gateway: ScriptedGateway, customer: User) -> None:
        first = deposit_of(customer, 1000)
        receive(failure_body(first.checkout_request_id or ""), token=gateway.token)

        assert deposit_of(customer, 1000, NOON + timedelta(seconds=10)).refusal is None

    def test_other_peoples_deposits_do_not_count(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        deposit_of(make_customer(OTHER_PHONE), 1000)

        assert deposit_of(customer, 1000).refusal is None

    def test_the_day_ends_at_midnight_in_nairobi(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        deposit_of(customer, 1000, MIDNIGHT - timedelta(seconds=10))

        refusal = refusal_of(customer, 1, MIDNIGHT - timedelta(seconds=2))
        assert (refusal.code, refusal.retry_after_s) == ("limit_exceeded", 2)
        assert deposit_of(customer, 1000, MIDNIGHT).refusal is None

    def test_the_day_begins_at_midnight_in_nairobi(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        deposit_of(customer, 1000, MIDNIGHT)

        late = MIDNIGHT + timedelta(hours=23, minutes=59, seconds=59)
        assert refusal_of(customer, 1, late).retry_after_s == 1
        assert deposit_of(customer, 1000, MIDNIGHT + timedelta(days=1)).refusal is None

    def test_the_limit_may_be_below_a_single_deposit(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        assert refusal_of(customer, 1001).code == "limit_exceeded"


def test_no_connection_is_held_and_no_transaction_open_during_the_push(
    gateway: ScriptedGateway, customer: User
) -> None:
    held: list[Any] = []

    def look(request: PushRequest) -> PushAccepted:
        stats = connection.pool.get_stats()  # type: ignore[attr-defined]  # PostgreSQL's own
        held.append((connection.connection, stats["pool_size"] - stats["pool_available"]))
        return gateway.accept(request)

    gateway.on_push = look

    initiate_deposit(user=customer, amount=500, idempotency_key="key", now=clock.now())

    assert held == [(None, 0)]


def test_amounts_are_booked_to_the_cent_as_asked(gateway: ScriptedGateway, customer: User) -> None:
    outcome = deposit_of(customer, 150_000)

    assert Transaction.objects.get(pk=outcome.transaction_id).amount == Decimal("150000.00")
