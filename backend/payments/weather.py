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
#: People need 10 to 40 seconds for their PIN; beyond this the wait is M-Pesa's.
SLOW_P95_S = 90
#: Pushes without a clear answer, late confirmations, M-Pesa's own errors: one in five is slow.
SLOW_SHARE = 0.2
#: Refusals count as an outage only while they are this young, this many, and nearly all there is.
OUTAGE_WINDOW = timedelta(minutes=5)
OUTAGE_REFUSALS = 3
OUTAGE_SHARE = 0.8
#: The workers rest after three unanswered queries in a row; between two rests they try once, so
#: that a rest counts until this long after its end, unless an answer has cleared it.
REST_ECHO = timedelta(seconds=60)
#: The longest rest of the workers; one that ends later was set by a wrong clock.
LONGEST_REST = timedelta(seconds=300)

#: Codes of M-Pesa's own trouble.
PROVIDER_TROUBLE = ("26", "1025", "9999")
#: Pushes that M-Pesa did not take, whoever the customer was.
PUSH_TROUBLE = ("mpesa_unavailable", "mpesa_busy", "mpesa_authentication_failed")


class State(StrEnum):
    """What the customer should expect."""

    GOOD = "good"
    SLOW = "slow"
    DOWN = "down"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class WeatherFacts:
    """Counts over WINDOW, the two of pushes over OUTAGE_WINDOW, and the workers' pace."""

    confirmations: int = 0
    median_s: float | None = None
    p95_s: float | None = None
    decided: int = 0  # deposits that have an end, or should
    troubled: int = 0  # of these: overdue, or ended by M-Pesa's own trouble
    recent_pushes: int = 0
    recent_refusals: int = 0  # of these: pushes that M-Pesa did not take
    paused_until: datetime | None = None


@dataclass(frozen=True)
class Weather:
    """What the screen shows."""

    typical_seconds: int | None
    slow_seconds: int | None
    confirmations: int
    state: State


def describe_weather(facts: WeatherFacts, now: datetime) -> Weather:
    """Say how long a confirmation takes, and what to expect."""
    is_enough = facts.confirmations >= LEAST_CONFIRMATIONS
    return Weather(
        typical_seconds=_whole(facts.median_s) if is_enough else None,
        slow_seconds=_whole(facts.p95_s) if is_enough else None,
        confirmations=facts.confirmations,
        state=_state(facts, now),
    )


def _whole(seconds: float | None) -> int | None:
    """Round up: a promise that is kept late is none. Nothing takes zero seconds."""
    return None if seconds is None else max(math.ceil(seconds), 1)


def _state(facts: WeatherFacts, now: datetime) -> State:
    if _is_down(facts, now):
        return State.DOWN
    if max(facts.decided, facts.confirmations) < LEAST_CONFIRMATIONS:
        return State.UNKNOWN
    is_late = facts.confirmations >= LEAST_CONFIRMATIONS and (facts.p95_s or 0) > SLOW_P95_S
    is_troubled = facts.troubled >= SLOW_SHARE * facts.decided and facts.troubled > 1
    return State.SLOW if is_late or is_troubled else State.GOOD


def _is_down(facts: WeatherFacts, now: datetime) -> bool:
    are_refused = (
        facts.recent_refusals >= OUTAGE_REFUSALS
        and facts.recent_refusals >= OUTAGE_SHARE * facts.recent_pushes
    )
    paused_until = facts.paused_until
    is_resting = paused_until is not None and (now - REST_ECHO < paused_until <= now + LONGEST_REST)
    return are_refused or is_resting
