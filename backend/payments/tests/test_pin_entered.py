"""A customer who has entered the PIN has M-Pesa asked now, at most once per polling interval."""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from common import clock
from payments.models import Transaction
from payments.services import reconcile_due_deposits
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    failure_body,
    make_customer,
    make_deposit,
    money,
    receive,
    success_body,
)
from payments.tests.scripted_gateway import PAID, PENDING, ScriptedGateway
from users.models import User

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(seconds=100)


def enter_pin(user: User, pk: int, at: Any = NOON, **headers: str) -> Any:
    client = Client()
    client.force_login(user)
    with time_machine.travel(at, tick=False):
        return client.post(f"/api/payments/transactions/{pk}/pin-entered/", headers=headers)


def due(deposit: Transaction) -> tuple[Any, Any]:
    deposit.refresh_from_db()
    return deposit.next_query_at, deposit.regular_query_at


def columns(deposit: Transaction) -> dict[str, Any]:
    return dict(Transaction.objects.filter(pk=deposit.pk).values().get())


class TestOwnDeposit:
    def test_the_query_is_due_now_and_nothing_else_changes(self, deposit: Transaction) -> None:
        before = columns(deposit)

        answer = enter_pin(deposit.user, deposit.pk)

        assert answer.status_code == 200
        assert columns(deposit) == {
            **before,
            "next_query_at": NOON,
            "regular_query_at": NOON + timedelta(seconds=30),
        }

    def test_the_answer_is_the_status_with_a_short_wait(self, deposit: Transaction) -> None:
        Transaction.objects.update(next_query_at=LATER + timedelta(minutes=5))
        client = Client()
        client.force_login(deposit.user)
        with time_machine.travel(LATER, tick=False):
            status = client.get(f"/api/payments/transactions/{deposit.pk}/status/").json()

        answer = enter_pin(deposit.user, deposit.pk, LATER)

        assert status["next_poll_after"] > 3
        assert answer.json() == {**status, "next_poll_after": 3}
        assert len(answer.content) <= 300

    def test_a_shorter_wait_stays(self, deposit: Transaction) -> None:
        assert enter_pin(deposit.user, deposit.pk).json()["next_poll_after"] == 2


@pytest.mark.django_db(transaction=True)
class TestWorkers:
    def test_repeating_it_asks_no_more_until_the_regular_query(
        self, deposit: Transaction, gateway: ScriptedGateway
    ) -> None:
        gateway.on_query = lambda _: PENDING
        for second in range(0, 28, 2):
            moment = NOON + timedelta(seconds=second)
            enter_pin(deposit.user, deposit.pk, moment)
            reconcile_due_deposits(now=moment)

        assert len(gateway.queries) == 1
        assert due(deposit)[0] == NOON + timedelta(seconds=30)
        reconcile_due_deposits(now=NOON + timedelta(seconds=30))
        assert len(gateway.queries) == 2

    def test_the_rate_of_all_workers_holds(
        self, gateway: ScriptedGateway, settings: Any, customer: User
    ) -> None:
        settings.DARAJA_QUERY_RATE = "3/m"
        for number in range(5):
            made = make_deposit(
                customer,
                checkout_request_id=f"ws_CO_{number}",
                token=str(number),
                prompt_expires_at=NOON,
            )
            enter_pin(customer, made.pk)

        reconcile_due_deposits(now=NOON)

        assert 1 <= len(gateway.queries) <= 3

    def test_a_lost_callback_costs_seconds(
        self, deposit: Transaction, gateway: ScriptedGateway
    ) -> None:
        gateway.on_query = lambda _: PAID
        entered_at = NOON + timedelta(seconds=8)

        answer = enter_pin(deposit.user, deposit.pk, entered_at)
        wait = timedelta(seconds=answer.json()["next_poll_after"])
        with time_machine.travel(entered_at + wait, tick=False):
            reconcile_due_deposits(now=clock.now())

        deposit.refresh_from_db()
        assert deposit.status == "COMPLETED"
        assert money(deposit.user) == (500, 0)
        assert deposit.completed_at == entered_at + wait


