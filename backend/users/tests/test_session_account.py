"""`X-Account`: what is sent from a page of one account never acts on another's session."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import resolve
from knox.models import AuthToken
from rest_framework.settings import api_settings

from tests.attacks.world import UNSAFE, addresses
from users.authentication import SessionAuthentication
from users.models import User

pytestmark = pytest.mark.django_db

CODE = "session_changed"
_DOCUMENTATION = {"/api/schema/", "/api/docs/"}


@pytest.fixture
def asha() -> User:
    """The customer who is signed in."""
    return User.objects.create_user("0712345678", "a-good-password", kyc_status="VERIFIED")


@pytest.fixture
def browser(asha: User) -> Client:
    """Asha's browser, with CSRF checks, and without a token."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(asha)
    return client


def _read_by_sessions(*methods: str) -> list[tuple[str, str]]:
    """List every path and method below /api/ whose view reads the session."""
    return [
        (address.path, method)
        for address in addresses()
        for method in address.methods
        if method in methods and _reads_the_session(address.path)
    ]


def _reads_the_session(path: str) -> bool:
    view: Any = getattr(resolve(path).func, "cls", None)
    authenticators = getattr(
        view, "authentication_classes", api_settings.DEFAULT_AUTHENTICATION_CLASSES
    )
    return view is not None and SessionAuthentication in authenticators


class TestAnotherAccount:
    def test_the_list_has_the_addresses_that_change_something(self) -> None:
        paths = {path for path, _ in _read_by_sessions(*UNSAFE)}

        assert {
            "/api/payments/stk-push/", "/api/auth/logout/", "/api/auth/password/",
            "/api/auth/phone/", "/api/kyc/", "/api/limits/", "/api/limits/pause/",
            "/api/limits/self-exclusion/",
        } <= paths  # fmt: skip

    @pytest.mark.parametrize("wanted", ["0", "999999999", "", "one", "-1", "1, 2"])
    def test_a_request_for_another_account_does_and_reads_nothing(
        self, asha: User, browser: Client, wanted: str
    ) -> None:
        assert wanted != str(asha.pk)
        for path, method in _read_by_sessions("get", *UNSAFE):
            response = browser.generic(
                method.upper(), path, b"{}", "application/json", headers={"X-Account": wanted}
            )
            assert response.status_code == 409, (method, path)
            # The pages of the documentation come in media types of their own.
            assert f'"{CODE}"'.encode() in response.content or path in _DOCUMENTATION
        assert browser.get("/api/auth/me/").status_code == 200

    def test_the_account_is_compared_before_the_csrf_token_that_a_log_in_changed(
        self, browser: Client
    ) -> None:
        headers = {"X-Account": "0", "X-CSRFToken": "of the session before"}

        response = browser.post("/api/auth/logout/", headers=headers)

        assert response.json()["code"] == CODE

    @pytest.mark.parametrize(("language", "word"), [("en", "Another"), ("sw", "Akaunti")])
    def test_the_error_is_in_the_customers_language(
        self, browser: Client, language: str, word: str
    ) -> None:
        headers = {"X-Account": "0", "Accept-Language": language}

        assert word in browser.get("/api/wallet/", headers=headers).json()["customer_message"]

    @pytest.mark.parametrize(("key", "money"), [(None, "not_moved"), ("again", "unknown")])
    def test_a_push_says_whether_money_moved(
        self, browser: Client, key: str | None, money: str
    ) -> None:
        headers = {"X-Account": "0"} | ({"Idempotency-Key": key} if key else {})

        response = browser.post(
            "/api/payments/stk-push/", {"amount": 5}, "application/json", headers=headers
        )

        assert (response.json()["code"], response.json()["money"]) == (CODE, money)


class TestOwnAccount:
    def test_a_request_of_the_same_account_is_answered_as_before(
        self, asha: User, browser: Client
    ) -> None:
        response = browser.get("/api/wallet/", headers={"X-Account": str(asha.pk)})

        assert response.status_code == 200

    @pytest.mark.parametrize("path", ["/api/auth/me/", "/api/wallet/", "/api/limits/"])
    def test_the_answer_names_the_account(self, asha: User, browser: Client, path: str) -> None:
        assert browser.get(path)["X-Account"] == str(asha.pk)

    def test_a_request_without_the_header_is_answered(self, browser: Client) -> None:
        """Pages of an earlier release, and programs, do not send it."""
        assert browser.get("/api/wallet/").status_code == 200

    def test_a_signed_out_page_gets_not_authenticated(self) -> None:
        response = Client().get("/api/wallet/", headers={"X-Account": "8"})

        assert response.json()["code"] == "not_authenticated"
        assert "X-Account" not in response

    def test_with_a_token_the_account_header_is_ignored(self, asha: User) -> None:
        _, token = AuthToken.objects.create(asha)
        headers = {"Authorization": f"Token {token}", "X-Account": "0"}

        response = Client().get("/api/wallet/", headers=headers)

        assert response.status_code == 200
        assert "X-Account" not in response

    @pytest.mark.parametrize("route", ["login", "signup"])
    def test_a_log_in_over_another_session_is_answered_with_the_new_account(
        self, asha: User, route: str
    ) -> None:
        browser = Client()
        browser.force_login(asha)
        body = {"phone_number": "0722000111", "password": "a-good-password"}
        if route == "login":
            User.objects.create_user(**body)

        response = browser.post(
            f"/api/auth/{route}/", {**body, "full_name": "Juma"}, "application/json",
            headers={"X-CSRFToken": browser.get("/api/auth/csrf/").json()["csrf_token"]},
        )  # fmt: skip

        assert response["X-Account"] == str(response.json()["id"]) != str(asha.pk)

    def test_comparing_the_account_costs_no_query(
        self, asha: User, browser: Client, django_assert_num_queries: Callable[[int], Any]
    ) -> None:
        browser.get("/api/wallet/")
        with django_assert_num_queries(2):
            browser.get("/api/wallet/")
        with django_assert_num_queries(2):
            browser.get("/api/wallet/", headers={"X-Account": str(asha.pk)})
