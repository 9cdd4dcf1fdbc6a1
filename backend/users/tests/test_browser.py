"""The browsable API: a log-in page, forms for who is signed in."""

from typing import Any

import pytest
from django.test import Client

from users.models import User
from users.tests.conftest import PASSWORD

LOG_IN = "/api/auth/browser/login/"
FORM = {"username": "0712 345 678", "password": PASSWORD, "next": "/api/auth/me/"}


class TestLogIn:
    def test_any_spelling_opens_and_leads_on(self, client: Client, asha: User) -> None:
        assert client.post(LOG_IN, FORM)["Location"] == "/api/auth/me/"
        page = client.get("/api/auth/me/", headers={"Accept": "text/html"}).content.decode()
        assert "/api/auth/browser/logout/" in page

    def test_a_log_in_needs_the_csrf_token(self, browser: Client, asha: User) -> None:
        assert browser.post(LOG_IN, FORM).json()["code"] == "csrf_failed"

    def test_a_log_in_redirects_to_the_api_only(self, client: Client, asha: User) -> None:
        response = client.post(LOG_IN, {**FORM, "next": "https://evil.example/"})

        assert response["Location"] == "/api/"

    @pytest.mark.parametrize("name", ["0712345678", "0712345679", "x\x00y", "\ud800", "x" * 99])
    def test_a_wrong_password_shows_the_page_again(
        self, client: Client, asha: User, name: str
    ) -> None:
        response = client.post(
            LOG_IN, {"username": name.encode("utf-8", "replace"), "password": "x"}
        )

        assert response.status_code == 200
        assert "sessionid" not in response.cookies

    def test_a_blocked_account_stays_out(self, client: Client, asha: User) -> None:
        User.objects.update(is_active=False)

        assert client.post(LOG_IN, FORM).status_code == 200
        assert "sessionid" not in client.cookies

    def test_failures_on_the_log_in_page_count_as_log_ins(
        self, client: Client, asha: User, settings: Any
    ) -> None:
        settings.RATELIMIT_ENABLE, settings.LOGIN_RATE_IP = True, "1/m"
        client.post(LOG_IN, {**FORM, "password": "wrong"})

        response = client.post(LOG_IN, FORM)

        assert (response.status_code, response.json()["code"]) == (429, "rate_limited")
        assert response["Retry-After"]


class TestPages:
    def test_a_form_to_post_stands_where_one_may_post(self, client: Client, asha: User) -> None:
        page = client.options("/api/auth/login/", headers={"Accept": "text/html"}).content.decode()

        assert "<textarea" in page

    def test_an_error_is_shown_as_a_page(self, client: Client, db: None) -> None:
        response = client.get("/api/auth/me/", headers={"Accept": "text/html"})

        assert response.status_code == 401
        assert "not_authenticated" in response.content.decode()

    def test_the_log_out_button_runs_no_inline_script(self, client: Client, asha: User) -> None:
        client.force_login(asha)

        page = client.get("/api/", headers={"Accept": "text/html"}).content.decode()

        assert "Log out 2547****5678</button>" in page
        assert "onclick" not in page

    def test_log_out_leads_to_the_index(self, client: Client, asha: User) -> None:
        client.force_login(asha)

        assert client.post("/api/auth/browser/logout/")["Location"] == "/api/"
        assert client.get("/api/auth/me/").status_code == 401
