"""Changes of own limits, each under the customer's lock, which initiating a deposit takes too."""

from datetime import datetime, timedelta

import pghistory
from django.db import connection
from django.db import transaction as db_transaction

from risk import caps, cool_off
from risk.caps import NO_CAPS, Caps, CapState
from risk.errors import NothingToLift, OwnCoolOff, TooEarlyToLift
from risk.models import OwnLimits
from risk.selectors import read_state
from users.models import User
from users.services import confirm_password


@db_transaction.atomic
def set_caps(*, user: User, wanted: Caps, now: datetime) -> None:
    """Set the customer's caps to `wanted`: lower ones at once, higher ones after 24 hours."""
    own = _lock(user)
    _store(own, caps.change(read_state(own), wanted, now), now)


def pause_as_customer(*, user: User, days: int, password: str, now: datetime) -> None:
    """Pause as the signed-in customer asks; for more than a day the password must be right.

    Raises:
        ValidationError: the password is wrong or, where it is needed, missing.
    """
    if days > cool_off.UNCONFIRMED_DAYS:
        # Otherwise a stolen session could stop a customer's deposits for a month.
        confirm_password(user, password, field="password")
    pause(user=user, days=days, now=now)


@db_transaction.atomic
def pause(*, user: User, days: int, now: datetime) -> None:
    """Pause the customer's deposits for `days`; a pause that ends later stays as it is."""
    own = _lock(user)
    until = cool_off.longer(own.paused_until, now + timedelta(days=days))
    if until != own.paused_until:
        own.paused_until = until
        _block(own, now)


def exclude(*, user: User, months: int, password: str, now: datetime) -> None:
    """Exclude the customer from deposits for `months`; an exclusion that ends later stays.

    Raises:
        ValidationError: the password is wrong.
    """
    # Check it before taking the lock, because password hashing is slow on purpose.
    confirm_password(user, password, field="password")
    with db_transaction.atomic():
        own = _lock(user)
        until = cool_off.longer(own.excluded_until, cool_off.months_after(now, months))
        if until != own.excluded_until:
            own.excluded_until = until
            _block(own, now)


def lift_cool_off(*, user: User, operator: User, reason: str, now: datetime) -> None:
    """End a customer's pause and exclusion early, by an operator's decision with a reason.

    Raises:
        OwnCoolOff: customer and operator are the same user.
        NothingToLift: neither a pause nor an exclusion is in force.
        TooEarlyToLift: the customer asked for one less than 24 hours ago.
    """
    if operator.pk == user.pk:
        raise OwnCoolOff
    with pghistory.context(operator=operator.pk, reason=reason), db_transaction.atomic():
        own = _lock(user)
        ends = [end for end in (own.paused_until, own.excluded_until) if end and end > now]
        if not ends or own.blocked_at is None:
            raise NothingToLift
        if now < own.blocked_at + cool_off.LIFTABLE_AFTER:
            raise TooEarlyToLift(own.blocked_at + cool_off.LIFTABLE_AFTER)
        own.paused_until = min(own.paused_until, now) if own.paused_until else None
        own.excluded_until = min(own.excluded_until, now) if own.excluded_until else None
        own.lifted_at, own.lifted_by, own.lift_reason = now, operator, reason
        _save(own, now)


def _lock(user: User) -> OwnLimits:
    """Take the customer's lock, then return the customer's own limits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT customer_lock(%s)", [user.pk])
    return OwnLimits.objects.filter(user=user).first() or OwnLimits(user=user)


def _store(own: OwnLimits, state: CapState, now: datetime) -> None:
    if state == read_state(own):
        return
    own.daily_cap, own.weekly_cap = state.caps.daily, state.caps.weekly
    pending = state.pending or NO_CAPS
    own.pending_daily_cap, own.pending_weekly_cap = pending.daily, pending.weekly
    own.effective_at = state.effective_at
    _save(own, now)


def _block(own: OwnLimits, now: datetime) -> None:
    # Clocks of two processes differ; the later time keeps an operator from lifting too early.
    own.blocked_at = cool_off.longer(own.blocked_at, now)
    _save(own, now)


def _save(own: OwnLimits, now: datetime) -> None:
    own.updated_at = now
    own.save(force_insert=own._state.adding)
