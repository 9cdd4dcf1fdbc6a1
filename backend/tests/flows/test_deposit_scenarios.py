"""Scenarios from the tap to the wallet, over HTTP from both sides."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command

from common import clock
from payments.gateway import OutcomeUnknown, PushAccepted, PushRequest
from payments.models import Transaction
from payments.services import reconcile_due_deposits
from payments.tests.building import OTHER_PHONE, failure_body, house_balance, success_body
from payments.tests.scripted_gateway import PAID, ScriptedGateway, failing
from tests.flows.app import App, call_back

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("as_application"),
]


def make_due() -> None:
    """Let the time of the next query come."""
    Transaction.objects.update(next_query_at=clock.now() - timedelta(seconds=1))


def test_paid(gateway: ScriptedGateway) -> None:
    app = App()
    started = app.deposit(500).json()
    assert app.status(started["transaction_id"])["status"] == "PENDING"

    call_back(gateway.pushes[0].callback_url, success_body(started["checkout_id"]))

    [line] = app.get("/api/wallet/entries/")["results"]
    assert app.status(started["transaction_id"])["status"] == "COMPLETED"
    assert app.balance == "500.00"
    assert (line["amount"], line["transaction_id"]) == ("500.00", started["transaction_id"])
    assert line["mpesa_receipt_number"] == "NLJ7RT61SV"
    call_command("check_ledger")


def test_cancelled_and_tried_again(gateway: ScriptedGateway) -> None:
    app = App()
    first = app.deposit(500).json()
    call_back(gateway.pushes[0].callback_url, failure_body(first["checkout_id"]))
    assert app.status(first["transaction_id"])["status"] == "FAILED"

    second = app.deposit(500).json()
    call_back(gateway.pushes[1].callback_url, success_body(second["checkout_id"]))

    assert app.balance == "500.00"


def test_late_success_after_a_failure(gateway: ScriptedGateway) -> None:
    app = App()
    started = app.deposit(500).json()
    url = gateway.pushes[0].callback_url
    call_back(url, failure_body(started["checkout_id"], result_code=1037))

    call_back(url, success_body(started["checkout_id"]))

    assert app.status(started["transaction_id"])["status"] == "COMPLETED"
    assert app.balance == "500.00"


def test_a_late_event_of_one_attempt_does_not_undo_another(gateway: ScriptedGateway) -> None:
    app = App()
    first = app.deposit(500).json()
    call_back(gateway.pushes[0].callback_url, failure_body(first["checkout_id"]))
    second = app.deposit(500).json()
    call_back(gateway.pushes[1].callback_url, success_body(second["checkout_id"]))

    call_back(gateway.pushes[0].callback_url, failure_body(first["checkout_id"]))

    assert app.status(second["transaction_id"])["status"] == "COMPLETED"
    assert app.balance == "500.00"


def test_the_callback_comes_twice(gateway: ScriptedGateway) -> None:
    app = App()
    started = app.deposit(500).json()

    for _ in range(3):
        call_back(gateway.pushes[0].callback_url, success_body(started["checkout_id"]))

    assert app.balance == "500.00"
    assert house_balance("suspense") == 0


def test_the_callback_got_lost(gateway: ScriptedGateway) -> None:
    gateway.on_query = lambda _: PAID
    app = App()
    started = app.deposit(500).json()

    make_due()
    reconcile_due_deposits(now=clock.now())

    assert app.status(started["transaction_id"])["status"] == "COMPLETED"
    assert app.balance == "500.00"
    call_command("check_ledger")


def test_the_callback_got_lost_and_the_customer_says_that_the_pin_is_entered(
    gateway: ScriptedGateway,
) -> None:
    gateway.on_query = lambda _: PAID
    app = App()
    started = app.deposit(500).json()

    assert app.enter_pin(started["transaction_id"])["next_poll_after"] <= 3
    reconcile_due_deposits(now=clock.now())  # the worker's next pass

    assert app.status(started["transaction_id"])["status"] == "COMPLETED"
    assert app.balance == "500.00"
    call_command("check_ledger")


def test_the_answer_got_lost_and_the_customer_pays(gateway: ScriptedGateway) -> None:
    gateway.on_push = failing(OutcomeUnknown("read timeout"))
    app = App()

    response = app.deposit(500, key="k")
    repeated = app.deposit(500, key="k")
    call_back(gateway.pushes[0].callback_url, success_body())

    assert (response.status_code, repeated.status_code) == (202, 202)
    assert repeated["Idempotent-Replayed"] == "true"
    assert len(gateway.pushes) == 1
    assert app.balance == "500.00"


def test_the_callback_overtakes_the_answer(gateway: ScriptedGateway) -> None:
    def pay_first(request: PushRequest) -> PushAccepted:
        accepted = gateway.accept(request)
        call_back(request.callback_url, success_body(accepted.checkout_request_id))
        return accepted

    gateway.on_push = pay_first
    app = App()

    response = app.deposit(500)

    assert response.status_code == 200
    assert app.status(response.json()["transaction_id"])["status"] == "COMPLETED"
    assert app.balance == "500.00"


def test_a_forged_callback_moves_nothing_and_the_query_decides(gateway: ScriptedGateway) -> None:
    app = App()
    started = app.deposit(500).json()
    hint = "http://testserver/api/payments/callback/"

    call_back(hint, success_body(started["checkout_id"], receipt="FORGED0001"))
    reconcile_due_deposits(now=clock.now())

    row = Transaction.objects.get()
    assert gateway.queries == [started["checkout_id"]]
    assert (row.status, row.mpesa_receipt_number) == ("PENDING", None)
    assert app.balance == "0.00"


def test_a_shilling_for_fifty_thousand(gateway: ScriptedGateway) -> None:
    app = App()
    started = app.deposit(50_000).json()

    call_back(gateway.pushes[0].callback_url, success_body(started["checkout_id"], amount=1))

    status = app.status(started["transaction_id"])
    assert (status["status"], status["next_poll_after"]) == ("PENDING", None)
    assert app.balance == "0.00"
    assert house_balance("suspense") == 1


def test_one_receipt_for_two_customers(gateway: ScriptedGateway) -> None:
    first, second = App(), App(OTHER_PHONE)
    started = [app.deposit(500).json() for app in (first, second)]

    for push, answer in zip(gateway.pushes, started, strict=True):
        call_back(push.callback_url, success_body(answer["checkout_id"]))

    assert (first.balance, second.balance) == ("500.00", "0.00")
    assert house_balance("mpesa:174379") == -500


def test_the_token_of_one_deposit_credits_no_other(gateway: ScriptedGateway) -> None:
    first, second = App(), App(OTHER_PHONE)
    for app in (first, second):
        app.deposit(500)
    other_checkout = Transaction.objects.get(user=second.user).checkout_request_id
    assert other_checkout is not None

    call_back(gateway.pushes[0].callback_url, success_body(other_checkout))

    assert (first.balance, second.balance) == ("0.00", "0.00")
    assert house_balance("suspense") == 500


def test_the_secret_address_is_in_no_answer_of_the_api(gateway: ScriptedGateway) -> None:
    app = App()
    started = app.deposit(500).json()

    shown = json.dumps(
        [started, app.get("/api/payments/transactions/"), app.get("/api/wallet/entries/")]
    )

    assert gateway.token not in shown
