"""Cross-site requests change nothing.

Every POST, PUT, PATCH and DELETE address rejects them, but those that M-Pesa posts to.
"""

import pytest
from django.test import Client

from tests.attacks.world import CALLBACKS, PAYBILL, STATUS, UNSAFE, Attack, addresses

_TYPES = ("application/json", "text/plain", "application/x-www-form-urlencoded")


def _unsafe_addresses() -> list[tuple[str, str]]:
    return [
        (address.path, method)
        for address in addresses()
        for method in address.methods
        if method in UNSAFE and not address.path.startswith((CALLBACKS, PAYBILL, STATUS))
    ]


def test_the_list_has_the_addresses_that_change_something() -> None:
    paths = {path for path, _ in _unsafe_addresses()}

    assert {
        "/api/payments/stk-push/", "/api/auth/logout/", "/api/auth/password/", "/api/auth/phone/",
        "/api/kyc/", "/api/limits/", "/api/payments/claims/",
        "/api/payments/transactions/1/pin-entered/", "/api/auth/browser/logout/",
    } <= paths  # fmt: skip


@pytest.mark.parametrize("content_type", _TYPES)
def test_every_unsafe_address_needs_the_csrf_token_of_the_session(
    attack: Attack, content_type: str
) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(attack.victim.user)
    headers = {"Origin": "https://evil.example", "Referer": "https://evil.example/"}

    for path, method in _unsafe_addresses():
        response = browser.generic(
            method.upper(), path, b'{"amount": 100}', content_type, headers=headers
        )
        assert response.status_code == 403, (method, path)
        assert response.json()["code"] == "csrf_failed", (method, path)
    assert browser.get("/api/auth/me/").status_code == 200


@pytest.mark.parametrize("path", ["/admin/login/", "/admin/logout/", "/admin/users/user/add/"])
def test_the_admin_needs_the_csrf_token(attack: Attack, path: str) -> None:
    attack.attacker.user.is_staff = attack.attacker.user.is_superuser = True
    attack.attacker.user.save()
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(attack.attacker.user)

    assert browser.post(path, {"phone_number": "0712000000"}).status_code == 403


def test_a_token_of_another_session_is_refused(attack: Attack) -> None:
    stolen = attack.attacker.get("/api/auth/csrf/")["csrf_token"]

    response = attack.victim.browser.post(
        "/api/payments/stk-push/", {"amount": 100}, "application/json",
        headers={"X-CSRFToken": stolen},
    )  # fmt: skip

    assert response.json()["code"] == "csrf_failed"


def test_a_planted_session_is_not_the_victims(attack: Attack) -> None:
    """The attacker plants a session key; the log-in gives the victim another."""
    planted = Client()
    session = planted.session
    session["planted"] = "yes"
    session.save()
    key = session.session_key
    body = {"phone_number": "0712345678", "password": "a-good-password"}

    planted.post("/api/auth/login/", body, "application/json")

    thief = Client()
    thief.cookies["sessionid"] = str(key)
    assert planted.get("/api/auth/me/").status_code == 200
    assert thief.get("/api/auth/me/").status_code == 401


def test_an_ended_session_stays_ended(attack: Attack) -> None:
    client = Client()
    client.force_login(attack.victim.user)
    key = client.cookies["sessionid"].value
    client.post("/api/auth/logout/")

    thief = Client()
    thief.cookies["sessionid"] = key
    assert thief.get("/api/auth/me/").status_code == 401
