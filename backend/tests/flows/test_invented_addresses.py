"""Whatever addresses a sender invents, each rate counts the place that our own proxy saw."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from users.models import User

pytestmark = pytest.mark.django_db

_CALLBACK = {"Body": {"stkCallback": {"CheckoutRequestID": "ws_CO_not_ours", "ResultCode": 0}}}
_WRONG = {"phone_number": "0712345678", "password": "wrong"}
_TAKEN = {
    "phone_number": "0712345678",
    "password": "a-good-passphrase",  # pragma: allowlist secret
    "full_name": "Asha Mwangi",
}
#: Path, the rate that counts it, what an uncounted request answers, the body.
_COUNTED = [
    ("/api/auth/login/", "LOGIN_RATE_IP", 401, _WRONG),
    ("/api/auth/token/", "LOGIN_RATE_IP", 401, _WRONG),
    ("/api/auth/signup/", "SIGNUP_RATE_IP", 409, _TAKEN),
    ("/api/payments/stk-push/", "STK_PUSH_RATE_IP", 400, {}),
    ("/api/payments/stk-push/", "STK_PUSH_RATE_USER", 400, {}),
    ("/api/payments/stk-push/", "STK_PUSH_RATE_PHONE", 400, {}),
    ("/api/payments/callback/", "CALLBACK_RATE_IP", 200, _CALLBACK),
    ("/api/payments/callback/a-guessed-token/", "CALLBACK_RATE_IP", 200, _CALLBACK),
]
_counted = pytest.mark.parametrize(("path", "setting", "status", "body"), _COUNTED)


@pytest.fixture
def client() -> APIClient:
    """Sign a verified customer in, by a way that no throttle counts."""
    user = User.objects.create_user("0712345678", "a-good-password", kyc_status="VERIFIED")
    client = APIClient()
    client.force_authenticate(user)
    return client


def send(client: Client, path: str, body: Any, forwarded: str, remote: str = "41.90.1.2") -> Any:
    """Send a request that came over `forwarded`, as its header says."""
    return client.post(
        path, body, headers={"X-Forwarded-For": forwarded}, REMOTE_ADDR=remote, format="json"
    )


@_counted
def test_without_a_proxy_the_header_is_ignored(
    client: Any, settings: Any, path: str, setting: str, status: int, body: Any
) -> None:
    settings.TRUSTED_PROXY_COUNT = 0
    setattr(settings, setting, "2/h")

    answers = [send(client, path, body, f"6.6.6.{n}, ::ffff:6.6.7.{n}") for n in range(3)]

    assert [answer.status_code for answer in answers] == [status, status, 429]


@_counted
def test_behind_a_proxy_only_its_own_entry_counts(
    client: Any, settings: Any, path: str, setting: str, status: int, body: Any
) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    setattr(settings, setting, "2/h")

    answers = [
        send(client, path, body, f"6.6.6.{n}, garbage, 41.90.1.2", remote="10.0.0.9")
        for n in range(3)
    ]

    assert [answer.status_code for answer in answers] == [status, status, 429]
    assert answers[-1].json()["code"] == "rate_limited"
    assert int(answers[-1]["Retry-After"]) == answers[-1].json()["retry_after"] > 0


@pytest.mark.parametrize(
    ("path", "setting", "status", "body"), [one for one in _COUNTED if one[1].endswith("_IP")]
)
def test_behind_a_proxy_places_are_told_apart(
    client: Any, settings: Any, path: str, setting: str, status: int, body: Any
) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    setattr(settings, setting, "1/h")

    answers = [
        send(client, path, body, f"41.90.1.2, 41.90.2.{n}", remote="10.0.0.9") for n in range(3)
    ]

    assert [answer.status_code for answer in answers] == [status] * 3


@pytest.mark.parametrize(
    ("path", "setting"),
    [
        ("/api/auth/login/", "LOGIN_RATE_IP"),
        ("/api/auth/token/", "LOGIN_RATE_IP"),
        ("/api/auth/signup/", "SIGNUP_RATE_IP"),
    ],
)
@pytest.mark.parametrize("body", [{}, {"phone_number": "x"}, {**_TAKEN, "password": ""}, []])
def test_a_body_without_an_attempt_is_not_counted(
    client: Any, settings: Any, path: str, setting: str, body: Any
) -> None:
    setattr(settings, setting, "1/h")

    answers = [send(client, path, body, "") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [400] * 3
