"""Which user a request is signed in as: CSRF, the development header, blocked accounts."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory
from knox.models import AuthToken
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from users.authentication import (
    DevelopmentHeaderAuthentication,
    SessionAuthentication,
    TokenAuthentication,
)
from users.current import signed_in_user
from users.models import User
from users.tests.conftest import PASSWORD

ME = "/api/auth/me/"
BODY = {"phone_number": "0712345679", "password": PASSWORD, "full_name": "Juma"}
#: The addresses that check the CSRF token of a request with a session.
CSRF_CHECKED = ("/api/auth/signup/", "/api/auth/login/", "/api/auth/token/", "/api/auth/logout/")
#: The status of each address for a request that passes the CSRF check.
LET_IN = {"signup": 201, "login": 401, "token": 401, "logout": 204}


def _expected(path: str) -> int:
    return LET_IN[path.split("/")[3]]


@pytest.mark.django_db
@pytest.mark.parametrize("path", CSRF_CHECKED)
class TestCsrf:
    def test_without_a_session_none_is_needed(self, browser: Client, path: str) -> None:
        assert browser.post(path, BODY, "application/json").status_code == _expected(path)

    def test_with_a_session_the_csrf_token_is_needed(
        self, browser: Client, asha: User, path: str
    ) -> None:
        browser.force_login(asha)

        response = browser.post(path, BODY, "application/json")

        assert (response.status_code, response.json()["code"]) == (403, "csrf_failed")

    def test_a_wrong_csrf_token_is_refused(self, browser: Client, asha: User, path: str) -> None:
        browser.force_login(asha)
        browser.get("/api/auth/csrf/")

        for wrong in ("x" * 64, "", "é", "y" * 32):
            response = browser.post(path, BODY, "application/json", headers={"X-CSRFToken": wrong})
            assert (response.status_code, response.json()["code"]) == (403, "csrf_failed")

    def test_the_right_csrf_token_is_accepted(self, browser: Client, asha: User, path: str) -> None:
        browser.force_login(asha)
        token = browser.get("/api/auth/csrf/").json()["csrf_token"]

        response = browser.post(path, BODY, "application/json", headers={"X-CSRFToken": token})

        assert response.status_code == _expected(path)

    def test_a_blocked_users_session_needs_the_csrf_token(
        self, browser: Client, asha: User, path: str
    ) -> None:
        browser.force_login(asha)
        User.objects.update(is_active=False)

        assert browser.post(path, BODY, "application/json").json()["code"] == "csrf_failed"


@pytest.mark.django_db
@pytest.mark.parametrize("path", CSRF_CHECKED[:3])
@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"],
)
def test_no_form_of_another_site_can_send_a_body(browser: Client, path: str, kind: str) -> None:
    assert browser.post(path, b'{"a": "b"}', kind).status_code == 415


@pytest.mark.django_db
class TestCsrfToken:
    def test_the_csrf_token_comes_as_body_and_cookie(self, browser: Client) -> None:
        response = browser.get("/api/auth/csrf/")

        assert response.status_code == 200
        assert response.json()["csrf_token"]
        assert response.cookies["csrftoken"].value
        assert "no-store" in response["Cache-Control"]

    def test_the_log_in_changes_the_csrf_token(self, browser: Client, asha: User) -> None:
        before = browser.get("/api/auth/csrf/").cookies["csrftoken"].value
        body = {"phone_number": "0712345678", "password": PASSWORD}

        after = (
            browser.post("/api/auth/login/", body, "application/json").cookies["csrftoken"].value
        )

        assert before != after


@pytest.mark.django_db
class TestSignedOut:
    def test_me_is_401_with_a_challenge(self, client: Client) -> None:
        response = client.get(ME)

        assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")
        assert response["WWW-Authenticate"] == "Token"

    @pytest.mark.parametrize(
        "cookie", ["sessionid=nobody", "sessionid=", "sessionid=\x00", "a;b=c;;"]
    )
    def test_a_stale_cookie_is_no_sign_in(self, client: Client, cookie: str) -> None:
        assert client.get(ME, headers={"Cookie": cookie}).status_code == 401

    @pytest.mark.parametrize("scheme", ["Basic dTpw", "Bearer x", "x", ""])
    def test_another_authorization_scheme_is_no_sign_in(self, client: Client, scheme: str) -> None:
        assert client.get(ME, headers={"Authorization": scheme}).status_code == 401


class TestDevelopmentHeader:
    @pytest.fixture
    def development(self, settings: Any) -> None:
        settings.DEV_HEADER_ENABLED = True

    @pytest.mark.parametrize("spelling", ["254712345678", "0712345678", "+254 712 345 678"])
    def test_in_development_it_signs_in(
        self, client: Client, asha: User, development: None, spelling: str
    ) -> None:
        response = client.get(ME, headers={"X-User-Phone-Number": spelling})

        assert (response.status_code, response.json()["id"]) == (200, asha.pk)

    def test_unsafe_methods_need_no_csrf_token(
        self, browser: Client, asha: User, development: None
    ) -> None:
        headers = {"X-User-Phone-Number": "254712345678"}

        assert browser.post("/api/auth/logout/", headers=headers).status_code == 204

    @pytest.mark.parametrize("number", ["254712345679", "", "x", "\x00", "2547123456789", "é" * 40])
    def test_an_unknown_number_is_401(
        self, client: Client, asha: User, development: None, number: str
    ) -> None:
        response = client.get(ME, headers={"X-User-Phone-Number": number})

        assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")

    def test_outside_of_development_the_header_is_ignored(self, client: Client, asha: User) -> None:
        assert client.get(ME, headers={"X-User-Phone-Number": "254712345678"}).status_code == 401

    @pytest.mark.parametrize(
        "header", ["X-User-Email", "X-User-Phone", "X-Phone-Number", "X-User-Id"]
    )
    def test_no_other_header_ever_signs_in(
        self, client: Client, asha: User, development: None, header: str
    ) -> None:
        assert client.get(ME, headers={header: "254712345678"}).status_code == 401

    def test_the_development_header_never_replaces_a_session(
        self, client: Client, asha: User, development: None
    ) -> None:
        juma = User.objects.create_user("0712345679", PASSWORD)
        client.force_login(juma)

        response = client.get(ME, headers={"X-User-Phone-Number": "254712345678"})

        assert response.json()["id"] == juma.pk

    def test_the_development_header_never_replaces_or_repairs_a_token(
        self, client: Client, asha: User, development: None
    ) -> None:
        juma = User.objects.create_user("0712345679", PASSWORD)
        _, token = AuthToken.objects.create(juma)
        headers = {"X-User-Phone-Number": "254712345678", "Authorization": f"Token {token}"}

        assert client.get(ME, headers=headers).json()["id"] == juma.pk
        for bad in ("Token wrong", "Bearer wrong", ""):
            headers["Authorization"] = bad
            assert client.get(ME, headers=headers).status_code == 401

    def test_the_development_header_does_not_spare_a_session_its_csrf_token(
        self, browser: Client, asha: User, development: None
    ) -> None:
        browser.force_login(asha)

        response = browser.post(
            "/api/auth/logout/", headers={"X-User-Phone-Number": "254712345678"}
        )

        assert response.json()["code"] == "csrf_failed"


class TestSignedInUser:
    def test_signed_in_user_returns_the_user_or_raises_a_401(self) -> None:
        request = RequestFactory().get("/")
        request.user = User(pk=1)
        assert signed_in_user(request).pk == 1

        request.user = AnonymousUser()
        with pytest.raises(NotAuthenticated):
            signed_in_user(request)


class TestChallenge:
    @pytest.mark.parametrize(
        "scheme", [SessionAuthentication, DevelopmentHeaderAuthentication, TokenAuthentication]
    )
    def test_every_way_to_sign_in_names_the_same_challenge(self, scheme: Any) -> None:
        request = Request(RequestFactory().get("/"))

        assert scheme().authenticate_header(request) == "Token"


class TestBlockedAccount:
    @pytest.fixture(autouse=True)
    def _blocked(self, asha: User, settings: Any) -> None:
        settings.DEV_HEADER_ENABLED = True
        self.asha = asha
        User.objects.update(is_active=False)

    def _assert_blocked(self, response: Any) -> None:
        assert (response.status_code, response.json()["code"]) == (403, "account_blocked")

    def test_by_session(self, client: Client) -> None:
        client.force_login(self.asha)

        self._assert_blocked(client.get(ME))

    def test_by_token(self, client: Client) -> None:
        _, token = AuthToken.objects.create(self.asha)

        self._assert_blocked(client.get(ME, headers={"Authorization": f"Token {token}"}))

    def test_by_development_header(self, client: Client) -> None:
        self._assert_blocked(client.get(ME, headers={"X-User-Phone-Number": "254712345678"}))

    def test_an_operators_admin_is_closed(self, client: Client) -> None:
        User.objects.update(is_staff=True, is_superuser=True)
        client.force_login(self.asha)

        assert client.get("/admin/").status_code == 302

    def test_rights_are_void(self) -> None:
        User.objects.update(is_superuser=True)

        assert not User.objects.get().has_perm("users.change_user")
