"""The functions of payments/sql/functions/allowance.sql."""

import itertools
import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from payments import conf
from payments.models import Transaction
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    PHONE,
    make_customer,
    make_deposit,
)
from risk.models import OwnLimits
from tests.sql.calling import after, row_of, settle, success, value_of
from users.models import User

pytestmark = pytest.mark.django_db

#: NOON is a Friday; days and weeks end at midnight in Nairobi, which is 21:00 in UTC.
MIDNIGHT = datetime.fromisoformat("2026-11-20T21:00:00Z")
LAST_MIDNIGHT = MIDNIGHT - timedelta(hours=24)
MONDAY = datetime.fromisoformat("2026-11-22T21:00:00Z")
LAST_MONDAY = MONDAY - timedelta(days=7)
PAUSES_S = [0, 0, 60, 300]
_numbers = itertools.count(1)


def store(user: User, amount: int = 500, at: datetime = NOON, **fields: Any) -> Transaction:
    """Store a deposit of that moment."""
    number = next(_numbers)
    fields = {"created_at": at, "updated_at": at, **fields}
    return make_deposit(
        user, amount=amount, checkout_request_id=f"ws_{number}", token=f"{number}", **fields
    )


def cap(user: User, daily: int | None = None, weekly: int | None = None) -> None:
    """Let the customer have set limits."""
    OwnLimits.objects.create(user=user, daily_cap=daily, weekly_cap=weekly)


class TestDepositAllowance:
    def allowance(self, user: User, now: datetime = NOON) -> dict[str, Any]:
        """Return the allowance under a tier's limit of 300,000 a day."""
        return row_of(
            "SELECT * FROM deposit_allowance(%(user_id)s, 300000, %(now)s)",
            user_id=user.pk,
            now=now,
        )

    def test_without_own_limits_the_tiers_day_counts_and_no_week(self, customer: User) -> None:
        store(customer)

        assert self.allowance(customer) == {
            "daily_limit": 300_000,
            "used_today": 500,
            "day_ends_at": MIDNIGHT,
            "weekly_limit": None,
            "used_this_week": None,
            "week_ends_at": MONDAY,
        }

    def test_nothing_deposited_is_zero(self, customer: User) -> None:
        cap(customer, weekly=5000)

        found = self.allowance(customer)

        assert (found["used_today"], found["used_this_week"]) == (0, 0)

    def test_a_daily_cap_below_the_tiers_limit_counts(self, customer: User) -> None:
        cap(customer, daily=1000)

        assert self.allowance(customer)["daily_limit"] == 1000

    def test_a_daily_cap_above_the_tiers_limit_does_not_count(self, customer: User) -> None:
        cap(customer, daily=400_000)

        assert self.allowance(customer)["daily_limit"] == 300_000

    def test_the_weekly_cap_counts_from_monday_and_the_day_from_midnight(
        self, customer: User
    ) -> None:
        cap(customer, weekly=5000)
        store(customer, 1, LAST_MONDAY - timedelta(seconds=1))
        store(customer, 10, LAST_MONDAY)
        store(customer, 100, LAST_MIDNIGHT - timedelta(seconds=1))
        store(customer, 1000, LAST_MIDNIGHT)
        store(customer, 10_000, MIDNIGHT)

        found = self.allowance(customer)

        assert (found["used_today"], found["used_this_week"]) == (1000, 11_110)
        assert found["weekly_limit"] == 5000

    def test_failed_deposits_and_other_customers_do_not_count(self, customer: User) -> None:
        store(customer, 1)
        settle(store(customer, 10), success(amount="10", checkout_request_id=None))
        store(customer, 100, status="FAILED")
        store(make_customer(OTHER_PHONE), 1000)

        assert self.allowance(customer)["used_today"] == 11

    def test_midnight_begins_a_new_day_and_monday_a_new_week(self, customer: User) -> None:
        cap(customer, weekly=5000)
        store(customer)

        tomorrow, next_week = self.allowance(customer, MIDNIGHT), self.allowance(customer, MONDAY)

        assert (tomorrow["used_today"], tomorrow["used_this_week"]) == (0, 500)
        assert (next_week["used_today"], next_week["used_this_week"]) == (0, 0)


class TestPromptPause:
    @pytest.mark.parametrize(
        ("count", "pause_s"), [(0, None), (1, 0), (2, 0), (3, 60), (4, 300), (5, 300), (99, 300)]
    )
    def test_the_nth_costs_the_nth_pause_and_later_ones_the_last(
        self, count: int, pause_s: int | None
    ) -> None:
        pause = value_of(
            "SELECT prompt_pause(%(pauses)s::jsonb, %(count)s::int)",
            pauses=json.dumps(PAUSES_S),
            count=count,
        )

        assert pause == (None if pause_s is None else timedelta(seconds=pause_s))


