"""Random histories of one phone: the database's waits against the rule written down once more."""

import itertools
import json
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

#: When a prompt ended, how, and how much it was for.
End = tuple[datetime, str, int]
_PAID = "0"
_numbers = itertools.count(1)
#: Seconds since the end before, how it ended, how much it was for.
_end = st.tuples(
    st.sampled_from([5, 70, 400, 4000, 50_000]),
    st.sampled_from([_PAID, "1031", "1032", "2001", *["1037"] * 4, "1019", "17", "1001"]),
    st.sampled_from([100, 200]),
)


def _expected(ends: list[End], amount: int, now: datetime) -> datetime | None:
    """Return the moment that the rule of decision 0017 gives."""
    paid = [number for number, (_, code, _) in enumerate(ends) if code == _PAID]
    since_paid = ends[paid[-1] + 1 :] if paid else ends
    waits = [
        # Two unanswered prompts count as one decline.
        *_pause(since_paid, {"1031", "1032", "2001"}, 1, now),
        *_pause(since_paid, {"1019", "1037"}, 2, now),
        *(at + timedelta(seconds=60) for at, code, _ in ends if code == "1001"),
        *(at + timedelta(seconds=120) for at, code, of in ends if (code, of) == ("17", amount)),
    ]
    return max((wait for wait in waits if wait > now), default=None)


def _pause(ends: list[End], codes: set[str], for_one: int, now: datetime) -> list[datetime]:
    """Return when the wait after a row of declines ends, if they cost one."""
    row = [at for at, code, _ in ends if code in codes and now - at < timedelta(hours=24)]
    length = len(row) // for_one
    if not length:
        return []
    pause_s = [0, 0, 60, 300, 900][length - 1] if length <= 5 else 3600
    return [row[-1] + timedelta(seconds=pause_s)]


def _found(phone_number: str, amount: int, now: datetime) -> datetime | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT prompt_free_at(%s, %s, %s::jsonb, %s)",
            [phone_number, amount, json.dumps(conf.deposit_rules().prompt_guard), now],
        )
        found: datetime | None = cursor.fetchone()[0]
    return found


@given(
    steps=st.lists(_end, max_size=14),
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
