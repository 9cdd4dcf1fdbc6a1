"""Reads a customer's own limits in force."""

from dataclasses import dataclass
from datetime import datetime

from risk import caps
from risk.caps import Caps, CapState
from risk.models import OwnLimits
from users.models import User


@dataclass(frozen=True, kw_only=True)
class OwnLimitsNow:
    """The caps in force and pending, and the ends of a running pause and exclusion (else None)."""

    state: CapState
    paused_until: datetime | None
    excluded_until: datetime | None


def get_own_limits(user: User, now: datetime) -> OwnLimitsNow:
    """Return the customer's own limits at `now`; all None if the customer has set none."""
    own = OwnLimits.objects.filter(user=user).first() or OwnLimits(user=user)
    return OwnLimitsNow(
        state=caps.in_force(read_state(own), now),
        paused_until=_if_later(own.paused_until, now),
        excluded_until=_if_later(own.excluded_until, now),
    )


def read_state(own: OwnLimits) -> CapState:
    """Return a row's caps and pending caps."""
    state = CapState(Caps(own.daily_cap, own.weekly_cap))
    if own.effective_at is None:
        return state
    pending = Caps(own.pending_daily_cap, own.pending_weekly_cap)
    return CapState(state.caps, pending, own.effective_at)


def _if_later(moment: datetime | None, now: datetime) -> datetime | None:
    return moment if moment is not None and moment > now else None
