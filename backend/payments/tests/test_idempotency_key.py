"""The Idempotency-Key over HTTP: the same answer again, marked as such."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from payments.gateway import GatewayRejected, GatewayUnreachable, OutcomeUnknown, RejectionReason
from payments.tests.scripted_gateway import ScriptedGateway, failing
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


class TestIdempotencyKey:
    @pytest.mark.parametrize(
        ("error", "status"),
        [
            (None, 200),
            (OutcomeUnknown("timeout"), 202),
            (GatewayRejected("locked", reason=RejectionReason.SUBSCRIBER_BUSY), 409),
            (GatewayRejected("no"), 502),
        ],
    )
    def test_the_stored_answer_is_given_again_and_marked(
        self,
        gateway: ScriptedGateway,
        customer: User,
        error: Exception | None,
        status: int,
    ) -> None:
        gateway.on_push = failing(error) if error else gateway.accept
        first = push(customer, **{"Idempotency-Key": "k"})

        again = push(customer, **{"Idempotency-Key": "k"})

        assert (first.status_code, again.status_code) == (status, status)
        assert again.json() == first.json()
        assert again["Idempotent-Replayed"] == "true"
        assert "Idempotent-Replayed" not in first
        assert len(gateway.pushes) == 1

    def test_a_503_is_not_stored(self, gateway: ScriptedGateway, customer: User) -> None:
        gateway.on_push = failing(GatewayUnreachable("no connection"))
        assert push(customer, **{"Idempotency-Key": "k"}).status_code == 503
        gateway.on_push = gateway.accept

        again = push(customer, **{"Idempotency-Key": "k"})

        assert again.status_code == 200
        assert "Idempotent-Replayed" not in again

    def test_a_400_is_not_stored(self, gateway: ScriptedGateway, customer: User) -> None:
        push(customer, {"amount": 0}, **{"Idempotency-Key": "k"})

        assert push(customer, **{"Idempotency-Key": "k"}).status_code == 200

    def test_another_body_is_422(self, gateway: ScriptedGateway, customer: User) -> None:
        push(customer, **{"Idempotency-Key": "k"})

        response = push(customer, {"amount": 501}, **{"Idempotency-Key": "k"})

        assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")

    @pytest.mark.parametrize("key", ["", "x" * 256, "nul\x00", "shilingi-é"])
    def test_a_key_has_1_to_255_characters(
        self, gateway: ScriptedGateway, customer: User, key: str
    ) -> None:
        response = push(customer, **{"Idempotency-Key": key})

        assert (response.status_code, response.json()["code"]) == (400, "invalid_idempotency_key")
        assert gateway.pushes == []

    def test_255_characters_are_a_key(self, gateway: ScriptedGateway, customer: User) -> None:
        assert push(customer, **{"Idempotency-Key": "x" * 255}).status_code == 200
