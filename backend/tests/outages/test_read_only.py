"""While the database refuses writes, requests that write get 503; all others work."""

import json
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import InternalError, connection
from django.test import Client
from knox.models import AuthToken

from common import health
from common.postgresql import base
from payments import services
from payments.models import CallbackEvent, IdempotencyKey, Transaction, TransactionQuery
from payments.services.callbacks import hash_callback_token
from payments.tests.building import NOON, TOKEN, make_customer, make_deposit, money, success_body
from tests.outages.database import read_only, wait_for_new_connections
from tests.races import support
from users.models import User
from users.tests.texting import FAKE

_PASSWORD = "a-good-password"  # as building.make_customer sets it
_SCHEMA = Path(__file__).resolve().parents[2] / "openapi.yaml"
_UNSAFE = {"post", "put", "patch", "delete"}
_CREDENTIALS = {"phone_number": "0712345678", "password": _PASSWORD}

#: A valid request for every operation that may change something, by (method, path).
_SECRET = "s" * 40
_REQUESTS: dict[tuple[str, str], dict[str, Any] | None] = {
    ("post", "/api/auth/login/"): _CREDENTIALS,
    ("post", "/api/auth/logout/"): {},
    ("post", "/api/auth/closing/"): {"current_password": _PASSWORD},
    ("delete", "/api/auth/closing/"): {},
    ("post", "/api/auth/privacy/"): {"version": "2026-12-01"},
    ("post", "/api/auth/password/"): {
        "current_password": _PASSWORD, "new_password": "quite-another-passphrase",
    },
    ("post", "/api/auth/phone/"): {"new_phone_number": "0722000111", "password": _PASSWORD},
    ("delete", "/api/auth/phone/"): {},
    ("post", "/api/auth/recovery/"): {"phone_number": "0712345678"},
    ("post", "/api/auth/recovery/confirm/"): {
        "recovery": "h" * 43, "code": "123456", "new_password": "quite-another-passphrase",
    },
    ("post", "/api/auth/sessions/end-others/"): {},
    ("post", "/api/auth/signup/"): {
        "phone_number": "0722333444", "password": "a-fine-long-passphrase", "full_name": "Njeri W",
    },
    ("post", "/api/auth/signup/code/"): {"phone_number": "0722333444"},
    ("post", "/api/auth/token/"): _CREDENTIALS,
    ("post", "/api/kyc/"): {
        "full_name": "Wanjiku Kamau", "id_type": "national_id", "id_number": "12345678",
        "date_of_birth": "1990-01-01",
    },
    ("put", "/api/limits/"): {"daily_cap": 1000, "weekly_cap": None},
    ("post", "/api/limits/pause/"): {"days": 1},
    ("post", "/api/limits/self-exclusion/"): {"months": 6, "password": _PASSWORD},
    ("post", "/api/payments/callback/"): None,
    ("post", "/api/payments/callback/{token}/"): None,
    ("post", "/api/payments/claims/"): {"text": "UKL51ZDR4F"},
    ("post", "/api/payments/paybill/{secret}/confirmation/"): {
        "TransID": "RKL51ZDR4F", "TransAmount": "500.00", "BillRefNumber": "5720000009",
    },
    ("post", "/api/payments/stk-push/"): {"amount": 500},
    ("post", "/api/payments/transaction-status/{token}/result/"): {"Result": {"ResultCode": 0}},
    ("post", "/api/payments/transaction-status/{token}/timeout/"): {},
    ("post", "/api/payments/transactions/{id}/pin-entered/"): {},
}  # fmt: skip
#: These change nothing in the database.
_NEED_NO_WRITES = {
    ("post", "/api/auth/my-data/"),
    ("post", "/api/page-errors/"),
    ("post", "/api/payments/paybill/{secret}/validation/"),
}


@pytest.fixture(autouse=True)
def paybill(settings: Any) -> None:
    """Take payments by hand as well."""
    settings.PAYBILL_ENABLED, settings.PAYBILL_URL_SECRET = True, _SECRET
    settings.SMS_SENDER = FAKE


@pytest.fixture
def customer() -> User:
    return make_customer()


