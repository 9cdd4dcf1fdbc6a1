"""Reading deposits over HTTP: one's own, in full and in small, page by page."""

from base64 import b64encode
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from rest_framework.test import APIClient

from payments import selectors
from payments.models import Transaction
from payments.tests.breaking import run
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    RECEIPT,
    failure_body,
    make_customer,
    make_deposit,
    receive,
    success_body,
)
from users.models import User

pytestmark = pytest.mark.django_db

LIST = "/api/payments/transactions/"
_FIELDS = {
    "id", "type", "amount", "phone_number", "status", "checkout_request_id", "merchant_request_id",
    "mpesa_receipt_number", "result_code", "customer_message", "description", "created_at",
    "updated_at", "completed_at", "next_poll_after", "retry_after", "money",
}  # fmt: skip


def get(user: User | None, path: str, **headers: str) -> Any:
    """Ask as a signed-in customer."""
    client = APIClient()
    if user is not None:
        client.force_authenticate(user)
    return client.get(path, headers=headers)


class TestOne:
    def test_shows_a_completed_deposit_in_full(self, deposit: Transaction) -> None:
        receive(success_body())

        response = get(deposit.user, f"{LIST}{deposit.pk}/")

        body = response.json()
        assert response.status_code == 200
        assert set(body) >= _FIELDS
        assert (body["amount"], type(body["amount"])) == (500, int)
        assert (body["type"], body["status"]) == ("DEPOSIT", "COMPLETED")
        assert body["phone_number"] == "2547****5678"
        assert (body["mpesa_receipt_number"], body["result_code"]) == (RECEIPT, "0")
        assert body["customer_message"] == "Payment received. KSh 500 is in your wallet."
        assert (body["next_poll_after"], body["retry_after"]) == (None, None)
        assert response["Cache-Control"] == "no-store"

    @pytest.mark.parametrize("suffix", ["", "status/"])
    def test_other_customers_deposits_are_not_found(
        self, deposit: Transaction, suffix: str
    ) -> None:
        response = get(make_customer(OTHER_PHONE), f"{LIST}{deposit.pk}/{suffix}")

        assert (response.status_code, response.json()["code"]) == (404, "not_found")

    @pytest.mark.parametrize("pk", ["0", "999999999999", "9" * 30, "-1", "x", "1.0"])
    def test_an_unknown_id_is_not_found(self, customer: User, pk: str) -> None:
        assert get(customer, f"{LIST}{pk}/").status_code == 404

    @pytest.mark.parametrize("path", [LIST, f"{LIST}1/", f"{LIST}1/status/"])
    def test_deposits_are_not_shown_without_signing_in(self, path: str) -> None:
        assert get(None, path).status_code == 401


class TestStatus:
    def test_the_status_has_these_keys_only(self, deposit: Transaction) -> None:
        body = get(deposit.user, f"{LIST}{deposit.pk}/status/").json()

        assert list(body) == [
            "id",
            "status",
            "result_code",
            "customer_message",
            "next_poll_after",
            "retry_after",
            "prompt_expires_at",
            "money",
        ]

    def test_a_waiting_deposit_is_polled(self, deposit: Transaction) -> None:
        body = get(deposit.user, f"{LIST}{deposit.pk}/status/").json()

        assert body["status"] == "PENDING"
        assert isinstance(body["next_poll_after"], int)
        assert body["prompt_expires_at"] == "2026-11-20T09:03:00Z"

    def test_at_the_time_told_the_prompt_no_longer_counts_as_open(
        self, deposit: Transaction
    ) -> None:
        end = NOON + timedelta(minutes=3, microseconds=1)
        Transaction.objects.update(prompt_expires_at=end)

        body = get(deposit.user, f"{LIST}{deposit.pk}/status/").json()

        assert body["prompt_expires_at"] == "2026-11-20T09:03:01Z"

    def test_under_review_means_pending_without_a_next_poll(self, deposit: Transaction) -> None:
        receive(success_body(amount=300))

        body = get(deposit.user, f"{LIST}{deposit.pk}/status/").json()

        assert (body["status"], body["next_poll_after"]) == ("PENDING", None)
        assert body["customer_message"].startswith("Our team is checking")

    def test_the_sentence_follows_the_language(self, deposit: Transaction) -> None:
        receive(failure_body())

        response = get(deposit.user, f"{LIST}{deposit.pk}/status/", **{"Accept-Language": "sw"})

        assert response.json()["customer_message"].startswith("Ombi lilighairiwa")
        assert len(response.content) <= 300


