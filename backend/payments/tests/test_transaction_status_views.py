"""The addresses of Transaction Status, as M-Pesa and as strangers reach them."""

import json
from typing import Any

import pytest
from django.test import Client

from payments.models import Receipt, TransactionQuery
from payments.services.callbacks import hash_callback_token
from payments.tests.building import NOON, broken_table
from payments.tests.daraja.test_transaction_status import CREDENTIAL, RECEIPT, result_body

pytestmark = pytest.mark.django_db

TOKEN = "f" * 64
BOTH = pytest.mark.parametrize("what", ["result", "timeout"])


def post(what: str, body: bytes = result_body(), *, token: str = TOKEN, **headers: str) -> Any:
    """Post as M-Pesa does."""
    return Client(raise_request_exception=False).generic(
        "POST", f"/api/payments/transaction-status/{token}/{what}", body,
        content_type="application/json", headers=headers,
    )  # fmt: skip


@pytest.fixture
def query() -> TransactionQuery:
    """Store a question about RECEIPT."""
    return TransactionQuery.objects.create(
        receipt=RECEIPT, why="claim", token_hash=hash_callback_token(TOKEN),
        business_short_code="174379", asked_at=NOON,
    )  # fmt: skip


class TestResult:
    @pytest.mark.parametrize("path", ["result/", "result"])
    def test_it_is_settled_and_then_acknowledged(self, query: TransactionQuery, path: str) -> None:
        answer = post(path)

        assert (answer.status_code, answer.json()) == (
            200, {"ResultCode": 0, "ResultDesc": "Accepted"},
        )  # fmt: skip
        query.refresh_from_db()
        assert (query.verdict, query.source_address) == ("held", "127.0.0.1")

    def test_it_is_acknowledged_as_often_as_it_comes(self, query: TransactionQuery) -> None:
        assert [post("result/").status_code for _ in range(3)] == [200, 200, 200]
        assert Receipt.objects.count() == 1

    def test_any_accept_header_is_answered(self, query: TransactionQuery) -> None:
        assert post("result/", Accept="application/xml").status_code == 200

    def test_a_malformed_one_is_refused_and_kept(self, query: TransactionQuery) -> None:
        answer = post("result/", b"<html>")

        assert (answer.status_code, answer.json()["code"]) == (400, "malformed_callback")
        query.refresh_from_db()
        assert (query.state, query.verdict) == ("asked", "malformed")

    @pytest.mark.django_db(transaction=True)
    def test_one_that_cannot_be_stored_is_not_acknowledged(self, query: TransactionQuery) -> None:
        with broken_table("payments_transactionquery"):
            answer = post("result/")

        assert (answer.status_code, answer.json()["code"]) == (503, "callback_not_stored")
        assert answer["Retry-After"]


class TestTimeout:
    @pytest.mark.parametrize("body", [b"", b"{}", b"<html>", result_body()])
    def test_it_is_one_whatever_the_body_says(self, query: TransactionQuery, body: bytes) -> None:
        assert post("timeout/", body).status_code == 200

        query.refresh_from_db()
        assert (query.state, query.verdict) == ("timed_out", "")
        assert not Receipt.objects.exists()

    def test_the_request_that_it_repeats_is_kept_without_the_credential(
        self, query: TransactionQuery
    ) -> None:
        post(
            "timeout/", json.dumps({"SecurityCredential": CREDENTIAL, "Initiator": "api"}).encode()
        )

        query.refresh_from_db()
        assert query.raw == {"SecurityCredential": "[redacted]", "Initiator": "[redacted]"}


class TestStrangers:
    @BOTH
    @pytest.mark.parametrize("token", ["x", TOKEN[:-1], TOKEN.upper(), "0" * 64])
    def test_a_guessed_token_is_not_found_and_stores_nothing(
        self, query: TransactionQuery, what: str, token: str
    ) -> None:
        answer = post(f"{what}/", token=token)

        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        query.refresh_from_db()
        assert (query.state, query.raw) == ("asked", None)

    @BOTH
    def test_guesses_are_counted_and_mpesa_is_not(
        self, query: TransactionQuery, what: str, settings: Any
    ) -> None:
        settings.RATELIMIT_ENABLE, settings.CALLBACK_RATE_IP = True, "2/m"

        answers = [post(f"{what}/", token="guess").status_code for _ in range(4)]

        assert answers == [404, 404, 429, 429]
        assert post(f"{what}/").status_code == 200

    @BOTH
    @pytest.mark.parametrize("method", ["get", "put", "delete"])
    def test_other_methods_are_not_allowed(
        self, query: TransactionQuery, what: str, method: str
    ) -> None:
        answer = getattr(Client(), method)(f"/api/payments/transaction-status/{TOKEN}/{what}/")

        assert answer.status_code == 405

    @BOTH
    def test_a_long_body_is_refused(self, query: TransactionQuery, what: str) -> None:
        assert post(f"{what}/", b'{"a": "' + b"x" * 70_000 + b'"}').status_code == 413
        query.refresh_from_db()
        assert query.state == "asked"

    @BOTH
    def test_nothing_redirects(self, query: TransactionQuery, what: str, settings: Any) -> None:
        """Daraja follows no redirect."""
        settings.SECURE_SSL_REDIRECT = True

        assert post(what).status_code == 200
