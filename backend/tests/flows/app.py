"""The app as a customer's browser sees it: signed in with a session, JSON in and out."""

from typing import Any

from django.test import Client

from payments.tests.building import PHONE, make_customer

PASSWORD = "a-good-password"


class App:
    """One customer in one browser, CSRF checks and all."""

    def __init__(self, phone_number: str = PHONE) -> None:
        self.user = make_customer(phone_number)
        self.browser = Client(enforce_csrf_checks=True)
        self.browser.post(
            "/api/auth/login/",
            {"phone_number": phone_number, "password": PASSWORD},
            content_type="application/json",
        )

    def get(self, path: str) -> dict[str, Any]:
        """Return what a page reads."""
        response = self.browser.get(path)
        assert response.status_code == 200, response.content
        body: dict[str, Any] = response.json()
        return body

    def deposit(self, amount: int, *, key: str | None = None) -> Any:
        """Start a deposit as the form does."""
        headers = {"X-CSRFToken": self.get("/api/auth/csrf/")["csrf_token"]}
        if key is not None:
            headers["Idempotency-Key"] = key
        return self.browser.post(
            "/api/payments/stk-push/",
            {"amount": amount},
            content_type="application/json",
            headers=headers,
        )

    def enter_pin(self, transaction_id: int) -> dict[str, Any]:
        """Say that the PIN is entered, as the page's button does."""
        response = self.browser.post(
            f"/api/payments/transactions/{transaction_id}/pin-entered/",
            content_type="application/json",
            headers={"X-CSRFToken": self.get("/api/auth/csrf/")["csrf_token"]},
        )
        assert response.status_code == 200, response.content
        body: dict[str, Any] = response.json()
        return body

    def claim(self, text: str) -> Any:
        """Send an M-Pesa code, or a whole SMS."""
        return self.browser.post(
            "/api/payments/claims/",
            {"text": text},
            content_type="application/json",
            headers={"X-CSRFToken": self.get("/api/auth/csrf/")["csrf_token"]},
        )

    def status(self, transaction_id: int) -> dict[str, Any]:
        """Return the small answer that the screen polls."""
        return self.get(f"/api/payments/transactions/{transaction_id}/status/")

    @property
    def balance(self) -> str:
        """Return what the wallet page shows."""
        return str(self.get("/api/wallet/")["balance"])


def call_back(url: str, body: bytes) -> Any:
    """Deliver a callback over HTTP to the address that the push handed out."""
    path = url.partition("//")[2].partition("/")[2]
    return Client(enforce_csrf_checks=True).post(f"/{path}", body, content_type="application/json")
