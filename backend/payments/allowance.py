"""A customer's remaining allowance, and when their phone may be prompted again. Reads only.

Both call the SQL functions that check a push (sql/functions/allowance.sql), so that what the
customer is told beforehand is what the push will be checked against.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, DateTimeField, F, Func, JSONField, Value, When

from common.db import call_function
from payments import conf, states
from users.models import User
from users.tiers import limits_of, tier_in_force


@dataclass(frozen=True, kw_only=True)
class RemainingAllowance:
    """A customer's limits and remaining allowance, in whole KES.

    `weekly_limit` and `remaining_this_week` are None where the customer has set no weekly cap;
    `own_daily_limit` is None where they have set no daily cap below the tier's limit. With
    `identity_required` the customer may not deposit yet: the limits apply once they are verified.
    """

    identity_required: bool
    tier: User.Tier
    min_amount: int
    max_amount: int
    daily_limit: int
    own_daily_limit: int | None
    used_today: int
    remaining_today: int
    weekly_limit: int | None
    remaining_this_week: int | None


_ALLOWANCE = "SELECT * FROM deposit_allowance(%(user_id)s, %(tier_daily_limit)s, %(now)s)"


def get_remaining_allowance(user: User, now: datetime) -> RemainingAllowance:
    rules = conf.deposit_rules()
    is_verified = user.kyc_status == User.KycStatus.VERIFIED
    tier = tier_in_force(user)
    limits = limits_of(tier)
    found = call_function(
        _ALLOWANCE, {"user_id": user.pk, "tier_daily_limit": limits.daily_limit, "now": now}
    )
    today = max(int(found["daily_limit"] - found["used_today"]), 0)
    weekly_limit, this_week = found["weekly_limit"], None
    has_own_day = found["daily_limit"] < limits.daily_limit
    if weekly_limit is not None:
        this_week = max(int(weekly_limit - found["used_this_week"]), 0)
    return RemainingAllowance(
        identity_required=rules.is_kyc_required and not is_verified,
        tier=tier,
        min_amount=rules.lowest_amount,
        max_amount=limits.max_amount,
        daily_limit=limits.daily_limit,
        own_daily_limit=int(found["daily_limit"]) if has_own_day else None,
        used_today=int(found["used_today"]),
        remaining_today=today if this_week is None else min(today, this_week),
        weekly_limit=None if weekly_limit is None else int(weekly_limit),
        remaining_this_week=this_week,
    )


def prompt_free_at(user: User, now: datetime) -> Case | Value:
    """Build a query expression: when the phone may be prompted again, after a recent failure."""
    guard = conf.deposit_rules().prompt_guard
    if guard is None:
        return Value(None, DateTimeField())
    is_recent_failure = When(
        status=states.FAILED,
        updated_at__gt=now - timedelta(seconds=max(guard["pauses_s"])),
        then=Func(
            Value(user.phone_number),
            F("amount"),
            Value(guard, JSONField()),
            Value(now, DateTimeField()),
            function="prompt_free_at",
        ),
    )
    return Case(is_recent_failure, output_field=DateTimeField())
