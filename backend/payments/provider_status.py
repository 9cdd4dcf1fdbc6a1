"""How quickly M-Pesa confirms right now, from all recent deposits. Pure: no reads, no clock.

All thresholds stand here and nowhere else.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

#: Deposits older than this say nothing of now.
WINDOW = timedelta(minutes=30)
#: The newest confirmations are enough; fewer than the least say nothing.
MOST_CONFIRMATIONS = 200
LEAST_CONFIRMATIONS = 5
#: So many of the newest deposits are looked at, of whatever kind: it bounds the work.
MOST_DEPOSITS = 1000
#: A prompt lives one to three minutes on the phone (docs/daraja.md §4): after that M-Pesa owes us
#: an answer. A push without an id after this long had none, or an unclear one.
OVERDUE_AFTER = timedelta(seconds=180)
UNCLEAR_AFTER = timedelta(seconds=30)
#: Customers need 10 to 40 seconds for their PIN; beyond this the wait is M-Pesa's.
SLOW_P95_S = 90
#: Pushes without a clear answer, late confirmations, M-Pesa's own errors: one in five is slow.
SLOW_SHARE = 0.2
#: Rejections count as an outage only while they are this young, this many, and nearly all there is.
OUTAGE_WINDOW = timedelta(minutes=5)
OUTAGE_REJECTIONS = 3
OUTAGE_SHARE = 0.8
#: The workers rest after three unanswered queries in a row; between two rests they try once, so
#: that a rest counts until this long after its end, unless an answer has cleared it.
PAUSE_ECHO = timedelta(seconds=60)
#: The longest rest of the workers; one that ends later was set by a wrong clock.
LONGEST_PAUSE = timedelta(seconds=300)

#: Codes of M-Pesa's own trouble.
PROVIDER_TROUBLE = ("26", "1025", "9999")
#: Pushes that M-Pesa did not accept, for reasons that are not the customer's.
PUSH_TROUBLE = ("mpesa_unavailable", "mpesa_busy", "mpesa_authentication_failed")


class State(StrEnum):
    """What the customer should expect."""

    GOOD = "good"
    SLOW = "slow"
    DOWN = "down"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class ProviderStatusInputs:
    """Counts over WINDOW, the two of pushes over OUTAGE_WINDOW, and the workers' pace."""

    confirmations: int = 0
    median_s: float | None = None
    p95_s: float | None = None
    decided: int = 0  # deposits that have an end, or should
    troubled: int = 0  # of these: overdue, or ended by M-Pesa's own trouble
    recent_pushes: int = 0
    recent_rejections: int = 0  # of these: pushes that M-Pesa did not take
    paused_until: datetime | None = None


@dataclass(frozen=True)
class ProviderStatus:
    """What the screen shows."""

    typical_seconds: int | None
    slow_seconds: int | None
    confirmations: int
    state: State


def assess_provider_status(inputs: ProviderStatusInputs, now: datetime) -> ProviderStatus:
    """Say how long a confirmation takes, and what to expect."""
    is_enough = inputs.confirmations >= LEAST_CONFIRMATIONS
    return ProviderStatus(
        typical_seconds=_whole(inputs.median_s) if is_enough else None,
        slow_seconds=_whole(inputs.p95_s) if is_enough else None,
        confirmations=inputs.confirmations,
        state=_state(inputs, now),
    )


def _whole(seconds: float | None) -> int | None:
    """Round up: a promise that is kept late is none. Nothing takes zero seconds."""
    return None if seconds is None else max(math.ceil(seconds), 1)


def _state(inputs: ProviderStatusInputs, now: datetime) -> State:
    if _is_down(inputs, now):
        return State.DOWN
    if max(inputs.decided, inputs.confirmations) < LEAST_CONFIRMATIONS:
        return State.UNKNOWN
    is_late = inputs.confirmations >= LEAST_CONFIRMATIONS and (inputs.p95_s or 0) > SLOW_P95_S
    is_troubled = inputs.troubled >= SLOW_SHARE * inputs.decided and inputs.troubled > 1
    return State.SLOW if is_late or is_troubled else State.GOOD


def _is_down(inputs: ProviderStatusInputs, now: datetime) -> bool:
    are_refused = (
        inputs.recent_rejections >= OUTAGE_REJECTIONS
        and inputs.recent_rejections >= OUTAGE_SHARE * inputs.recent_pushes
    )
    paused_until = inputs.paused_until
    is_paused = paused_until is not None and (
        now - PAUSE_ECHO < paused_until <= now + LONGEST_PAUSE
    )
    return are_refused or is_paused