class TestList:
    @pytest.fixture
    def deposits(self, customer: User) -> list[Transaction]:
        """Store three deposits an hour apart; the second one failed."""
        found = [
            make_deposit(
                customer,
                checkout_request_id=f"ws_{number}",
                token=f"{number}",
                created_at=NOON + timedelta(hours=number),
            )
            for number in range(3)
        ]
        receive(failure_body("ws_1"), token="1")
        return found

    def ids(self, user: User, query: str = "") -> list[int]:
        """Return the ids of a page."""
        response = get(user, f"{LIST}{query}")
        assert response.status_code == 200
        return [item["id"] for item in response.json()["results"]]

    def test_newest_first_and_ones_own_only(self, deposits: list[Transaction]) -> None:
        newest_first = [deposit.pk for deposit in reversed(deposits)]

        assert self.ids(deposits[0].user) == newest_first
        assert self.ids(make_customer(OTHER_PHONE)) == []

    def test_pages_follow_each_other(self, deposits: list[Transaction]) -> None:
        first = get(deposits[0].user, f"{LIST}?page_size=2").json()
        second = get(deposits[0].user, first["next"]).json()

        assert set(first) == {"next", "previous", "results"}
        assert len(first["results"]) == 2
        assert [item["id"] for item in second["results"]] == [deposits[0].pk]
        assert (first["previous"], second["next"]) == (None, None)

    def test_a_new_deposit_does_not_shift_the_pages(self, deposits: list[Transaction]) -> None:
        user = deposits[0].user
        first = get(user, f"{LIST}?page_size=2").json()
        make_deposit(user, checkout_request_id="ws_new", token="new")

        second = get(user, first["next"]).json()

        assert [item["id"] for item in second["results"]] == [deposits[0].pk]

    def test_status_and_type_narrow(self, deposits: list[Transaction]) -> None:
        user = deposits[0].user

        assert self.ids(user, "?status=FAILED") == [deposits[1].pk]
        assert len(self.ids(user, "?type=DEPOSIT")) == 3

    def test_times_narrow(self, deposits: list[Transaction]) -> None:
        user = deposits[0].user
        moment = quote(deposits[1].created_at.isoformat())

        assert self.ids(user, f"?created_after={moment}") == [deposits[2].pk]
        assert self.ids(user, f"?created_before={moment}") == [deposits[0].pk]

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("from=2026-11-20", [2, 1]),
            ("to=2026-11-20", [1, 0]),
            ("from=2026-11-20&to=2026-11-20", [1]),
            ("from=2026-11-20&to=2026-11-20&status=FAILED", [1]),
            ("from=2026-11-20&to=2026-11-20&status=COMPLETED", []),
            ("from=2026-11-19&to=2026-11-21&status=PENDING", [2, 0]),
            ("to=2026-11-21&created_before=2026-11-20", [0]),
            ("from=2026-11-21&created_after=2026-11-01", [2]),
            ("from=2026-11-20&page_size=1&status=PENDING", [2]),
        ],
    )
    def test_days_are_nairobi_s_and_combine_with_the_rest(
        self, customer: User, query: str, found: list[int]
    ) -> None:
        """20 November in Nairobi runs from 21:00 UTC to 21:00 UTC."""
        borders = [
            NOON.replace(day=19, hour=20, minute=59, second=59, microsecond=999_999),
            NOON.replace(day=19, hour=21),
            NOON.replace(day=20, hour=21),
        ]
        stored = [
            make_deposit(customer, checkout_request_id=f"ws_{n}", token=f"{n}", created_at=moment)
            for n, moment in enumerate(borders)
        ]
        receive(failure_body("ws_1"), token="1")

        assert self.ids(customer, f"?{query}") == [stored[n].pk for n in found]

    @pytest.mark.parametrize(
        "query",
        [
            "status=PAID", "type=GIFT", "created_after=yesterday", "created_before=1",
            "from=yesterday", "from=0001-01-01", "to=9999-12-31", "to=2026-02-30",
            "to=2026-11-01&from=2026-11-02",
            "created_after=0001-01-01", "created_before=9999-12-31T23:59:59Z",
        ],
    )  # fmt: skip
    def test_a_filter_that_makes_no_sense_is_refused(self, customer: User, query: str) -> None:
        response = get(customer, f"{LIST}?{query}")

        body = response.json()
        assert (response.status_code, body["code"]) == (400, "validation_error")
        assert list(body["fields"]) == [query.split("=")[0]]

    def test_a_forged_cursor_is_refused(self, customer: User) -> None:
        assert get(customer, f"{LIST}?cursor=forged").status_code == 404

    @pytest.mark.parametrize("position", ["abc", "1.5", "NaN", "\x00"])
    @pytest.mark.parametrize("path", [LIST, "/api/wallet/entries/"])
    def test_a_forged_cursor_that_can_be_read_is_refused_too(
        self, customer: User, path: str, position: str
    ) -> None:
        cursor = b64encode(f"p={position}".encode()).decode()

        assert get(customer, f"{path}?cursor={quote(cursor)}").status_code == 404


class TestALongHistory:
    @pytest.mark.parametrize(
        ("status", "index"),
        [
            ("FAILED", "payments_user_unpaid"),
            ("PENDING", "payments_user_unpaid"),
            (None, "payments_user_history"),
        ],
    )
    def test_a_page_is_read_off_an_index(
        self, customer: User, status: str | None, index: str
    ) -> None:
        # Where a customer has few deposits, one index costs as much as another.
        other = "PENDING" if status == "FAILED" else "FAILED"
        Transaction.objects.bulk_create(
            Transaction(
                user=customer,
                amount=Decimal(500),
                phone_number=customer.phone_number,
                status=other,
                created_at=NOON - timedelta(minutes=n),
            )
            for n in range(300)
        )
        run("ANALYZE payments_transaction")
        wanted = {} if status is None else {"status": status}
        page = selectors.narrow(selectors.list_transactions(customer, NOON), wanted)[:21]
        run("SET LOCAL enable_seqscan = off")
        run("SET LOCAL enable_sort = off")

        plan = page.explain()

        # Neither sorted nor looked through row by row.
        assert index in plan
        assert "Filter" not in plan
