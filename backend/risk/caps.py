"""How a customer's own caps change: lower at once, higher after 24 hours. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

#: How long raising or removing a cap takes, so that the customer can reconsider.
COOLING_OFF = timedelta(hours=24)


@dataclass(frozen=True)
class Caps:
    """The most a customer wants to deposit in a day and in a week, in whole KES; None: no cap."""

    daily: int | None
    weekly: int | None


NO_CAPS = Caps(None, None)


@dataclass(frozen=True)
class CapState:
    """The caps in force, and the `pending` caps that replace them at `effective_at`, if any."""

    caps: Caps
    pending: Caps | None = None
    effective_at: datetime | None = None


def in_force(state: CapState, now: datetime) -> CapState:
    """Return the state at `now`: pending caps whose time has come are the caps in force."""
    if state.pending is None or state.effective_at is None or state.effective_at > now:
        return state
    return CapState(state.pending)


def change(state: CapState, wanted: Caps, now: datetime) -> CapState:
    """Return the state after the customer asked for `wanted`.

    `wanted` replaces the pending caps. Asking for the same caps again changes nothing, so that a
    repeated request does not restart the wait.
    """
    state = in_force(state, now)
    lowered = _lower(state.caps, wanted)
    if lowered == wanted:
        return CapState(wanted)
    if state.pending == wanted:
        return replace(state, caps=lowered)
    return CapState(lowered, wanted, now + COOLING_OFF)


def _lower(caps: Caps, wanted: Caps) -> Caps:
    """Return the lower daily and the lower weekly cap; a daily cap is at most the weekly one."""
    weekly = _lowest(caps.weekly, wanted.weekly)
    daily = _lowest(caps.daily, wanted.daily)
    if daily is None or weekly is None:
        return Caps(daily, weekly)
    return Caps(min(daily, weekly), weekly)


def _lowest(*caps: int | None) -> int | None:
    return min((cap for cap in caps if cap is not None), default=None)
