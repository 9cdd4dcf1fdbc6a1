"""RATELIMIT_ENABLE=False ends every count of requests, prompts and log-ins, and nothing else."""

from typing import Any

import pytest
from django.conf import settings as configured
from django.test import Client

from tests.flows.app import PASSWORD, App

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("as_application"),
]

_OWN_WISHES = {"daily_cap": 900_000, "weekly_cap": None}
#: What is counted somewhere, with bodies (some are refused), none for its number.
_COUNTED = [
    ("post", "/api/auth/password/", {"current_password": "wrong", "new_password": "a-better-one"}),
    ("post", "/api/auth/phone/", {"new_phone_number": "0712345670", "password": "wrong"}),
    ("post", "/api/kyc/", {}),
    ("put", "/api/limits/", _OWN_WISHES),
    ("post", "/api/limits/self-exclusion/", {"months": 6, "password": "wrong"}),
    ("get", "/api/wallet/statement.csv", {"from": "2026-01-01", "to": "2026-01-02"}),
    ("post", "/api/payments/callback/not-ours/", {}),
    ("post", "/api/payments/callback/", {}),
]
_LOG_IN_ROUTES = ["/api/auth/login/", "/api/auth/token/", "/api/auth/signup/"]


@pytest.fixture
def app(settings: Any) -> App:
    """Sign a customer in where every rate would refuse the first request."""
    settings.RATELIMIT_ENABLE = False
    rates = [name for name in dir(configured) if "_RATE_" in name or name.startswith("RATE_")]
    assert len(rates) >= 10
    for name in rates:
        setattr(settings, name, "0/m")
    settings.DARAJA_QUERY_RATE = "30/m"
    return App()


@pytest.mark.parametrize(("method", "path", "body"), _COUNTED)
def test_no_request_is_counted(app: App, method: str, path: str, body: dict[str, Any]) -> None:
    token = app.get("/api/auth/csrf/")["csrf_token"]
    options: dict[str, Any] = {"headers": {"X-CSRFToken": token}}
    if method != "get":
        options["content_type"] = "application/json"

    answers = [getattr(app.browser, method)(path, body, **options) for _ in range(3)]

    assert {answer.status_code for answer in answers} <= {200, 400, 409}


@pytest.mark.parametrize("path", _LOG_IN_ROUTES)
def test_no_log_in_is_counted(app: App, path: str) -> None:
    body = {"phone_number": app.user.phone_number, "password": "wrong", "full_name": "A"}

    answers = [Client().post(path, body, "application/json") for _ in range(8)]

    assert {answer.status_code for answer in answers} <= {400, 401, 409}
    credentials = {"phone_number": app.user.phone_number, "password": PASSWORD}
    assert Client().post(_LOG_IN_ROUTES[0], credentials, "application/json").status_code == 200


def test_no_prompt_is_counted(app: App) -> None:
    refused = [app.deposit(amount).status_code for amount in [1032] * 7 + [1001, 1111]]

    assert refused == [200] * 7 + [409, 200]


def test_money_limits_the_open_prompt_and_keys_stay(app: App, settings: Any) -> None:
    settings.DEPOSIT_DAILY_LIMIT = 5_000

    first, again = app.deposit(500, key="k"), app.deposit(500, key="k")
    over = app.deposit(4_600)
    app.deposit(4_499)

    assert (first.json(), again.headers["Idempotent-Replayed"]) == (again.json(), "true")
    assert (over.status_code, over.json()["code"]) == (429, "limit_exceeded")
    assert app.balance == "4999.00"
    settings.DEPOSIT_DAILY_LIMIT = 500_000
    assert app.deposit(4999).status_code == 200
    assert app.deposit(500).json()["code"] == "deposit_in_progress"
