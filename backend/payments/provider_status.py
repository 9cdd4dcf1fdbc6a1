"""Provider status: how fast M-Pesa confirms, judged from counts of recent deposits.

Pure: no reads, no clock. All its thresholds are in this file.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

#: Deposits older than this are not counted.
WINDOW = timedelta(minutes=30)
#: Of the confirmed deposits the newest MAX_CONFIRMATIONS are measured; with fewer than
#: MIN_CONFIRMATIONS no times are given.
MAX_CONFIRMATIONS = 200
MIN_CONFIRMATIONS = 5
#: The most deposits that one statement reads, the newest first; it limits the statement's work.
MAX_DEPOSITS = 1000
#: A prompt stays on the phone for one to three minutes (docs/daraja.md §4); a deposit still PENDING
#: after that is overdue. A push without a checkout_request_id after UNCLEAR_AFTER had no clear
#: answer.
OVERDUE_AFTER = timedelta(seconds=180)
UNCLEAR_AFTER = timedelta(seconds=30)
#: Customers take 10 to 40 seconds to enter the PIN; where 5 % wait longer than this, M-Pesa is
#: slow.
SLOW_P95_S = 90
#: From this share of troubled deposits on (no clear answer, overdue, M-Pesa's own error) M-Pesa
#: counts as slow.
SLOW_SHARE = 0.2
#: Rejected pushes are an outage only where, within OUTAGE_WINDOW, there are this many of them and
#: they are this share of all pushes.
OUTAGE_WINDOW = timedelta(minutes=5)
OUTAGE_REJECTIONS = 3
OUTAGE_SHARE = 0.8
#: The workers pause after three unanswered status queries in a row, and try once between two
#: pauses. So a pause counts as an outage for this long after its end, unless an answer has cleared
#: it.
PAUSE_ECHO = timedelta(seconds=60)
#: The longest outage pause; one that ends later was set by a process with a wrong clock.
MAX_PAUSE = timedelta(seconds=300)

#: Result codes of errors inside M-Pesa.
PROVIDER_TROUBLE = ("26", "1025", "9999")
#: Error codes of pushes that M-Pesa did not accept, for reasons that the customer did not cause.
PUSH_TROUBLE = ("mpesa_unavailable", "mpesa_busy", "mpesa_authentication_failed")


class State(StrEnum):
    """The provider status that the page shows."""

    GOOD = "good"
    SLOW = "slow"
    DOWN = "down"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class ProviderStatusInputs:
    """Counts of deposits in WINDOW; `recent_*` in OUTAGE_WINDOW; the end of the outage pause."""

    confirmations: int = 0
    median_s: float | None = None
    p95_s: float | None = None
    decided: int = 0  # deposits with an outcome, or overdue for one
    troubled: int = 0  # of these: overdue, or failed by an error of M-Pesa's
    recent_pushes: int = 0
    recent_rejections: int = 0  # of these: pushes that M-Pesa did not accept
    paused_until: datetime | None = None


@dataclass(frozen=True)
class ProviderStatus:
    """The provider status with the usual and the slow time of a confirmation."""

    typical_seconds: int | None
    slow_seconds: int | None
    confirmations: int
    state: State


def assess_provider_status(inputs: ProviderStatusInputs, now: datetime) -> ProviderStatus:
    """Return the provider status; its times are None where too few deposits were confirmed."""
    is_enough = inputs.confirmations >= MIN_CONFIRMATIONS
    return ProviderStatus(
        typical_seconds=_whole(inputs.median_s) if is_enough else None,
        slow_seconds=_whole(inputs.p95_s) if is_enough else None,
        confirmations=inputs.confirmations,
        state=_state(inputs, now),
    )


def _whole(seconds: float | None) -> int | None:
    """Round up to whole seconds, at least 1: a time shown to customers must not be too short."""
    return None if seconds is None else max(math.ceil(seconds), 1)


def _state(inputs: ProviderStatusInputs, now: datetime) -> State:
    if _is_down(inputs, now):
        return State.DOWN
    if max(inputs.decided, inputs.confirmations) < MIN_CONFIRMATIONS:
        return State.UNKNOWN
    is_late = inputs.confirmations >= MIN_CONFIRMATIONS and (inputs.p95_s or 0) > SLOW_P95_S
    is_troubled = inputs.troubled >= SLOW_SHARE * inputs.decided and inputs.troubled > 1
    return State.SLOW if is_late or is_troubled else State.GOOD


def _is_down(inputs: ProviderStatusInputs, now: datetime) -> bool:
    are_refused = (
        inputs.recent_rejections >= OUTAGE_REJECTIONS
        and inputs.recent_rejections >= OUTAGE_SHARE * inputs.recent_pushes
    )
    paused_until = inputs.paused_until
    is_paused = paused_until is not None and (now - PAUSE_ECHO < paused_until <= now + MAX_PAUSE)
    return are_refused or is_paused
