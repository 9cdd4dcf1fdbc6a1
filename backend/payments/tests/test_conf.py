"""The rate of status queries: how it is computed, and that the database keeps to it at any time."""

import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db import transaction as db_transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payments import conf
from payments.models import QueryPace
from payments.tests.building import NOON, make_customer, make_deposit

_PERIODS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@pytest.mark.parametrize(
    ("rate", "interval_s", "burst"),
    [
        ("30/m", 60 / 27, 3),
        ("4/s", 1, 3),
        ("3/m", 20, 1),
        ("1/s", 1, 1),
        ("10/2m", 120 / 7, 3),
        ("1/d", 86400, 1),
        ("6/h", 1200, 3),
        # A pass every two seconds could never ask 600 times a minute three at a time.
        ("600/m", 60 / 580, 20),
        ("20/s", 1 / 10, 10),
    ],
)
def test_a_rate_is_a_bucket_that_never_lets_more_pass(
    rate: str, interval_s: float, burst: int
) -> None:
    pace = conf.parse_query_pace(rate)

    assert pace.interval_s == pytest.approx(interval_s)
    assert pace.burst == burst


@pytest.mark.django_db
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    count=st.integers(1, 12),
    unit=st.sampled_from("sm"),
    gaps=st.lists(st.floats(0, 1.5), min_size=5, max_size=25),
    limit=st.integers(1, 20),
)
def test_no_window_ever_sees_more_queries_than_the_rate(
    count: int, unit: str, gaps: list[float], limit: int
) -> None:
    period_s = _PERIODS[unit]
    pace = conf.parse_query_pace(f"{count}/{unit}")
    claims: list[tuple[float, int]] = []
    with db_transaction.atomic():
        QueryPace.objects.update(next_slot_at=None, paused_until=None)
        user = make_customer()
        for number in range(40):
            make_deposit(user, checkout_request_id=f"ws_{number}", token=f"{number}")

        moment_s = 60.0
        for gap in gaps:
            moment_s += gap * period_s / 4
            claims.append((moment_s, _claim(pace, moment_s, limit)))
        db_transaction.set_rollback(True)

    for start_s, _ in claims:
        in_window = sum(n for at_s, n in claims if start_s <= at_s < start_s + period_s - 1e-3)
        assert in_window <= count


def _claim(pace: conf.QueryPace, moment_s: float, limit: int) -> int:
    with connection.cursor() as cursor:
        waits = {"first_s": 100_000, "longest_s": 100_000, "longest_rest_s": 300}
        cursor.execute(
            "SELECT count(*) FROM deposit_claim_due(%s, %s::jsonb, %s)",
            [limit, json.dumps({**waits, **asdict(pace)}), NOON + timedelta(seconds=moment_s)],
        )
        row: Any = cursor.fetchone()
    return int(row[0])


@pytest.mark.django_db
def test_a_clock_that_ran_ahead_stops_queries_for_a_short_time_only() -> None:
    pace = conf.parse_query_pace("30/m")
    make_deposit()
    QueryPace.objects.update(next_slot_at=NOON + timedelta(days=1))

    assert _claim(pace, 30, 1) == 0
    assert _claim(pace, 40, 1) == 1


@pytest.mark.django_db
def test_a_pause_set_by_a_clock_that_ran_ahead_is_ignored() -> None:
    pace = conf.parse_query_pace("30/m")
    make_deposit()
    QueryPace.objects.update(paused_until=NOON + timedelta(seconds=330))

    assert _claim(pace, 30, 1) == 0

    QueryPace.objects.update(paused_until=NOON + timedelta(hours=3))

    assert _claim(pace, 30, 1) == 1
