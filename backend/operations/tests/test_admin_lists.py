"""The search boxes of the admin's lists: exact, over indexes, and no list counts a whole table."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from common.admin import BoundedPaginator
from operations.tests.console.operators import superuser
from payments.models import Claim, Transaction
from payments.tests.building import (
    NOON,
    PHONE,
    make_customer,
    make_deposit,
    receive,
    success_body,
)
from tests.sql.calling import forget_statistics
from users.admin_search import ExactSearch
from users.models import User

pytestmark = pytest.mark.django_db

#: What somebody might type: a number, a phone number, a code, and words.
TYPED = ("34", "0712 345 678", "nlj7rt61sv", "kamau wanjiku")
#: A few rows a day at most, and found by what has no index.
SMALL = {"users_phonechange", "users_proposal"}


def asked(page: Any, typed: str) -> Any:
    """Return the rows that a list shows for what was typed."""
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    rows, has_doubles = page.get_search_results(request, page.model._base_manager.all(), typed)
    assert not has_doubles
    return rows


def searched() -> list[Any]:
    """Return the pages with a search box."""
    return [page for page in admin.site._registry.values() if page.search_fields]


class TestEveryList:
    def test_each_search_box_is_exact(self) -> None:
        others = [page for page in searched() if not isinstance(page, ExactSearch)]

        # Those of Django and of packages, over tables of operators and settings.
        assert {page.model._meta.label for page in others} <= {
            "auth.Group", "otp_static.StaticDevice", "otp_totp.TOTPDevice", "axes.AccessAttempt",
            "axes.AccessLog", "axes.AccessFailureLog", "axes.AccessAttemptExpiration",
            "procrastinate.ProcrastinateJob",
        }  # fmt: skip
        assert len(searched()) - len(others) >= 18

    def test_each_goes_by_its_index(self) -> None:
        forget_statistics()
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
        for page in searched():
            if not isinstance(page, ExactSearch):
                continue
            for typed in TYPED:
                with CaptureQueriesContext(connection) as queries:
                    list(asked(page, typed)[:1])
                plans = [
                    plan for each in queries if "SELECT" in each["sql"]
                    for plan in self.plan_of(each["sql"])
                ]  # fmt: skip
                whole = [
                    line for line in plans
                    if "Seq Scan" in line and not any(name in line for name in SMALL)
                ]  # fmt: skip
                assert whole == [], (page, typed)

    def plan_of(self, sql: str) -> list[str]:
        """Return the lines of a statement's plan."""
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {sql}")
            return [line for (line,) in cursor.fetchall()]

    def test_no_list_of_ours_counts_a_whole_table(self) -> None:
        ours = ("payments.", "wallet.", "users.", "kyc.", "risk.", "common.", "operations.")
        for model, page in admin.site._registry.items():
            if model.__module__.startswith(ours):
                assert issubclass(page.paginator, BoundedPaginator), model
                assert not page.show_full_result_count, model
                assert not page.date_hierarchy, model


class TestDeposits:
    def test_any_result_code_filters_and_common_ones_are_offered(self) -> None:
        deposit = make_deposit(status="FAILED", result_code="2026")
        client = superuser()

        page = client.get("/admin/payments/transaction/?result_code=2026").content.decode()
        none = client.get("/admin/payments/transaction/?result_code=1032").content.decode()

        row = f"/admin/payments/transaction/{deposit.pk}/change/"
        assert row in page
        assert row not in none
        assert "1032 Cancelled by the customer" in page

    def test_review_reasons_filter(self) -> None:
        deposit = make_deposit(review_reason="no_answer")
        client = superuser()

        row = f"/admin/payments/transaction/{deposit.pk}/change/"
        for reason, is_shown in (("no_answer", True), ("reversed", False)):
            page = client.get(f"/admin/payments/transaction/?review_reason={reason}")
            assert (row in page.content.decode()) is is_shown

    def test_a_list_that_is_not_counted_to_its_end_says_so(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_deposit()
        client = superuser()
        assert "or more" not in client.get("/admin/payments/transaction/").content.decode()

        monkeypatch.setattr(BoundedPaginator, "most", 1)

        page = client.get("/admin/payments/transaction/").content.decode()
        assert "1 or more found" in page
        assert "1 or more deposit" in page

    @pytest.mark.parametrize("model", ["callbackevent", "confirmation", "pulledrow"])
    def test_a_list_asks_for_no_row_of_its_own(self, model: str) -> None:
        page = admin.site._registry[apps.get_model("payments", model)]

        assert "transaction" in tuple(page.list_select_related)  # type: ignore[arg-type]


class TestExactSearch:
    @pytest.mark.parametrize("typed", ["0712345678", "+254 712 345 678", PHONE])
    def test_a_phone_number_in_any_spelling(self, typed: str) -> None:
        deposit = make_deposit()

        assert list(asked(admin.site._registry[Transaction], typed)) == [deposit]
        assert list(asked(admin.site._registry[User], typed)) == [deposit.user]

    def test_a_deposit_by_number_and_receipt_in_small_letters(self) -> None:
        deposit = make_deposit()
        receive(success_body())
        page = admin.site._registry[Transaction]

        assert list(asked(page, f"#{deposit.pk}")) == [deposit]
        assert list(asked(page, "nlj7rt61sv")) == [deposit]

    def test_a_part_finds_nothing_and_nothing_typed_finds_all(self) -> None:
        make_customer()
        page = admin.site._registry[User]

        assert not asked(page, "07123").exists()
        assert not asked(page, "9" * 30).exists()
        assert asked(page, "  \x00").count() == 1

    def test_one_of_a_claims_readings(self) -> None:
        claim = Claim.objects.create(
            user=make_customer(),
            receipt="NLJ7RT61SV",
            readings=["NLJ7RT61SV", "NLJ7RT6ISV"],
            created_at=NOON,
            next_look_at=NOON,
            ends_at=NOON + timedelta(hours=72),
        )

        assert list(asked(admin.site._registry[Claim], "nlj7rt6isv")) == [claim]


class TestBoundedPaginator:
    def test_it_counts_no_further_than_its_most(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(BoundedPaginator, "most", 2)
        for number in range(3):
            make_customer(f"2547230000{number:02}")

        with CaptureQueriesContext(connection) as queries:
            assert BoundedPaginator(User.objects.order_by("pk"), 1).num_pages == 2

        assert re.search(r"LIMIT 2", queries[0]["sql"])

    def test_a_short_list_is_counted_as_it_is(self) -> None:
        make_customer()

        assert BoundedPaginator(User.objects.order_by("pk"), 1).count == 1
        assert BoundedPaginator([1, 2, 3], 2).num_pages == 2
