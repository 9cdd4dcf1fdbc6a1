""" "I have paid" over HTTP: what the answers say, and what they never tell."""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from payments.models import Claim, PaybillAccount, Transaction
from payments.services import close_claim, record_confirmation
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    make_customer,
    make_deposit,
    money,
    receive,
    success_body,
)
from users.models import User

pytestmark = pytest.mark.django_db

CODE, OTHER_CODE = "UKK51ZDR4F", "UKK61ZDR4F"
SMS = (
    f"{CODE} Confirmed. Ksh500.00 sent to KIBEEZY for account 5720000009 on 20/11/26 at 11:58 AM"
    " New M-PESA balance is Ksh4,120.50. Transaction cost, Ksh0.00."
)
PATH = "/api/payments/claims/"


@pytest.fixture(autouse=True)
def by_hand(settings: Any) -> None:
    settings.PAYBILL_ENABLED, settings.PAYBILL_URL_SECRET = True, "s" * 32


def claim(user: User, text: Any = CODE, at: Any = NOON, **headers: str) -> Any:
    client = Client()
    client.force_login(user)
    with time_machine.travel(at, tick=False):
        return client.post(PATH, {"text": text}, content_type="application/json", headers=headers)


def listed(user: User, at: Any = NOON, **headers: str) -> list[dict[str, Any]]:
    client = Client()
    client.force_login(user)
    with time_machine.travel(at, tick=False):
        found: list[dict[str, Any]] = client.get(PATH, headers=headers).json()["results"]
    return found


def confirm(receipt: str = CODE, typed: str = "wallet", **fields: Any) -> None:
    """Let M-Pesa report KES 500 paid by hand."""
    body = {
        "TransactionType": "Pay Bill",
        "TransID": receipt,
        "TransTime": "20261120115800",
        "TransAmount": "500.00",
        "BusinessShortCode": "174379",
        "BillRefNumber": typed,
        "MSISDN": "2547 ***** 126",
        **fields,
    }
    record_confirmation(body=json.dumps(body).encode(), headers={}, source_address=None, now=NOON)


class TestAnswers:
    def test_a_payment_that_is_credited_already_is_named(self, deposit: Transaction) -> None:
        receive(success_body(receipt=CODE))

        answer = claim(deposit.user, SMS)

        assert answer.status_code == 200
        assert answer.json() == {"outcome": "already_credited", "transaction_id": deposit.pk}

    def test_a_payment_that_waits_for_its_customer_is_credited(self, customer: User) -> None:
        confirm(typed="0712 345 678 wallet")
        assert money(customer) == (0, 500)

        answer = claim(customer)

        made = Transaction.objects.get()
        assert answer.status_code == 200
        assert answer.json() == {"outcome": "credited", "transaction_id": made.pk}
        assert made.description == "M-Pesa deposit of KSH 500 (paybill)"
        assert money(customer) == (500, 0)

    def test_an_unknown_payment_is_looked_for(self, customer: User) -> None:
        answer = claim(customer)

        assert answer.status_code == 202
        body = answer.json()
        assert body["outcome"] == "checking"
        assert CODE in body["customer_message"]
        assert set(body) == {"outcome", "customer_message"}

    def test_a_strangers_payment_reads_word_for_word_like_an_unknown_one(
        self, deposit: Transaction
    ) -> None:
        receive(success_body(receipt=CODE))
        stranger = make_customer(OTHER_PHONE)

        known, unknown = claim(stranger, CODE), claim(stranger, OTHER_CODE)

        assert known.status_code == unknown.status_code == 202
        assert known.content == unknown.content.replace(OTHER_CODE.encode(), CODE.encode())
        assert dict(known.items()).keys() == dict(unknown.items()).keys()
        assert money(stranger)[0] == 0

    def test_both_cost_the_same_statements(self, deposit: Transaction) -> None:
        known, unknown = "UKK52ZDR4F", "UKK62ZDR4F"
        receive(success_body(receipt=known))
        client = Client()
        client.force_login(make_customer(OTHER_PHONE))
        client.get(PATH)  # the session has been used

        asked: list[list[str]] = []
        for code in (unknown, known):
            with time_machine.travel(NOON, tick=False), CaptureQueriesContext(connection) as seen:
                client.post(PATH, {"text": code}, content_type="application/json")
            asked.append([each["sql"].replace(code, "?") for each in seen.captured_queries])

        assert asked[0] == asked[1]

    def test_the_text_is_not_stored(self, customer: User) -> None:
        claim(customer, SMS)

        stored = json.dumps(list(Claim.objects.values()), default=str)
        assert "4,120" not in stored
        assert "KIBEEZY" not in stored
        made = Claim.objects.get()
        assert (made.receipt, made.amount, made.paid_at) == (
            CODE,
            500,
            NOON - timedelta(minutes=2),
        )

    @pytest.mark.parametrize(
        "text",
        ["", " ", "I have paid", "UKT0000000", "NLJ7RT61SV", "VAA51ZDR4F", "x" * 1025, None, 5, []],
    )
    def test_a_text_without_a_receipt_is_refused(self, customer: User, text: Any) -> None:
        answer = claim(customer, text)

        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_code")
        assert Claim.objects.count() == 0

    def test_an_open_claim_of_the_same_receipt_is_in_progress(self, customer: User) -> None:
        claim(customer)

        answer = claim(customer, SMS)

        assert (answer.status_code, answer.json()["code"]) == (409, "claim_in_progress")

    def test_a_day_has_five_claims(self, customer: User) -> None:
        for sign in "ABCDE":
            assert claim(customer, f"UKK51ZDR4{sign}").status_code == 202

        answer = claim(customer, "UKK51ZDR4G")

        assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
        assert int(answer["Retry-After"]) == answer.json()["retry_after"] == 12 * 3600
        assert "5" in answer.json()["customer_message"]
        assert claim(customer, "UKK51ZDR4G", NOON + timedelta(hours=12)).status_code == 202

    def test_texts_without_a_receipt_are_counted_too(self, customer: User, settings: Any) -> None:
        settings.RATELIMIT_ENABLE, settings.CLAIM_RATE_USER = True, "2/h"

        assert [claim(customer, "none").status_code for _ in range(3)] == [400, 400, 429]

    def test_a_deposit_without_an_outcome_is_asked_about_now(self, deposit: Transaction) -> None:
        make_deposit(
            deposit.user,
            status="FAILED",
            next_query_at=None,
            checkout_request_id="ws_CO_2",
            token="2",
        )

        claim(deposit.user)

        deposit.refresh_from_db()
        assert deposit.next_query_at == NOON
        assert Transaction.objects.get(checkout_request_id="ws_CO_2").next_query_at is None

    def test_nobody_elses_deposit_is_asked_about(self, deposit: Transaction) -> None:
        claim(make_customer(OTHER_PHONE))

        deposit.refresh_from_db()
        assert deposit.next_query_at == NOON + timedelta(seconds=30)

    def test_errors_follow_the_language(self, customer: User) -> None:
        answer = claim(customer, "none", **{"Accept-Language": "sw"})

        assert "Hatukuona msimbo wa M-PESA" in answer.json()["customer_message"]

    def test_it_needs_a_sign_in_and_a_csrf_token(self, customer: User) -> None:
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(customer)

        assert Client().post(PATH, {"text": CODE}).status_code == 401
        assert (
            browser.post(PATH, {"text": CODE}, content_type="application/json").status_code == 403
        )

    def test_without_payments_by_hand_there_is_no_such_path(
        self, customer: User, settings: Any
    ) -> None:
        settings.PAYBILL_ENABLED = False
        client = Client()
        client.force_login(customer)

        assert claim(customer).json()["code"] == "not_found"
        assert client.get(PATH).status_code == 404
        assert Claim.objects.count() == 0


