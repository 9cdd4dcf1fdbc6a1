"""Pure: how a customer's own caps change. Lowering acts at once, raising after a day."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

#: What raising or removing a cap waits: a decision slept over.
COOLING_OFF = timedelta(hours=24)


@dataclass(frozen=True)
class Caps:
    """The most that may be deposited in a day and in a week, in whole KES; None: no own cap."""

    daily: int | None
    weekly: int | None


NO_CAPS = Caps(None, None)


@dataclass(frozen=True)
class CapState:
    """The caps that count, and those that follow at `effective_at`; None: nothing follows."""

    caps: Caps
    pending: Caps | None = None
    effective_at: datetime | None = None


def in_force(state: CapState, now: datetime) -> CapState:
    """Return the state as it counts now: what was pending has become what counts."""
    if state.pending is None or state.effective_at is None or state.effective_at > now:
        return state
    return CapState(state.pending)


def change(state: CapState, wanted: Caps, now: datetime) -> CapState:
    """Return the state after the customer asked for `wanted`.

    It replaces whatever was pending. Asking for the same again changes nothing, so that a repeated
    request never restarts the wait.
    """
    state = in_force(state, now)
    lowered = _lower(state.caps, wanted)
    if lowered == wanted:
        return CapState(wanted)
    if state.pending == wanted:
        return replace(state, caps=lowered)
    return CapState(lowered, wanted, now + COOLING_OFF)


def _lower(caps: Caps, wanted: Caps) -> Caps:
    """Return the lower one of each. A day never has more than its week: that says the same."""
    weekly = _lowest(caps.weekly, wanted.weekly)
    daily = _lowest(caps.daily, wanted.daily)
    if daily is None or weekly is None:
        return Caps(daily, weekly)
    return Caps(min(daily, weekly), weekly)


def _lowest(*caps: int | None) -> int | None:
    return min((cap for cap in caps if cap is not None), default=None)
