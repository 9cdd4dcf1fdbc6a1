"""Amounts over HTTP: only whole JSON numbers within the limits are accepted."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from payments.tests.scripted_gateway import ScriptedGateway
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

PUSH = "/api/payments/stk-push/"


def push(user: User | None, body: Any = None, **headers: str) -> Any:
    """Ask for a deposit as a signed-in customer."""
    client = APIClient()
    if user is not None:
        client.force_authenticate(user)
    body = {"amount": 500} if body is None else body
    return client.post(PUSH, body, format="json", headers=headers)


def push_raw(user: User, body: bytes | str, content_type: str = "application/json") -> Any:
    """Send a body as it is."""
    client = APIClient()
    client.force_authenticate(user)
    return client.post(PUSH, body, content_type=content_type)


_BAD_AMOUNTS = [
    '"500"', "500.0", "500.5", "1.99", "1e5", "5E2", "true", "false", "null", "[]", "{}", "[500]",
    '{"amount": 500}', '"1_000"',
    '"\u0665\u0660\u0660"', '" 500 "', '""', "0", "-0", "-1", "150001", "1" * 30,
    "1" * 4000, "1e400", "-1e400",
]  # fmt: skip


class TestAmounts:
    @pytest.mark.parametrize("amount", _BAD_AMOUNTS, ids=lambda text: text[:12])
    def test_whatever_is_not_a_whole_number_in_the_limits_is_refused(
        self, gateway: ScriptedGateway, customer: User, amount: str
    ) -> None:
        response = push_raw(customer, f'{{"amount": {amount}}}'.encode())

        body = response.json()
        assert (response.status_code, body["code"]) == (400, "invalid_amount")
        assert body["error"] == "Invalid amount"
        assert body["customer_message"] == "Amount must be between 1 and 150,000 KES"
        assert list(body["fields"]) == ["amount"]
        assert gateway.pushes == []

    @pytest.mark.parametrize("body", ["{}", "[]", "500", "null", '"amount"', '{"amont": 500}'])
    def test_a_body_without_an_amount_is_refused(
        self, gateway: ScriptedGateway, customer: User, body: str
    ) -> None:
        response = push_raw(customer, body)

        assert (response.status_code, response.json()["code"]) == (400, "invalid_amount")

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"amount=500",
            b'{"amount": 500',
            b"\xff\xfe",
            b'{"amount": NaN}',
            b"[" * 60_000,
            b'{"amount": ' + b"1" * 5000 + b"}",
        ],
        ids=lambda body: repr(body[:12]),
    )
    def test_a_body_that_is_not_json_is_refused(
        self, gateway: ScriptedGateway, customer: User, body: bytes
    ) -> None:
        response = push_raw(customer, body)

        assert response.status_code == 400
        assert set(response.json()) >= {"error", "customer_message", "code"}

    @pytest.mark.parametrize("amount", [1, 150_000])
    def test_the_limits_themselves_are_allowed(
        self, gateway: ScriptedGateway, customer: User, amount: int
    ) -> None:
        assert push(customer, {"amount": amount}).status_code == 200

    def test_the_configured_limits_count(
        self, gateway: ScriptedGateway, customer: User, settings: Any
    ) -> None:
        settings.DEPOSIT_MIN_AMOUNT, settings.DEPOSIT_MAX_AMOUNT = 10, 1000

        low, high = push(customer, {"amount": 9}), push(customer, {"amount": 1001})

        assert low.json()["customer_message"] == "Amount must be between 10 and 1,000 KES"
        assert high.status_code == 400

    @pytest.mark.parametrize(("text", "status"), [("500", 200), ("5e2", 400), ("\u0665", 400)])
    def test_the_form_of_the_browsable_api_sends_text(
        self, gateway: ScriptedGateway, customer: User, text: str, status: int
    ) -> None:
        client = APIClient()
        client.force_authenticate(customer)

        response = client.post(PUSH, {"amount": text}, format="multipart")

        assert response.status_code == status
