"""Log-in, log-out, tokens: same answer and same work for an unknown number and a wrong password."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken

from users.models import User
from users.tests.conftest import PASSWORD

ROUTES = ("/api/auth/login/", "/api/auth/token/")


def _knock(client: Client, route: str, phone_number: str, password: str = PASSWORD) -> Any:
    return client.post(
        route, {"phone_number": phone_number, "password": password}, "application/json"
    )


@pytest.mark.parametrize("route", ROUTES)
class TestBothRoutes:
    @pytest.mark.parametrize("spelling", ["0712345678", "+254 712 345 678", "712-345-678"])
    def test_any_spelling_opens(
        self, client: Client, asha: User, route: str, spelling: str
    ) -> None:
        assert _knock(client, route, spelling).status_code == 200

    @pytest.mark.parametrize(
        ("phone_number", "password"),
        [
            ("0712345678", "wrong"),
            ("0712345679", PASSWORD),
            ("not a number", PASSWORD),
            ("0712345678", PASSWORD + " "),
            ("\u0660712345678", PASSWORD),
        ],
    )
    def test_anything_else_is_one_401(
        self, client: Client, asha: User, route: str, phone_number: str, password: str
    ) -> None:
        response = _knock(client, route, phone_number, password)

        assert response.status_code == 401
        assert response.json() == {
            "error": "Invalid phone number or password",
            "customer_message": "That phone number and password do not match. Please try again.",
            "code": "invalid_credentials",
        }
        assert response["WWW-Authenticate"] == "Token"
        assert "sessionid" not in response.cookies

    def test_only_the_owner_learns_that_an_account_is_blocked(
        self, client: Client, asha: User, route: str
    ) -> None:
        User.objects.update(is_active=False)

        told = _knock(client, route, "0712345678")
        untold = _knock(client, route, "0712345678", "wrong")

        assert (told.status_code, told.json()["code"]) == (403, "account_blocked")
        assert (untold.status_code, untold.json()["code"]) == (401, "invalid_credentials")
        assert "sessionid" not in told.cookies

    def test_attempts_are_counted_together(
        self, client: Client, settings: Any, asha: User, route: str
    ) -> None:
        settings.RATELIMIT_ENABLE, settings.LOGIN_RATE_IP = True, "2/m"
        for other in ROUTES:
            _knock(client, other, "0712345678", "wrong")

        response = _knock(client, route, "0712345678")

        assert response.status_code == 429
        assert int(response["Retry-After"]) == response.json()["retry_after"] >= 1

    def test_a_forged_forwarding_header_does_not_reset_the_count(
        self, client: Client, settings: Any, asha: User, route: str
    ) -> None:
        settings.RATELIMIT_ENABLE, settings.LOGIN_RATE_IP = True, "1/m"
        body = {"phone_number": "x", "password": "y"}

        statuses = [
            client.post(
                route, body, "application/json", headers={"X-Forwarded-For": f"10.0.0.{n}"}
            ).status_code
            for n in range(3)
        ]

        assert statuses == [401, 429, 429]

    @pytest.mark.parametrize(
        "body", [{}, {"phone_number": 1, "password": None}, {"phone_number": []}]
    )
    def test_faulty_bodies_are_named(self, client: Client, db: None, route: str, body: Any) -> None:
        response = client.post(route, body, "application/json")

        assert response.status_code == 400
        assert set(response.json()["fields"]) == {"phone_number", "password"}


class TestEqualWork:
    @pytest.fixture
    def hashes(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """One entry for every hash that is computed."""
        done: list[str] = []
        encode, verify = Argon2PasswordHasher.encode, Argon2PasswordHasher.verify

        def counted_encode(self: Any, *arguments: Any) -> Any:
            done.append("hash")
            return encode(self, *arguments)

        def counted_verify(self: Any, *arguments: Any) -> Any:
            done.append("hash")
            return verify(self, *arguments)

        monkeypatch.setattr(Argon2PasswordHasher, "encode", counted_encode)
        monkeypatch.setattr(Argon2PasswordHasher, "verify", counted_verify)
        return done

    @pytest.mark.parametrize("route", ROUTES)
    @pytest.mark.parametrize(
        ("phone_number", "state"),
        [
            ("0712345678", {}),
            ("0712345679", {}),
            ("no number at all", {}),
            ("0712345678", {"is_active": False}),
            ("0712345678", {"password": "!unusable"}),
        ],
    )
    def test_every_failure_costs_one_hash(
        self, client: Client, asha: User, hashes: list[str], route: str, phone_number: str,
        state: dict[str, Any],
    ) -> None:  # fmt: skip
        if state:
            User.objects.update(**state)
        hashes.clear()

        assert _knock(client, route, phone_number, "wrong").status_code == 401
        assert hashes == ["hash"]


class TestSession:
    def test_the_session_key_is_new_after_the_log_in(self, client: Client, asha: User) -> None:
        session = client.session
        session["basket"] = "kept"
        session.save()
        before = session.session_key

        response = _knock(client, "/api/auth/login/", "0712345678")

        assert response.cookies["sessionid"].value not in (None, before)
        assert client.session["basket"] == "kept"
        assert not client.session.exists(before or "")

    def test_nothing_of_another_users_session_is_left(self, client: Client, asha: User) -> None:
        User.objects.create_user("0712345679", PASSWORD)
        _knock(client, "/api/auth/login/", "0712345679")
        session = client.session
        session["basket"] = "theirs"
        session.save()

        _knock(client, "/api/auth/login/", "0712345678")

        assert "basket" not in client.session

    def test_the_cookie_is_out_of_a_scripts_reach(self, client: Client, asha: User) -> None:
        cookie = _knock(client, "/api/auth/login/", "0712345678").cookies["sessionid"]

        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"

    def test_a_changed_password_ends_the_session(self, client: Client, asha: User) -> None:
        client.force_login(asha)
        asha.set_password("another-fine-passphrase")
        asha.save()

        assert client.get("/api/auth/me/").status_code == 401


class TestLogOut:
    def test_a_log_out_ends_the_session(self, client: Client, asha: User) -> None:
        client.force_login(asha)
        key = client.session.session_key

        response = client.post("/api/auth/logout/")

        assert (response.status_code, response.content) == (204, b"")
        assert client.get("/api/auth/me/").status_code == 401
        assert not client.session.exists(key or "")

    def test_a_log_out_is_harmless_when_signed_out(self, client: Client, db: None) -> None:
        assert client.post("/api/auth/logout/").status_code == 204

    def test_a_log_out_by_token_ends_that_token(self, client: Client, asha: User) -> None:
        _, token = AuthToken.objects.create(asha)
        _, other = AuthToken.objects.create(asha)
        headers = {"Authorization": f"Token {token}"}

        assert client.post("/api/auth/logout/", headers=headers).status_code == 204

        assert client.get("/api/auth/me/", headers=headers).status_code == 401
        headers = {"Authorization": f"Token {other}"}
        assert client.get("/api/auth/me/", headers=headers).status_code == 200

    def test_a_blocked_user_may_leave(self, client: Client, asha: User) -> None:
        client.force_login(asha)
        User.objects.update(is_active=False)

        assert client.post("/api/auth/logout/").status_code == 204


class TestToken:
    def test_a_token_signs_in_and_expires(self, client: Client, asha: User) -> None:
        answer = _knock(client, "/api/auth/token/", "0712345678").json()
        headers = {"Authorization": f"Token {answer['token']}"}

        assert answer["expires_at"].endswith("Z")
        assert client.get("/api/auth/me/", headers=headers).json()["id"] == asha.pk
        with time_machine.travel(timezone.now() + timedelta(days=31)):
            assert client.get("/api/auth/me/", headers=headers).status_code == 401
        assert not AuthToken.objects.exists()

    def test_only_the_hash_of_a_token_is_stored(self, client: Client, asha: User) -> None:
        token = _knock(client, "/api/auth/token/", "0712345678").json()["token"]

        stored = AuthToken.objects.get()
        assert token not in (stored.digest, stored.token_key)

    def test_a_token_needs_no_csrf_token(self, browser: Client, asha: User) -> None:
        _, token = AuthToken.objects.create(asha)

        response = browser.post("/api/auth/logout/", headers={"Authorization": f"Token {token}"})

        assert response.status_code == 204

    def test_a_token_without_end_is_possible(self, client: Client, asha: User) -> None:
        _, token = AuthToken.objects.create(asha, expiry=None)

        response = client.get("/api/auth/me/", headers={"Authorization": f"Token {token}"})

        assert response.status_code == 200

    @pytest.mark.parametrize(
        "header",
        [
            "Token", "Token ", "Token a b", "Token wrong", "Token é", "Token a\x00b",
            "token \xff\xfe", "Token " + "f" * 64, "Token " + "f" * 100_000,
        ],
    )  # fmt: skip
    def test_an_invalid_token_is_401(self, client: Client, asha: User, header: str) -> None:
        client.force_login(asha)

        response = client.get("/api/auth/me/", headers={"Authorization": header})

        assert response.status_code == 401
        assert response.json()["code"] == "not_authenticated"
        assert response["WWW-Authenticate"] == "Token"


@pytest.mark.django_db
@pytest.mark.parametrize("route", ROUTES)
class TestLog:
    def test_tells_of_every_try_without_the_number(
        self, client: Client, asha: User, route: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("INFO", logger="security")

        _knock(client, route, "0712 345 678", "wrong")
        _knock(client, route, "+254712345678")

        tries = [vars(record) for record in caplog.records if record.name == "security"]
        assert [(line["message"], line["user"], line["path"]) for line in tries] == [
            ("password wrong", None, route),
            ("password right", asha.pk, route),
        ]
        # One pseudonym for one number, whatever its spelling, so that tries can be joined.
        assert len({line["number"] for line in tries}) == 1
        assert "712345678" not in str(tries)


class TestSessionKey:
    def test_the_session_key_is_new_at_every_log_in_even_of_the_same_customer(
        self, client: Client, asha: User
    ) -> None:
        keys = set()
        for _ in range(3):
            _knock(client, "/api/auth/login/", "0712345678")
            keys.add(client.cookies["sessionid"].value)

        assert len(keys) == 3
        assert Session.objects.count() == 1

    def test_a_key_that_was_there_before_opens_nothing_after(
        self, client: Client, asha: User
    ) -> None:
        _knock(client, "/api/auth/login/", "0712345678")
        thief = Client()
        thief.cookies["sessionid"] = client.cookies["sessionid"].value
        assert thief.get("/api/auth/me/").status_code == 200

        _knock(client, "/api/auth/login/", "0712345678")

        assert thief.get("/api/auth/me/").status_code == 401
        assert client.get("/api/auth/me/").status_code == 200
