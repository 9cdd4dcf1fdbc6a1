"""No statement waits for a lock, or runs, without an end: 503 with Retry-After, and money once."""

import asyncio
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from common.db import read_row
from config.worker import _queue_connector
from payments.models import IdempotencyKey, Transaction
from payments.services import housekeeping
from payments.tests.building import NOON, TOKEN, make_customer, make_deposit, money, success_body
from tests.outages.database import locked, time_limits
from users.models import User

_CALLBACK = f"/api/payments/callback/{TOKEN}/"
_IN_FORCE = "SELECT current_setting('lock_timeout'), current_setting('statement_timeout')"


@pytest.fixture
def customer() -> User:
    return make_customer()


@pytest.fixture
def client(customer: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(customer)
    return client


class TestLimits:
    def test_every_connection_of_the_pool_has_the_time_limits(self, settings: Any) -> None:
        with time_limits(lock_ms=1234, statement_ms=56789):
            for _ in range(3):
                assert read_row(_IN_FORCE, {}) == ("1234ms", "56789ms")
                connection.close()

    def test_the_queues_own_connections_have_the_time_limits(self) -> None:
        async def ask() -> Any:
            connector = _queue_connector()
            await connector.open_async()
            try:
                return await connector.execute_query_one_async(
                    "SELECT current_setting('lock_timeout') AS lock,"
                    " current_setting('statement_timeout') AS statement"
                )
            finally:
                await connector.close_async()

        with time_limits(lock_ms=1234, statement_ms=56789):
            assert asyncio.run(ask()) == {"lock": "1234ms", "statement": "56789ms"}

    def test_a_statement_that_runs_too_long_is_ended(self) -> None:
        with time_limits(statement_ms=50), pytest.raises(OperationalError, match="timeout"):
            read_row("SELECT pg_sleep(5)", {})


class TestLocked:
    """A table that another session holds for itself."""

    @pytest.fixture(autouse=True)
    def _impatient(self) -> Any:
        with time_limits(lock_ms=100):
            yield

    @pytest.mark.parametrize("path", ["/api/payments/transactions/", "/api/payments/limits/"])
    def test_a_read_is_unavailable_for_a_moment(self, client: Client, path: str) -> None:
        with locked("payments_transaction"):
            response = client.get(path)

        assert (response.status_code, response.json()["code"]) == (503, "unavailable")
        assert response["Retry-After"]
        assert client.get(path).status_code == 200

    def test_a_page_of_the_admin_is_answered_with_503(self) -> None:
        operator = Client(raise_request_exception=False)
        operator.force_login(User.objects.create_superuser("0700000001", "a-good-password"))
        with locked("payments_transaction"):
            response = operator.get("/admin/payments/transaction/")

        assert response.status_code == 503
        assert response["Retry-After"]

    @pytest.mark.parametrize("table", ["payments_transaction", "payments_idempotencykey"])
    def test_a_push_leaves_nothing_behind_and_may_be_sent_again(
        self, client: Client, customer: User, table: str
    ) -> None:
        headers = {"Idempotency-Key": "k"}
        with locked(table):
            refused = client.post("/api/payments/stk-push/", {"amount": 500}, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        assert refused["Retry-After"]
        assert not Transaction.objects.exists()
        assert not IdempotencyKey.objects.exists()

        answer = client.post("/api/payments/stk-push/", {"amount": 500}, headers=headers)

        assert answer.status_code == 200
        assert money(customer) == (500, 0)

    @pytest.mark.parametrize(
        ("table", "status"),
        [
            # Nothing can be stored: M-Pesa is told so.
            ("payments_callbackevent", 503),
            ("payments_transaction", 503),
            # It is stored, and settled by the worker.
            ("wallet_journalentry", 200),
            ("wallet_ledgeraccount", 200),
            ("payments_receipt", 200),
        ],
    )
    def test_a_callback_credits_once_whatever_was_locked(
        self, client: Client, customer: User, table: str, status: int
    ) -> None:
        make_deposit(customer)
        with locked(table):
            response = client.post(_CALLBACK, success_body(), content_type="application/json")
            assert response.status_code == status
        assert money(customer) == (0, 0)
        connection.close()

        housekeeping.replay_open_callbacks(now=NOON)
        again = client.post(_CALLBACK, success_body(), content_type="application/json")

        assert again.status_code == 200
        assert money(customer) == (500, 0)
