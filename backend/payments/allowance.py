"""What a customer may still deposit, and when their phone may be prompted again. Reads only.

Both ask the functions that a push itself asks (sql/functions/allowance.sql), so that what is told
beforehand is what happens.
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
    """What a customer may deposit now, in whole KES.

    The week's are None without an own weekly cap; `own_daily_limit` is None without an own daily
    cap below the tier's. With `identity_required` nothing is allowed yet: the numbers are those
    that count once the customer is verified.
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
    """Return what pushes would still be allowed."""
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
    """Build the expression that answers, for a failure that can still cost a wait, until when."""
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
