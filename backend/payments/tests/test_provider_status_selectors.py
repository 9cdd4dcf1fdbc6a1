"""The provider status over HTTP and in SQL, from rows as deposits leave them."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from redis.exceptions import ConnectionError as RedisConnectionError
from rest_framework.test import APIClient

from common.db import call_function
from payments import provider_status_selectors
from payments.models import QueryPace, Transaction
from payments.tests.building import NOON, make_deposit, receive, success_body
from users.models import User

pytestmark = pytest.mark.django_db

PROVIDER_STATUS = "/api/payments/weather/"
_numbers = count(1)


def confirm(user: User, *, ago_s: float, took_s: float, **fields: Any) -> None:
    """Store a deposit that was pushed some time ago and cancelled by the customer after a while."""
    pushed_at = NOON - timedelta(seconds=ago_s)
    push(
        user,
        ago_s=ago_s,
        updated_at=pushed_at + timedelta(seconds=took_s),
        **{"status": "FAILED", "result_code": "1032", **fields},
    )


def push(user: User, *, ago_s: float, **fields: Any) -> Transaction:
    """Store a deposit that was pushed some time ago."""
    number = next(_numbers)
    pushed_at = NOON - timedelta(seconds=ago_s)
    stored = {"checkout_request_id": f"ws_{number}", "created_at": pushed_at, **fields}
    return make_deposit(user, token=f"t{number}", **stored)


def refuse(user: User, *, ago_s: float, code: str = "mpesa_unavailable") -> None:
    """Store a deposit whose push M-Pesa did not take."""
    push(user, ago_s=ago_s, checkout_request_id=None, status="FAILED", result_code=code)


def look(now: datetime = NOON) -> Any:
    """Return the provider status, computed afresh."""
    cache.clear()
    return provider_status_selectors.get_provider_status(now)


class TestProviderStatus:
    def test_without_deposits_nothing_is_known(self, customer: User) -> None:
        client = APIClient()
        assert client.get(PROVIDER_STATUS).status_code == 401
        client.force_authenticate(customer)

        response = client.get(PROVIDER_STATUS)

        assert response.json() == {
            "typical_seconds": None, "slow_seconds": None, "confirmations": 0, "state": "unknown",
        }  # fmt: skip
        assert response["Cache-Control"] == "no-store"

    def test_median_and_p95_come_from_prompt_to_confirmation(self, customer: User) -> None:
        for number in range(1, 101):
            confirm(customer, ago_s=600, took_s=number / 2)

        found = look()

        assert (found.typical_seconds, found.slow_seconds) == (26, 48)
        assert (found.confirmations, found.state.value) == (100, "good")

    def test_a_payment_counts_by_its_credit(self, customer: User) -> None:
        for number in range(5):
            push(customer, ago_s=300, checkout_request_id=f"paid_{number}", amount=500)
            receive(
                success_body(f"paid_{number}", receipt=f"NLJ7RT61{number}"),
                token=f"t{next(_numbers) - 1}",
                now=NOON - timedelta(seconds=300 - 20),
            )
            next(_numbers)

        found = look()

        assert (found.typical_seconds, found.confirmations, found.state.value) == (20, 5, "good")

    def test_only_the_newest_200_of_the_last_half_hour_count(self, customer: User) -> None:
        for _ in range(3):
            confirm(customer, ago_s=1801, took_s=500)
        for _ in range(10):
            confirm(customer, ago_s=1700, took_s=500)
        for _ in range(200):
            confirm(customer, ago_s=60, took_s=7)

        found = look()

        assert (found.confirmations, found.slow_seconds) == (200, 7)

    def test_timers_that_ran_out_say_nothing_of_speed(self, customer: User) -> None:
        for _ in range(9):
            confirm(customer, ago_s=600, took_s=180, result_code="1037")

        assert look().confirmations == 0

    @pytest.mark.parametrize(
        "trouble",
        [
            {"ago_s": 200},  # no answer although the prompt is long gone
            {"ago_s": 40, "checkout_request_id": None},  # a push without a clear answer
            {"ago_s": 60, "status": "FAILED", "result_code": "26"},
        ],
    )
    def test_trouble_makes_it_slow(self, customer: User, trouble: dict[str, Any]) -> None:
        for _ in range(8):
            confirm(customer, ago_s=600, took_s=10)
        assert look().state.value == "good"

        for _ in range(2):
            push(customer, **trouble)

        assert look().state.value == "slow"

    def test_prompts_that_are_open_are_no_trouble(self, customer: User) -> None:
        for _ in range(8):
            confirm(customer, ago_s=600, took_s=10)
        for _ in range(20):
            push(customer, ago_s=20)

        assert look().state.value == "good"

    @pytest.mark.parametrize(
        "code", ["mpesa_unavailable", "mpesa_busy", "mpesa_authentication_failed"]
    )
    def test_pushes_that_are_all_refused_mean_down(self, customer: User, code: str) -> None:
        for _ in range(3):
            refuse(customer, ago_s=60, code=code)

        assert look().state.value == "down"

    def test_rejections_of_ten_minutes_ago_do_not(self, customer: User) -> None:
        for _ in range(3):
            refuse(customer, ago_s=600)

        assert look().state.value == "unknown"

    def test_the_status_is_down_while_the_workers_pause_and_up_once_m_pesa_answers(
        self, customer: User
    ) -> None:
        for _ in range(3):
            call_function("SELECT query_pace_report(false, 300, %(now)s)", {"now": NOON})
        assert QueryPace.objects.get().paused_until is not None
        assert look().state.value == "down"

        call_function("SELECT query_pace_report(true, 300, %(now)s)", {"now": NOON})

        assert look().state.value == "unknown"

    def test_the_status_is_looked_up_once_in_fifteen_seconds(self, customer: User) -> None:
        provider_status_selectors.get_provider_status(NOON)
        for _ in range(5):
            confirm(customer, ago_s=60, took_s=7)

        with CaptureQueriesContext(connection) as asked:
            assert provider_status_selectors.get_provider_status(NOON).confirmations == 0

        assert len(asked) == 0
        assert look().confirmations == 5

    def test_without_the_cache_the_status_is_still_known(
        self, customer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse_connection(key: str) -> None:
            raise RedisConnectionError

        monkeypatch.setattr(cache, "get", refuse_connection)

        assert provider_status_selectors.get_provider_status(NOON).state.value == "unknown"

    def test_the_query_uses_the_primary_key_and_needs_no_index_of_its_own(
        self, customer: User
    ) -> None:
        for _ in range(30):
            confirm(customer, ago_s=60, took_s=7)
        plan = _explain_facts()

        assert "payments_transaction_pkey" in plan
        assert "Seq Scan on payments_transaction" not in plan


def _explain_facts() -> str:
    with CaptureQueriesContext(connection) as asked:
        provider_status_selectors.count_recent_deposits(NOON)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + asked[0]["sql"])
        return "\n".join(row[0] for row in cursor.fetchall())