class TestPromptFreeAt:
    def free_at(
        self, now: datetime = NOON, *, amount: int = 500, guard: dict[str, Any] | None = None
    ) -> datetime | None:
        """Return when the phone is free."""
        rules = guard if guard is not None else conf.deposit_rules().prompt_guard
        found: datetime | None = value_of(
            "SELECT prompt_free_at(%(phone)s, %(amount)s, %(guard)s::jsonb, %(now)s)",
            phone=PHONE,
            amount=amount,
            guard=json.dumps(rules) if rules else None,
            now=now,
        )
        return found

    def fail(self, user: User, code: str, times: int = 1, last_at: datetime = NOON) -> None:
        """Store failures, a minute apart."""
        for nth in range(times):
            ended_at = last_at - timedelta(minutes=times - 1 - nth)
            store(user, at=ended_at, status="FAILED", result_code=code, next_query_at=None)

    def test_without_a_prompt_guard_no_phone_has_a_wait(self, customer: User) -> None:
        self.fail(customer, "1032", 9)

        assert self.free_at(guard={}) is None

    def test_a_phone_without_earlier_prompts_has_no_wait(self, customer: User) -> None:
        assert self.free_at() is None

    @pytest.mark.parametrize(("times", "wait_s"), [(2, None), (3, 60), (4, 300), (9, 3600)])
    def test_declines_in_a_row_lengthen_the_pause(
        self, customer: User, times: int, wait_s: int | None
    ) -> None:
        self.fail(customer, "1032", times)

        assert self.free_at() == (wait_s and after(wait_s))

    def test_two_unanswered_prompts_cost_as_much_as_one_decline(self, customer: User) -> None:
        self.fail(customer, "1037", 5)
        assert self.free_at() is None

        self.fail(customer, "1037", 1)
        assert self.free_at() == after(60)

    def test_a_busy_phone_waits_as_long_as_mpesa_asks(self, customer: User) -> None:
        self.fail(customer, "1001")

        assert self.free_at() == after(60)

    def test_the_same_amount_waits_and_another_one_does_not(self, customer: User) -> None:
        self.fail(customer, "17")

        assert self.free_at() == after(120)
        assert self.free_at(amount=501) is None

    def test_of_several_waits_the_longest_counts(self, customer: User) -> None:
        self.fail(customer, "1001")
        self.fail(customer, "17")

        assert self.free_at() == after(120)

    def test_after_its_wait_a_phone_is_free(self, customer: User) -> None:
        self.fail(customer, "1032", 3)

        assert self.free_at(after(59.9)) == after(60)
        assert self.free_at(after(60)) is None

    def test_a_success_resets_the_count(self, customer: User) -> None:
        self.fail(customer, "1032", 3, after(-120))
        settle(store(customer), success(checkout_request_id=None), after(-100))
        self.fail(customer, "1032")

        assert self.free_at() is None

    def test_declines_count_for_a_day(self, customer: User) -> None:
        self.fail(customer, "1032", 3, after(-86_400 - 60))
        self.fail(customer, "1032", 2)

        assert self.free_at() is None

    def test_another_phone_does_not_count(self, customer: User) -> None:
        self.fail(make_customer(OTHER_PHONE), "1032", 4)

        assert self.free_at() is None


class TestDepositCheckAmount:
    def check(self, user: User, amount: int) -> tuple[Any, ...]:
        """Check an amount under 250,000 at once and 300,000 a day."""
        found = row_of(
            "SELECT * FROM deposit_check_amount(%(user_id)s, %(amount)s, %(limits)s::jsonb,"
            " %(now)s)",
            user_id=user.pk,
            amount=amount,
            limits=json.dumps({"max_amount": 250_000, "daily_limit": 300_000}),
            now=NOON,
        )
        return tuple(found.values())

    def test_an_amount_within_every_limit_passes(self, customer: User) -> None:
        assert self.check(customer, 250_000) == (None, None, None)

    def test_more_than_the_tier_allows_at_once_is_an_invalid_amount(self, customer: User) -> None:
        assert self.check(customer, 250_001) == ("invalid_amount", 250_000, None)

    def test_the_tiers_day_ends_at_midnight(self, customer: User) -> None:
        store(customer, 200_000)

        assert self.check(customer, 100_000) == (None, None, None)
        assert self.check(customer, 100_001) == ("daily_limit", 300_000, MIDNIGHT)

    def test_the_daily_cap_is_named_as_the_customers_own(self, customer: User) -> None:
        cap(customer, daily=1000)
        store(customer)

        assert self.check(customer, 500) == (None, None, None)
        assert self.check(customer, 501) == ("own_daily_limit", 1000, MIDNIGHT)

    def test_the_week_of_the_cap_ends_on_monday(self, customer: User) -> None:
        cap(customer, weekly=1000)
        store(customer)

        assert self.check(customer, 500) == (None, None, None)
        assert self.check(customer, 501) == ("own_weekly_limit", 1000, MONDAY)

    def test_of_day_and_week_the_week_answers_because_it_holds_longer(self, customer: User) -> None:
        cap(customer, daily=1000, weekly=1000)
        store(customer)

        assert self.check(customer, 501) == ("own_weekly_limit", 1000, MONDAY)

    def test_one_amount_above_the_daily_cap_is_named_before_the_weekly_cap(
        self, customer: User
    ) -> None:
        cap(customer, daily=1000, weekly=1200)

        assert self.check(customer, 1201) == ("own_daily_limit", 1000, MIDNIGHT)


class TestSecondsUntil:
    @pytest.mark.parametrize(
        ("seconds", "expected"), [(-5, 1), (0, 1), (0.2, 1), (1, 1), (1.2, 2), (60, 60)]
    )
    def test_the_seconds_are_rounded_up_and_never_less_than_one(
        self, seconds: float, expected: int
    ) -> None:
        wait_s = value_of(
            "SELECT seconds_until(%(moment)s, %(now)s)", moment=after(seconds), now=NOON
        )

        assert wait_s == expected

    def test_no_moment_is_no_wait(self) -> None:
        assert value_of("SELECT seconds_until(NULL, %(now)s)", now=NOON) is None
