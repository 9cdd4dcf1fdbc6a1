"""The wallet over HTTP."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from users.models import User
from wallet.tests import ledger
from wallet.tests.booking import NOON, make_user, open_wallet, pay_in

pytestmark = pytest.mark.django_db


def get(user: User | None, path: str, **headers: Any) -> Any:
    """Ask as a signed-in customer."""
    client = APIClient()
    if user is not None:
        client.force_authenticate(user)
    return client.get(path, headers=headers)


class TestWallet:
    def test_a_new_customer_has_nothing(self) -> None:
        response = get(make_user(), "/api/wallet/")

        assert response.status_code == 200
        assert response.json() == {"balance": "0.00", "currency": "KES"}
        assert response["Cache-Control"] == "no-store"
        assert response["X-Environment"] == "mock"

    def test_the_balance_is_text_with_two_decimals(self) -> None:
        wallet = open_wallet()
        pay_in(wallet, 500)

        assert get(wallet.user, "/api/wallet/").json()["balance"] == "500.00"

    @pytest.mark.parametrize("path", ["/api/wallet/", "/api/wallet/entries/"])
    def test_a_request_without_a_sign_in_is_401(self, path: str) -> None:
        response = get(None, path)

        assert response.status_code == 401
        assert response.json()["code"] == "not_authenticated"

    def test_a_blocked_account_reads_nothing(self) -> None:
        user = make_user()
        user.is_active = False
        user.save()

        response = get(user, "/api/wallet/")

        assert (response.status_code, response.json()["code"]) == (403, "account_blocked")

    def test_the_wallet_is_read_only(self) -> None:
        client = APIClient()
        client.force_authenticate(make_user())

        assert client.post("/api/wallet/", {"balance": "9"}).status_code == 405


class TestEntries:
    def test_lines_are_signed_and_newest_first(self) -> None:
        wallet = open_wallet()
        entry = pay_in(wallet, 300)
        ledger.reverse(entry, description="Reversed", now=NOON)

        page = get(wallet.user, "/api/wallet/entries/").json()

        assert set(page) == {"next", "previous", "results"}
        newest, oldest = page["results"]
        assert (newest["amount"], oldest["amount"]) == ("-300.00", "300.00")
        assert set(newest) == {
            "id",
            "entry_id",
            "description",
            "amount",
            "transaction_id",
            "mpesa_receipt_number",
            "created_at",
        }
        assert newest["transaction_id"] is None
        assert newest["mpesa_receipt_number"] is None

    def test_pages_follow_each_other(self) -> None:
        wallet = open_wallet()
        for number in range(3):
            pay_in(wallet, 1, key=f"key:{number}")

        first = get(wallet.user, "/api/wallet/entries/?page_size=2").json()
        second = get(wallet.user, first["next"]).json()

        assert len(first["results"]) == 2
        assert len(second["results"]) == 1
        assert second["next"] is None

    def test_the_entries_have_no_other_users_lines(self) -> None:
        pay_in(open_wallet(), 300)

        page = get(make_user("254110000001"), "/api/wallet/entries/").json()

        assert page["results"] == []