def _client(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def _send(client: Client, method: str, path: str, body: dict[str, Any] | None) -> Any:
    content = success_body() if body is None else json.dumps(body)
    names = {"{token}": TOKEN, "{secret}": _SECRET, "{id}": _own_deposit()}
    target = reduce(lambda text, name: text.replace(name, names[name]), names, path)
    return client.generic(method.upper(), target, content, content_type="application/json")


def _own_deposit() -> str:
    """Return the id of the customer's deposit; "1" where there is none."""
    return str(Transaction.objects.values_list("pk", flat=True).first() or 1)


def test_every_operation_that_may_write_has_a_request_here() -> None:
    paths = yaml.safe_load(_SCHEMA.read_text())["paths"]
    operations = {(method, path) for path, found in paths.items() for method in found} & {
        (method, path) for path in paths for method in _UNSAFE
    }

    assert operations - _NEED_NO_WRITES == set(_REQUESTS)


@pytest.mark.parametrize(("method", "path"), _REQUESTS)
def test_requests_that_write_are_answered_as_temporarily_unavailable(
    customer: User, method: str, path: str
) -> None:
    make_deposit(customer, status="FAILED", next_query_at=None, prompt_expires_at=NOON)
    TransactionQuery.objects.create(
        receipt="UKL51ZDR4F", why="claim", token_hash=hash_callback_token(TOKEN)
    )
    client = _client(customer)
    token = AuthToken.objects.create(customer)[1]
    if method == "delete":
        _send(client, "post", path, _REQUESTS["post", path])
    if "kyc" in path:
        User.objects.filter(pk=customer.pk).update(kyc_status=User.KycStatus.REJECTED)

    with read_only():
        response = _send(client, method, path, _REQUESTS[method, path])

        assert response.status_code == 503, response.content
        assert int(response["Retry-After"]) > 0
        assert response.json()["code"] in {"unavailable", "callback_not_stored"}
        # Reading goes on.
        headers = {"Authorization": f"Token {token}"}
        assert Client().get("/api/wallet/", headers=headers).status_code == 200


def test_the_admin_says_that_it_is_unavailable(customer: User) -> None:
    client = _client(User.objects.create_superuser("0700000001", _PASSWORD))
    with read_only():
        response = client.post("/admin/logout/")

    assert response.status_code == 503
    assert response["Retry-After"]
    assert b"try again" in response.content


def test_readyz_reports_a_read_only_database_and_recovers(customer: User) -> None:
    health._readiness = health._Readiness()
    with read_only():
        response = Client().get("/readyz")
        assert (response.status_code, response.json()["failing"]) == (503, ["read_only"])
    wait_for_new_connections()

    assert Client().get("/readyz").status_code == 200


class TestPool:
    """Connections that lead to a read-only server."""

    def _write(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE payments_querypace SET failures_in_a_row = 0")

    def test_read_only_connections_leave_the_pool(self) -> None:
        with read_only():
            with pytest.raises(InternalError):
                self._write()
            connection.close()
        wait_for_new_connections()

        self._write()

    def test_a_connection_that_refuses_a_write_leaves_the_pool(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # A pooler reports the state that its servers had once, or none.
        monkeypatch.setattr(base, "_READ_ONLY_REPORTS", ())
        monkeypatch.setattr(base, "READ_ONLY_KEPT_S", 0.0)
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
        with pytest.raises(InternalError):
            self._write()
        connection.close()

        self._write()

    def test_where_every_server_is_read_only_reading_costs_no_new_connection(self) -> None:
        pids = set()
        with read_only():
            for _ in range(20):
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_backend_pid()")
                    pids.add(cursor.fetchone())
                connection.close()

        pool: Any = connection.pool  # type: ignore[attr-defined]
        assert len(pids) <= pool.max_size


class TestMoney:
    """A deposit under way."""

    def test_a_callback_is_taken_by_the_next_try(self, customer: User) -> None:
        make_deposit(customer)
        client = Client(raise_request_exception=False)
        path = f"/api/payments/callback/{TOKEN}/"
        with read_only():
            assert _send(client, "post", path, None).status_code == 503
        wait_for_new_connections()

        assert _send(client, "post", path, None).status_code == 200
        assert _send(client, "post", path, None).status_code == 200

        assert money(customer) == (500, 0)
        assert CallbackEvent.objects.filter(verdict="applied").count() == 1

    def test_a_push_before_it_leaves_nothing_behind(self, customer: User) -> None:
        client = _client(customer)
        headers = {"Idempotency-Key": "k"}
        with read_only():
            refused = client.post("/api/payments/stk-push/", {"amount": 500}, headers=headers)
            assert refused.status_code == 503
        wait_for_new_connections()
        assert not Transaction.objects.exists()
        assert not IdempotencyKey.objects.exists()

        answer = client.post("/api/payments/stk-push/", {"amount": 500}, headers=headers)

        assert answer.status_code == 200
        assert money(customer) == (500, 0)

    def test_a_push_that_was_sent_stays_pending_and_is_never_sent_again(
        self, customer: User, settings: Any
    ) -> None:
        settings.PAYMENTS_GATEWAY = {
            "CLASS": "tests.races.gateway.SlowGateway",
            "OPTIONS": {"name": "fail-over"},
        }
        entered = read_only()
        support.gateway().meanwhile = entered.__enter__
        try:
            outcome = services.initiate_deposit(
                user=customer, amount=100, idempotency_key="k", now=NOON
            )
        finally:
            entered.__exit__(None, None, None)
        wait_for_new_connections()

        assert outcome.error is None
        assert Transaction.objects.get().status == "PENDING"
        again = services.initiate_deposit(
            user=customer, amount=100, idempotency_key="k", now=NOON.replace(hour=12)
        )
        assert again.is_replay
        assert Transaction.objects.count() == 1
