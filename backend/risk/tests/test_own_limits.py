"""Own limits: how the services set them, and which are in force at a given time."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from rest_framework.exceptions import ValidationError

from risk import services
from risk.caps import Caps
from risk.errors import NothingToLift, TooEarlyToLift
from risk.models import OwnLimits
from risk.selectors import get_own_limits
from risk.tests.wishes import DAY, NOON, exclude, make_customer, pause, set_caps
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer() -> User:
    """Store a customer."""
    return make_customer()


def in_force_in_sql(user: User, now: Any) -> tuple[Any, ...]:
    """Return what a new deposit reads."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM own_limits_in_force(%s, %s)", [user.pk, now])
        found: tuple[Any, ...] = cursor.fetchone()
    return found


class TestCaps:
    def test_a_customer_without_a_row_has_no_limits(self, customer: User) -> None:
        own = get_own_limits(customer, NOON)

        assert own.state.caps == Caps(None, None)
        assert in_force_in_sql(customer, NOON) == (None, None, None)

    @pytest.mark.parametrize("hours", [0, 23, 24, 25, 100])
    def test_the_limits_shown_are_those_that_a_push_reads(self, customer: User, hours: int) -> None:
        set_caps(customer, 100, 1000)
        set_caps(customer, 300, None)
        pause(customer, 1)
        now = NOON + timedelta(hours=hours)

        told = get_own_limits(customer, now)

        assert in_force_in_sql(customer, now) == (
            told.state.caps.daily,
            told.state.caps.weekly,
            told.paused_until,
        )

    def test_asking_twice_writes_once(self, customer: User) -> None:
        set_caps(customer, 100)
        first = set_caps(customer, 200)
        again = set_caps(customer, 200, now=NOON + timedelta(hours=1))

        assert again.effective_at == first.effective_at == NOON + DAY
        assert again.updated_at == NOON

    def test_a_change_after_the_wait_starts_from_what_counts_then(self, customer: User) -> None:
        set_caps(customer, 100)
        set_caps(customer, 200)
        own = set_caps(customer, 300, now=NOON + DAY)

        assert (own.daily_cap, own.pending_daily_cap) == (200, 300)
        assert own.effective_at == NOON + 2 * DAY

    def test_one_customers_caps_are_not_anothers(self, customer: User) -> None:
        set_caps(customer, 100)

        assert in_force_in_sql(make_customer(), NOON) == (None, None, None)


class TestCoolOff:
    def test_a_pause_is_only_lengthened(self, customer: User) -> None:
        pause(customer, 30)
        own = pause(customer, 1)

        assert own.paused_until == NOON + 30 * DAY

    def test_a_longer_pause_replaces_a_shorter_one(self, customer: User) -> None:
        pause(customer, 1)

        assert pause(customer, 7, NOON + DAY / 2).paused_until == NOON + 7.5 * DAY

    def test_an_exclusion_is_never_shortened(self, customer: User) -> None:
        exclude(customer, 12)
        own = exclude(customer, 6)

        assert own.excluded_until == NOON.replace(year=2027)

    def test_an_exclusion_needs_the_password(self, customer: User) -> None:
        with pytest.raises(ValidationError) as caught:
            services.exclude(user=customer, months=6, password="another", now=NOON)

        assert isinstance(caught.value.detail, dict)
        assert "password" in caught.value.detail
        assert not OwnLimits.objects.exists()

    def test_a_pause_that_has_ended_blocks_nothing(self, customer: User) -> None:
        pause(customer, 1)

        assert get_own_limits(customer, NOON + DAY).paused_until is None
        assert in_force_in_sql(customer, NOON + DAY)[2] is None

    def test_of_a_pause_and_an_exclusion_the_later_end_counts(self, customer: User) -> None:
        pause(customer, 30)
        own = exclude(customer, 6)

        assert in_force_in_sql(customer, NOON)[2] == own.excluded_until

    def test_caps_stay_through_a_pause(self, customer: User) -> None:
        set_caps(customer, 100)
        exclude(customer)
        own = set_caps(customer, 50)

        assert (own.daily_cap, own.excluded_until) == (50, NOON.replace(year=2027, month=5))


class TestLifting:
    @pytest.fixture
    def operator(self) -> User:
        """Store an operator."""
        return make_customer(is_staff=True)

    def test_ends_pause_and_exclusion_with_a_reason(self, customer: User, operator: User) -> None:
        pause(customer)
        exclude(customer)

        services.lift_cool_off(
            user=customer, operator=operator, reason="wrong customer", now=NOON + DAY
        )

        own = OwnLimits.objects.get(user=customer)
        assert (own.lifted_by, own.lift_reason) == (operator, "wrong customer")
        assert in_force_in_sql(customer, NOON + DAY)[2] is None

    def test_not_within_a_day_of_the_last_wish(self, customer: User, operator: User) -> None:
        pause(customer, 7)
        exclude(customer, 6, NOON + DAY / 2)

        with pytest.raises(TooEarlyToLift) as caught:
            services.lift_cool_off(user=customer, operator=operator, reason="x", now=NOON + DAY)

        assert caught.value.liftable_at == NOON + 1.5 * DAY

    @pytest.mark.parametrize("days", [0, 1])
    def test_without_a_pause_there_is_nothing_to_lift(
        self, customer: User, operator: User, days: int
    ) -> None:
        if days:
            pause(customer, days)

        with pytest.raises(NothingToLift):
            services.lift_cool_off(user=customer, operator=operator, reason="x", now=NOON + 2 * DAY)

    def test_a_new_pause_after_a_lift_counts(self, customer: User, operator: User) -> None:
        pause(customer, 30)
        services.lift_cool_off(user=customer, operator=operator, reason="x", now=NOON + DAY)

        own = pause(customer, 1, NOON + 2 * DAY)

        assert own.paused_until == NOON + 3 * DAY
        with pytest.raises(TooEarlyToLift):
            services.lift_cool_off(
                user=customer, operator=operator, reason="x", now=NOON + 2.5 * DAY
            )
