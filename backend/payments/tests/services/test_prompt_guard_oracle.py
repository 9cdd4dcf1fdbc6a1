"""Random histories of one phone: the database's pauses against the rule written down once more."""

import itertools
from datetime import datetime, timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payments import conf
from payments.tests.building import (
    NOON,
    failure_body,
    make_customer,
    make_deposit,
    receive,
    success_body,
)

pytestmark = pytest.mark.django_db

_PAID = "0"
_numbers = itertools.count(1)
#: Seconds since the end before, how it ended, how much it was for.
_end = st.tuples(
    st.sampled_from([5, 70, 400, 4000, 50_000]),
    st.sampled_from([_PAID, "1031", "1032", "1032", "2001", "1037", "17", "1001"]),
    st.sampled_from([100, 200]),
)


def _expected(ends: list[tuple[datetime, str, int]], amount: int, now: datetime) -> datetime | None:
    """Return the moment that the rule of decision 0017 gives."""
    refusals: list[datetime] = []
    waits = []
    for ended_at, code, paid in ends:
        if code == _PAID:
            refusals = []
        elif now - ended_at < timedelta(hours=24):
            if code in {"1031", "1032", "2001"}:
                refusals.append(ended_at)
            if code == "1001":
                waits.append(ended_at + timedelta(seconds=60))
            if code == "17" and paid == amount:
                waits.append(ended_at + timedelta(seconds=120))
    if refusals:
        pauses_s = [0, 0, 60, 300, 900]
        pause_s = pauses_s[len(refusals) - 1] if len(refusals) <= 5 else 3600
        waits.append(refusals[-1] + timedelta(seconds=pause_s))
    return max((wait for wait in waits if wait > now), default=None)


def _found(phone_number: str, amount: int, now: datetime) -> datetime | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT prompt_free_at(%s, %s, %s::int[], %s)",
            [phone_number, amount, list(conf.REFUSAL_PAUSES_S), now],
        )
        found: datetime | None = cursor.fetchone()[0]
    return found


@given(
    steps=st.lists(_end, max_size=9),
    amount=st.sampled_from([100, 200]),
    later_s=st.sampled_from([0, 1, 59, 60, 119, 299, 899, 3599, 86_399]),
)
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_the_database_keeps_the_rule(
    steps: list[tuple[int, str, int]], amount: int, later_s: int
) -> None:
    user = make_customer(f"2541{next(_numbers):08d}")
    now, ends = NOON, []
    for gap_s, code, paid in steps:
        now += timedelta(seconds=gap_s)
        number = next(_numbers)
        checkout, token = f"ws_{number}", f"token {number}"
        make_deposit(
            user,
            amount=paid,
            checkout_request_id=checkout,
            token=token,
            created_at=now - timedelta(seconds=3),
        )
        body = failure_body(checkout, result_code=code)
        if code == _PAID:
            body = success_body(checkout, amount=paid, receipt=f"R{number}")
        assert receive(body, token=token, now=now).verdict == "applied"
        ends.append((now, code, paid))
    now += timedelta(seconds=later_s)

    assert _found(user.phone_number, amount, now) == _expected(ends, amount, now)


def test_its_index_is_of_columns_that_never_change() -> None:
    """Settling a deposit must not have to touch it (heap-only updates)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_indexdef(indexrelid), indpred IS NULL FROM pg_index"
            " WHERE indexrelid = 'payments_phone_history'::regclass"
        )
        definition, has_no_condition = cursor.fetchone()

    assert definition.endswith("(phone_number, created_at DESC)")
    assert has_no_condition
