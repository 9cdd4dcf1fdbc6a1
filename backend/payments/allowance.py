"""Whether and how much a customer may deposit, and when their phone may be prompted again.

Reads only. Allowance and phone call the SQL functions that check a push
(sql/functions/allowance.sql), so that what the customer is told beforehand is what the push will be
checked against.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Case, DateTimeField, F, Func, JSONField, Value, When

from common.db import call_function
from kyc.selectors import is_being_checked
from payments import conf, states
from risk.selectors import get_own_limits
from users.models import User
from users.tiers import limits_of, tier_in_force


class RefusedBy(StrEnum):
    """Why any deposit would be refused now, in the order in which a push is checked."""

    IDENTITY_NEEDED = "identity_needed"
    IDENTITY_CHECKING = "identity_checking"
    IDENTITY_REFUSED = "identity_refused"
    COOL_OFF = "cool_off"
    LIMIT = "limit"


@dataclass(frozen=True, kw_only=True)
class RemainingAllowance:
    """Whether and how much a customer may deposit now: limits and what is left, in whole KES.

    `refused_by` is None where a deposit of `min_amount` to `most_now` is possible; otherwise
    `most_now` is 0, and `deposits_again_at` is the end of the cool-off or of the limit's day or
    week, None where no time ends it (identity).

    `weekly_limit` and `remaining_this_week` are None where the customer has set no weekly cap;
    `own_daily_limit` is None where they have set no daily cap below the tier's limit. With
    `identity_required` the customer may not deposit yet: the limits apply once they are verified.
    """

    refused_by: RefusedBy | None
    deposits_again_at: datetime | None
    most_now: int
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
    """Return what `user` may deposit at `now`, and why not where nothing is possible."""
    rules = conf.deposit_rules()
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
    left = today if this_week is None else min(today, this_week)
    rejection = _find_rejection(user, now) or _find_limit_rejection(found, left, this_week)
    return RemainingAllowance(
        refused_by=rejection.by if rejection else None,
        deposits_again_at=rejection.until if rejection else None,
        most_now=0 if rejection else min(limits.max_amount, left),
        identity_required=_is_identity_required(user),
        tier=tier,
        min_amount=rules.lowest_amount,
        max_amount=limits.max_amount,
        daily_limit=limits.daily_limit,
        own_daily_limit=int(found["daily_limit"]) if has_own_day else None,
        used_today=int(found["used_today"]),
        remaining_today=left,
        weekly_limit=None if weekly_limit is None else int(weekly_limit),
        remaining_this_week=this_week,
    )


@dataclass(frozen=True)
class _Rejection:
    by: RefusedBy
    until: datetime | None = None


def _is_identity_required(user: User) -> bool:
    is_verified = user.kyc_status == User.KycStatus.VERIFIED
    return conf.deposit_rules().is_kyc_required and not is_verified


def _find_rejection(user: User, now: datetime) -> _Rejection | None:
    """Return why this customer may deposit no amount, in the order in which a push is checked."""
    if _is_identity_required(user):
        if is_being_checked(user):
            return _Rejection(RefusedBy.IDENTITY_CHECKING)
        is_refused = user.kyc_status == User.KycStatus.REJECTED
        return _Rejection(RefusedBy.IDENTITY_REFUSED if is_refused else RefusedBy.IDENTITY_NEEDED)
    own = get_own_limits(user, now)
    ends = [end for end in (own.paused_until, own.excluded_until) if end is not None]
    return _Rejection(RefusedBy.COOL_OFF, max(ends)) if ends else None


def _find_limit_rejection(
    found: dict[str, Any], left: int, this_week: int | None
) -> _Rejection | None:
    lowest = conf.deposit_rules().lowest_amount
    if left >= lowest:
        return None
    # Where day and week are both used up, the week ends later.
    is_week = this_week is not None and this_week < lowest
    return _Rejection(RefusedBy.LIMIT, found["week_ends_at" if is_week else "day_ends_at"])


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