class TestNothingToAsk:
    def test_a_completed_deposit(self, deposit: Transaction) -> None:
        receive(success_body())
        before = columns(deposit)

        answer = enter_pin(deposit.user, deposit.pk)

        assert (answer.json()["status"], answer.json()["next_poll_after"]) == ("COMPLETED", None)
        assert columns(deposit) == before

    @pytest.mark.parametrize("reason", ["suspense", "resolved", "no_answer"])
    def test_a_deposit_that_an_operator_looks_at(self, deposit: Transaction, reason: str) -> None:
        Transaction.objects.update(review_reason=reason, next_query_at=None)
        before = columns(deposit)

        answer = enter_pin(deposit.user, deposit.pk)

        assert answer.json()["next_poll_after"] is None
        assert columns(deposit) == before

    def test_a_payment_in_suspense_is_not_asked_about_even_with_a_query_ahead(
        self, deposit: Transaction
    ) -> None:
        Transaction.objects.update(review_reason="suspense")
        before = columns(deposit)

        enter_pin(deposit.user, deposit.pk)

        assert columns(deposit) == before

    def test_a_failed_deposit_stays_failed(self, deposit: Transaction) -> None:
        receive(failure_body())
        before = columns(deposit)

        assert enter_pin(deposit.user, deposit.pk).json()["status"] == "FAILED"
        assert columns(deposit) == before

    def test_an_uncertain_failure_has_its_query_brought_forward(self, deposit: Transaction) -> None:
        receive(failure_body(result_code=1037))

        enter_pin(deposit.user, deposit.pk)

        assert due(deposit) == (NOON, NOON + timedelta(seconds=30))

    def test_a_push_without_an_answer_is_left_to_its_escalation(self, customer: User) -> None:
        unanswered = make_deposit(customer, checkout_request_id=None)
        before = columns(unanswered)

        enter_pin(customer, unanswered.pk)

        assert columns(unanswered) == before

    def test_a_query_that_is_due_already_keeps_its_time(self, deposit: Transaction) -> None:
        before = columns(deposit)

        enter_pin(deposit.user, deposit.pk, LATER)

        assert columns(deposit) == before


class TestRights:
    def test_another_customers_deposit_is_not_found_and_not_asked_about(
        self, deposit: Transaction
    ) -> None:
        before = columns(deposit)

        answer = enter_pin(make_customer(OTHER_PHONE), deposit.pk)

        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert columns(deposit) == before

    @pytest.mark.parametrize("pk", [0, 2**63, 10**40])
    def test_an_unknown_id_is_not_found(self, customer: User, pk: int) -> None:
        assert enter_pin(customer, pk).status_code == 404

    def test_without_a_sign_in_it_is_refused(self, deposit: Transaction) -> None:
        path = f"/api/payments/transactions/{deposit.pk}/pin-entered/"

        assert Client().post(path).status_code == 401

    def test_a_session_needs_its_csrf_token(self, deposit: Transaction) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(deposit.user)

        answer = client.post(f"/api/payments/transactions/{deposit.pk}/pin-entered/")

        assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")

    def test_a_request_without_body_and_type_is_taken_as_a_browser_sends_it(
        self, deposit: Transaction
    ) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(deposit.user)
        token = client.get("/api/auth/csrf/").json()["csrf_token"]

        answer = client.generic(
            "POST",
            f"/api/payments/transactions/{deposit.pk}/pin-entered/",
            content_type="",
            headers={"X-CSRFToken": token},
        )

        assert answer.status_code == 200

    def test_it_is_counted_per_customer(self, deposit: Transaction, settings: Any) -> None:
        settings.RATELIMIT_ENABLE, settings.PIN_ENTERED_RATE_USER = True, "2/m"
        codes = [enter_pin(deposit.user, deposit.pk).status_code for _ in range(3)]
        other = make_deposit(
            make_customer(OTHER_PHONE), checkout_request_id="ws_CO_2", token="other"
        )

        assert codes == [200, 200, 429]
        assert enter_pin(other.user, other.pk).status_code == 200

    def test_it_follows_the_language(self, deposit: Transaction) -> None:
        answer = enter_pin(deposit.user, deposit.pk, **{"Accept-Language": "sw"})

        assert "simu" in json.loads(answer.content)["customer_message"]
