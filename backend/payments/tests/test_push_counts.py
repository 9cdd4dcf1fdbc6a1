"""How many SQL statements a push costs; unlike times, counts do not depend on the machine."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from knox.models import get_token_model

from payments.gateway import GatewayRejected, GatewayUnreachable, OutcomeUnknown
from payments.models import Transaction
from payments.tests.building import PHONE, make_customer
from payments.tests.scripted_gateway import ScriptedGateway, failing
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

PUSH = "/api/payments/stk-push/"
_EXPECTED = ["knox_authtoken", "push_start", "push_accepted"]


@pytest.fixture(autouse=True)
def _no_rates(settings: Any) -> None:
    settings.STK_PUSH_RATE_USER = settings.STK_PUSH_RATE_PHONE = "1000/m"


@pytest.fixture
def by_token() -> dict[str, str]:
    """Return the headers of a program that has a token."""
    _, token = get_token_model().objects.create(make_customer())
    return {"Authorization": f"Token {token}", "Idempotency-Key": "k"}


def statements(
    client: Client, headers: dict[str, str], status: int, amount: int = 500
) -> list[str]:
    """Push, and return what PostgreSQL was asked."""
    with CaptureQueriesContext(connection) as asked:
        answer = client.post(PUSH, {"amount": amount}, "application/json", headers=headers)
    assert answer.status_code == status, answer.content
    return [query["sql"] for query in asked.captured_queries]


class TestByToken:
    def test_a_push_costs_three_statements(
        self, client: Client, gateway: ScriptedGateway, by_token: dict[str, str]
    ) -> None:
        asked = statements(client, by_token, 200)

        assert len(asked) == 3
        assert all(name in sql for name, sql in zip(_EXPECTED, asked, strict=True))

    @pytest.mark.parametrize(
        ("error", "status"),
        [
            (OutcomeUnknown("timeout"), 202),
            (GatewayRejected("no"), 502),
            (GatewayUnreachable("no connection"), 503),
        ],
    )
    def test_a_push_that_m_pesa_rejects_or_loses_costs_three_statements(
        self,
        client: Client,
        gateway: ScriptedGateway,
        by_token: dict[str, str],
        error: Exception,
        status: int,
    ) -> None:
        gateway.on_push = failing(error)

        assert len(statements(client, by_token, status)) == 3

    def test_a_replay_costs_two_statements(
        self, client: Client, gateway: ScriptedGateway, by_token: dict[str, str]
    ) -> None:
        statements(client, by_token, 200)

        assert len(statements(client, by_token, 200)) == 2

    def test_a_rejection_costs_two_statements(
        self, client: Client, gateway: ScriptedGateway, by_token: dict[str, str]
    ) -> None:
        User.objects.update(kyc_status="PENDING")

        assert len(statements(client, by_token, 403)) == 2

    def test_an_invalid_amount_and_a_full_rate_cost_one_statement(
        self, client: Client, gateway: ScriptedGateway, by_token: dict[str, str], settings: Any
    ) -> None:
        assert len(statements(client, by_token, 400, amount=0)) == 1
        settings.STK_PUSH_RATE_USER = "0/m"

        assert len(statements(client, by_token, 429)) == 1

    def test_a_longer_history_costs_no_more_statements(
        self, client: Client, gateway: ScriptedGateway, by_token: dict[str, str], settings: Any
    ) -> None:
        settings.PROMPT_OPEN_SECONDS = 0
        for number in range(3):
            asked = statements(client, {**by_token, "Idempotency-Key": f"k{number}"}, 200)
            assert len(asked) == 3


class TestBySession:
    def test_the_same_functions_follow_the_session(
        self, client: Client, gateway: ScriptedGateway
    ) -> None:
        client.force_login(make_customer())

        asked = statements(client, {"Idempotency-Key": "k"}, 200)

        assert ["deposit_risk_inputs" in asked[-3], "push_start" in asked[-2]] == [True, True]
        assert "push_accepted" in asked[-1]
        # The first two statements read the session and its user.
        assert len(asked) == 5


class TestTheSignIn:
    @pytest.mark.parametrize("token", ["0" * 64, "x", "ünknown", "a-b"])
    def test_an_unknown_token_is_refused(self, client: Client, token: str) -> None:
        headers = {"Authorization": f"Token {token}"}

        answer = client.post(PUSH, {"amount": 500}, "application/json", headers=headers)

        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
        assert not Transaction.objects.exists()

    def test_an_expired_token_is_refused_and_deleted(
        self, client: Client, gateway: ScriptedGateway, by_token: dict[str, str]
    ) -> None:
        get_token_model().objects.update(expiry="2020-01-01T00:00:00Z")

        assert statements(client, by_token, 401)
        assert not get_token_model().objects.exists()

    def test_the_user_is_the_tokens_whole(
        self, client: Client, gateway: ScriptedGateway, by_token: dict[str, str]
    ) -> None:
        statements(client, by_token, 200)

        assert Transaction.objects.get().user.phone_number == PHONE

    def test_a_get_request_with_a_token_is_405(
        self, client: Client, by_token: dict[str, str]
    ) -> None:
        assert client.get(PUSH, headers=by_token).status_code == 405
