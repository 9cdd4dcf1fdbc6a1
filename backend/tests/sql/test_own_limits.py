"""The function of risk/sql/functions/own_limits.sql."""

from datetime import datetime
from typing import Any

import pytest

from payments.tests.building import NOON
from risk.models import OwnLimits
from tests.sql.calling import after, row_of
from users.models import User

pytestmark = pytest.mark.django_db

NONE = {"daily_cap": None, "weekly_cap": None, "blocked_until": None}
#: Caps that count, others that follow a minute after NOON.
CHANGING = {
    "daily_cap": 1000,
    "weekly_cap": 5000,
    "pending_daily_cap": 2000,
    "pending_weekly_cap": None,
    "effective_at": after(60),
}


def in_force(user: User, now: datetime = NOON) -> dict[str, Any]:
    """Return what counts of a customer's own limits."""
    return row_of(
        "SELECT * FROM own_limits_in_force(%(user_id)s, %(now)s)", user_id=user.pk, now=now
    )


def store(user: User, **fields: Any) -> None:
    """Store a customer's own limits."""
    OwnLimits.objects.create(user=user, blocked_at=NOON, **fields)


class TestOwnLimitsInForce:
    def test_a_customer_who_set_none_has_none(self, customer: User) -> None:
        assert in_force(customer) == NONE

    def test_the_caps_count_as_they_are_set(self, customer: User) -> None:
        store(customer, daily_cap=1000, weekly_cap=5000)

        assert in_force(customer) == {**NONE, "daily_cap": 1000, "weekly_cap": 5000}

    def test_a_pending_change_does_not_count_before_its_time(self, customer: User) -> None:
        store(customer, **CHANGING)

        assert in_force(customer, after(59.9)) == {**NONE, "daily_cap": 1000, "weekly_cap": 5000}

    def test_a_pending_change_counts_from_its_time_on(self, customer: User) -> None:
        store(customer, **CHANGING)

        assert in_force(customer, after(60)) == {**NONE, "daily_cap": 2000}

    def test_a_pause_blocks_until_its_end(self, customer: User) -> None:
        store(customer, paused_until=after(60))

        assert in_force(customer, after(59.9))["blocked_until"] == after(60)
        assert in_force(customer, after(60))["blocked_until"] is None

    def test_an_exclusion_blocks_as_a_pause_does(self, customer: User) -> None:
        store(customer, excluded_until=after(60))

        assert in_force(customer)["blocked_until"] == after(60)

    def test_of_a_pause_and_an_exclusion_the_later_end_counts(self, customer: User) -> None:
        store(customer, paused_until=after(60), excluded_until=after(90))

        assert in_force(customer)["blocked_until"] == after(90)