class TestOwnList:
    def test_an_open_claim_is_checked_and_then_with_the_team(self, customer: User) -> None:
        claim(customer)
        [early] = listed(customer)
        [late] = listed(customer, NOON + timedelta(hours=72))

        assert (early["status"], late["status"]) == ("checking", "with_team")
        assert CODE in early["customer_message"]
        assert "Our team" in late["customer_message"]
        assert (early["transaction_id"], early["ended_at"], early["reason"]) == (None, None, None)

    def test_a_claim_that_is_escalated_early_does_not_show_it(self, customer: User) -> None:
        claim(customer)
        Claim.objects.update(escalated_at=NOON)

        assert listed(customer)[0]["status"] == "checking"

    def test_a_credited_claim_names_its_deposit(self, deposit: Transaction) -> None:
        receive(success_body(receipt=CODE))
        claim(deposit.user)

        [found] = listed(deposit.user)

        assert (found["status"], found["transaction_id"]) == ("credited", deposit.pk)
        assert "is in your wallet" in found["customer_message"]

    def test_a_closed_claim_gives_the_reason(self, customer: User) -> None:
        claim(customer)
        operator = User.objects.create_superuser("254799999999", "a-good-password")
        close_claim(claim=Claim.objects.get(), operator=operator, reason="paid to a shop", now=NOON)

        [found] = listed(customer, **{"Accept-Language": "sw"})

        assert (found["status"], found["reason"]) == ("closed", "paid to a shop")
        assert "Timu yetu" in found["customer_message"]

    def test_others_claims_are_not_listed(self, customer: User) -> None:
        claim(customer)

        assert listed(make_customer(OTHER_PHONE)) == []

    def test_newest_first_in_pages(self, customer: User) -> None:
        claim(customer, CODE)
        claim(customer, OTHER_CODE)

        assert [each["receipt"] for each in listed(customer)] == [OTHER_CODE, CODE]


def test_an_account_number_with_a_slip_is_credited_by_the_claim(customer: User) -> None:
    PaybillAccount.objects.create(user=customer, number="5720000009")
    confirm(typed="acc 5720000009")

    assert claim(customer).json()["outcome"] == "credited"
