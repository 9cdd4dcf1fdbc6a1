"""Signing in leaves a sighting and gives the browser a name; nothing fails because of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from risk.models import Sighting
from users.models import User

pytestmark = pytest.mark.django_db

PHONE = "254712345678"
PASSWORD = "a-fine-long-passphrase"


@pytest.fixture
def asha() -> User:
    """A customer."""
    return User.objects.create_user(PHONE, PASSWORD, full_name="Asha Mwangi")


def post(client: Client, place: str, **body: str) -> Any:
    """Send JSON to an address below /api/auth/."""
    return client.post(f"/api/auth/{place}/", body, content_type="application/json")


def log_in(client: Client, place: str = "login", password: str = PASSWORD) -> Any:
    """Send the credentials of PHONE."""
    return post(client, place, phone_number=PHONE, password=password)


def kinds() -> list[str]:
    """Return what was seen."""
    return sorted(Sighting.objects.values_list("kind", flat=True))


class TestSighting:
    def test_a_log_in_is_seen_by_address_and_device(self, asha: User) -> None:
        log_in(Client())

        assert kinds() == ["address", "device"]
        assert set(Sighting.objects.values_list("user_id", flat=True)) == {asha.pk}

    def test_a_sign_up_is_seen(self) -> None:
        answer = post(
            Client(), "signup", phone_number=PHONE, password=PASSWORD, full_name="Asha Mwangi"
        )

        assert answer.status_code == 201
        assert kinds() == ["address", "device"]

    def test_a_token_is_seen_by_address(self, asha: User) -> None:
        answer = log_in(Client(), "token")

        assert answer.status_code == 200
        assert kinds() == ["address"]

    def test_a_token_asked_for_in_a_browser_leaves_a_sighting_by_device(self, asha: User) -> None:
        browser = Client()
        log_in(browser)
        Sighting.objects.all().delete()

        csrf = browser.get("/api/auth/csrf/").json()["csrf_token"]
        answer = browser.post(
            "/api/auth/token/",
            {"phone_number": PHONE, "password": PASSWORD},
            content_type="application/json",
            headers={"X-CSRFToken": csrf},
        )

        assert answer.status_code == 200
        assert kinds() == ["address", "device"]

    def test_a_wrong_password_is_not_seen(self, asha: User) -> None:
        answer = log_in(Client(), password="not-hers")

        assert answer.status_code == 401
        assert kinds() == []
        assert "device" not in answer.cookies

    def test_other_requests_leave_no_sighting(self, asha: User) -> None:
        browser = Client()
        browser.force_login(asha)

        assert browser.get("/api/auth/me/").status_code == 200
        assert kinds() == []

    def test_no_address_is_stored(self, asha: User) -> None:
        Client(REMOTE_ADDR="41.90.1.2").post(
            "/api/auth/login/",
            {"phone_number": PHONE, "password": PASSWORD},
            content_type="application/json",
        )

        with connection.cursor() as cursor:
            cursor.execute("SELECT string_agg(seen::text, ' ') FROM risk_sighting AS seen")
            [text] = cursor.fetchone() or [""]
        assert "41.90.1.2" not in text

    def test_a_forged_forwarded_address_is_ignored(self, asha: User) -> None:
        for forged in ("1.1.1.1", "2.2.2.2"):
            Client(headers={"X-Forwarded-For": forged}).post(
                "/api/auth/login/",
                {"phone_number": PHONE, "password": PASSWORD},
                content_type="application/json",
            )

        assert Sighting.objects.filter(kind="address").count() == 1


class TestDevice:
    def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(self, asha: User) -> None:
        cookie = log_in(Client()).cookies["device"]

        assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
        assert cookie["max-age"] == timedelta(days=400).total_seconds()
        assert not cookie["secure"]

    def test_the_device_cookie_is_secure_where_the_session_cookie_is(
        self, asha: User, settings: Any
    ) -> None:
        settings.SESSION_COOKIE_SECURE = True

        assert log_in(Client()).cookies["device"]["secure"]

    def test_a_browser_keeps_its_name_for_the_next_user(self, asha: User) -> None:
        browser = Client()
        name = log_in(browser).cookies["device"].value
        post(browser, "logout")
        User.objects.create_user("254712345679", PASSWORD)

        csrf = browser.get("/api/auth/csrf/").json()["csrf_token"]
        answer = browser.post(
            "/api/auth/login/",
            {"phone_number": "254712345679", "password": PASSWORD},
            content_type="application/json",
            headers={"X-CSRFToken": csrf},
        )

        assert answer.status_code == 200
        assert "device" not in answer.cookies
        assert browser.cookies["device"].value == name
        assert Sighting.objects.filter(kind="device").values("value_hash").distinct().count() == 1

    def test_a_made_up_name_is_replaced(self, asha: User) -> None:
        browser = Client()
        browser.cookies["device"] = "i-am-somebody-else"

        assert len(log_in(browser).cookies["device"].value) == 32

    def test_the_device_cookie_signs_no_customer_in(self, asha: User) -> None:
        browser = Client()
        name = log_in(browser).cookies["device"].value
        stranger = Client()
        stranger.cookies["device"] = name

        assert stranger.get("/api/auth/me/").status_code == 401
