"""What M-Pesa's answer makes of the row, also when the callback or the database comes between."""

from datetime import datetime
from typing import Any

import pytest

from payments.gateway import (
    GatewayRejected,
    GatewayUnreachable,
    OutcomeUnknown,
    PushAccepted,
    PushRequest,
    RejectionReason,
)
from payments.models import CallbackEvent, Transaction
from payments.services import PushOutcome, initiate_deposit
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
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


def deposit_of(user: User, amount: int = 500, now: datetime = NOON) -> PushOutcome:
    """Start a deposit without an Idempotency-Key."""
    return initiate_deposit(user=user, amount=amount, idempotency_key=None, now=now)


class TestAnswers:
    def test_accepted_stores_the_ids(self, gateway: ScriptedGateway, customer: User) -> None:
        outcome = deposit_of(customer)

        row = Transaction.objects.get()
        assert outcome.checkout_request_id == row.checkout_request_id
        assert (row.status, row.merchant_request_id) == ("PENDING", "29115-1")
        assert outcome.error is None

    @pytest.mark.parametrize("reason", list(RejectionReason))
    def test_a_rejection_fails_the_deposit(
        self, gateway: ScriptedGateway, customer: User, reason: RejectionReason
    ) -> None:
        gateway.on_push = failing(GatewayRejected("HTTP 400", reason=reason))

        outcome = deposit_of(customer)

        row = Transaction.objects.get()
        assert outcome.error is not None
        # A rejected number has the code of any rejection: the contract's codes are fixed.
        is_number = reason is RejectionReason.NUMBER
        code = RejectionReason.REJECTED.value if is_number else reason.value
        assert (outcome.error.code, outcome.error.transaction_id) == (code, row.pk)
        assert (row.status, row.result_code) == ("FAILED", reason.value)
        assert (row.result_desc, row.next_query_at) == ("HTTP 400", None)

    def test_a_busy_subscriber_fails_with_m_pesas_own_code(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        gateway.on_push = failing(
            GatewayRejected("locked", reason=RejectionReason.SUBSCRIBER_BUSY, result_code="1001")
        )

        outcome = deposit_of(customer)

        assert Transaction.objects.get().result_code == "1001"
        assert outcome.error is not None
        assert outcome.error.retry_after_s == 60

    def test_the_wait_that_m_pesa_names_counts(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        gateway.on_push = failing(
            GatewayRejected("spike", reason=RejectionReason.BUSY, retry_after_s=17)
        )

        error = deposit_of(customer).error

        assert error is not None
        assert error.retry_after_s == 17

    def test_a_push_that_was_never_sent_fails_the_deposit(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        gateway.on_push = failing(GatewayUnreachable("no connection", retry_after_s=30))

        outcome = deposit_of(customer)

        assert outcome.error is not None
        assert (outcome.error.code, outcome.error.retry_after_s) == ("mpesa_unavailable", 30)
        assert Transaction.objects.get().status == "FAILED"

    @pytest.mark.parametrize("error", [OutcomeUnknown("timeout"), ValueError("our own bug")])
    def test_a_deposit_with_an_unclear_answer_stays_pending(
        self, gateway: ScriptedGateway, customer: User, error: Exception
    ) -> None:
        gateway.on_push = failing(error)

        outcome = deposit_of(customer)

        row = Transaction.objects.get()
        assert (outcome.error, outcome.checkout_request_id) == (None, None)
        assert (row.status, row.checkout_request_id, row.result_code) == ("PENDING", None, None)
        assert len(gateway.pushes) == 1

    def test_a_failed_deposit_holds_no_prompt(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        gateway.on_push = failing(GatewayRejected("no"))
        deposit_of(customer)
        gateway.on_push = gateway.accept

        assert deposit_of(customer).error is None

    def test_a_refused_push_that_is_nevertheless_paid_is_credited(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        gateway.on_push = failing(GatewayRejected("locked", reason=RejectionReason.SUBSCRIBER_BUSY))
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

    def test_a_rejection_never_undoes_a_payment(
        self, gateway: ScriptedGateway, customer: User
    ) -> None:
        def pay_and_decline(request: PushRequest) -> PushAccepted:
            receive(success_body(), token=gateway.token)
            raise GatewayRejected("no")

        gateway.on_push = pay_and_decline

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

        assert (outcome.error, outcome.checkout_request_id) == (None, None)
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
