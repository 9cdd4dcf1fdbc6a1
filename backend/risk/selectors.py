"""What a customer has set for themselves, as it counts now."""

from dataclasses import dataclass
from datetime import datetime

from risk import caps
from risk.caps import Caps, CapState
from risk.models import OwnLimits
from users.models import User


@dataclass(frozen=True, kw_only=True)
class OwnLimitsNow:
    """The caps that count and those that follow, and the ends of breaks still running."""

    state: CapState
    paused_until: datetime | None
    excluded_until: datetime | None


def get_own_limits(user: User, now: datetime) -> OwnLimitsNow:
    """Return the customer's own limits; empty ones where none were set."""
    own = OwnLimits.objects.filter(user=user).first() or OwnLimits(user=user)
    return OwnLimitsNow(
        state=caps.in_force(read_state(own), now),
        paused_until=_if_later(own.paused_until, now),
        excluded_until=_if_later(own.excluded_until, now),
    )


def read_state(own: OwnLimits) -> CapState:
    """Return the caps of a row."""
    state = CapState(Caps(own.daily_cap, own.weekly_cap))
    if own.effective_at is None:
        return state
    pending = Caps(own.pending_daily_cap, own.pending_weekly_cap)
    return CapState(state.caps, pending, own.effective_at)


def _if_later(moment: datetime | None, now: datetime) -> datetime | None:
    return moment if moment is not None and moment > now else None
