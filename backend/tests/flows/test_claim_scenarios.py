"""Scenarios of "I have paid", over HTTP from both sides, as the application's role."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from common import clock
from payments.daraja.receipts import is_receipt
from payments.models import Claim
from payments.services import look_at_open_claims, reconcile_due_deposits
from payments.tests.building import OTHER_PHONE, house_balance, success_body
from payments.tests.scripted_gateway import PAID, ScriptedGateway
from tests.flows.app import App, call_back

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("as_application", "gateway"),
]
SECRET = "a-secret-that-only-mpesa-has-been-told"


@pytest.fixture(autouse=True)
def by_hand(settings: Any) -> None:
    settings.PAYBILL_ENABLED, settings.PAYBILL_URL_SECRET = True, SECRET


def make_code() -> str:
    """Return a receipt of today."""
    day = (clock.now() + timedelta(hours=3)).date()
    code = chr(ord("A") + day.year - 2006) + chr(ord("A") + day.month - 1)
    code += "123456789ABCDEFGHIJKLMNOPQRSTUV"[day.day - 1] + "52ZDR4F"
    assert is_receipt(code, now=clock.now(), max_age=timedelta(days=1))
    return code


def confirm(code: str, typed: str) -> None:
    """Report a payment of KES 500 as M-Pesa does."""
    body = {"TransID": code, "TransAmount": "500.00", "BillRefNumber": typed, "MSISDN": ""}
    answer = Client(enforce_csrf_checks=True).post(
        f"/api/payments/paybill/{SECRET}/confirmation/",
        json.dumps(body),
        content_type="application/json",
    )
    assert answer.status_code == 200


def look() -> None:
    """Let the worker's next pass come."""
    look_at_open_claims(now=clock.now() + timedelta(seconds=30))


def test_the_account_number_was_mistyped_and_the_customer_sends_the_sms() -> None:
    app, code = App(), make_code()
    confirm(code, "0712 345 678 kibeezy")
    assert app.balance == "0.00"

    answer = app.claim(f"{code} Confirmed. Ksh500.00 sent to KIBEEZY for account 0712 345 678")

    assert answer.json()["outcome"] == "credited"
    assert app.status(answer.json()["transaction_id"])["status"] == "COMPLETED"
    assert app.balance == "500.00"
    call_command("check_ledger")


def test_the_customer_is_quicker_than_the_confirmation() -> None:
    app, code = App(), make_code()
    number = app.get("/api/payments/paybill/")["account_number"]
    assert app.claim(code).status_code == 202

    confirm(code, number)
    look()

    [found] = app.get("/api/payments/claims/")["results"]
    assert found["status"] == "credited"
    assert app.status(found["transaction_id"])["status"] == "COMPLETED"
    assert app.balance == "500.00"
    call_command("check_ledger")


def test_the_callback_of_a_prompt_got_lost_and_the_customer_sends_the_code(
    gateway: ScriptedGateway,
) -> None:
    gateway.on_query = lambda _: PAID
    app, code = App(), make_code()
    started = app.deposit(500).json()

    assert app.claim(code).status_code == 202
    reconcile_due_deposits(now=clock.now())

    # The money is there; the code is unknown until a report names it.
    assert app.status(started["transaction_id"])["status"] == "COMPLETED"
    assert app.balance == "500.00"
    call_back(gateway.pushes[0].callback_url, success_body(started["checkout_id"], receipt=code))
    look()
    assert app.get("/api/payments/claims/")["results"][0]["status"] == "credited"
    assert app.balance == "500.00"
    call_command("check_ledger")


def test_a_stranger_learns_and_gets_nothing() -> None:
    owner, stranger, code = App(), App(OTHER_PHONE), make_code()
    confirm(code, owner.get("/api/payments/paybill/")["account_number"])
    assert owner.balance == "500.00"

    answer = stranger.claim(code)
    look()

    assert answer.status_code == 202
    assert stranger.get("/api/payments/claims/")["results"][0]["status"] == "checking"
    assert (owner.balance, stranger.balance) == ("500.00", "0.00")
    assert owner.claim(code).json()["outcome"] == "already_credited"


def test_a_payment_that_nobody_reported_is_with_the_team_after_three_days() -> None:
    app, code = App(), make_code()
    app.claim(code)

    look_at_open_claims(now=clock.now() + timedelta(hours=72, seconds=1))

    claim = Claim.objects.get()
    assert (claim.status, claim.escalated_at is not None) == ("OPEN", True)
    assert house_balance("suspense") == 0
    assert app.claim(code).status_code == 409
