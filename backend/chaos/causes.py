"""Why a paid deposit may be unknown to us: only for causes that the simulator's facts show. Pure.

Every other paid deposit that is not booked is lost, and fails the run.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from chaos.ledger import Deposit
from chaos.simulator import Prompt

#: Says whether the saboteur struck the database, or the process that handed out this callback
#: URL, while a push that prompted at this moment could be under way.
OutageCheck = Callable[[str, datetime], bool]

_UNTRUE_FAILURE = "1037"
_SLOW_ANSWERS = {"push.delay", "push.slow_drip"}


class Cause(StrEnum):
    """No report of a payment could reach us."""

    LOSE_EVERYTHING = "deposit.lose_everything"
    WE_WERE_DOWN = "answer lost by M-Pesa, and we were down for every callback"
    ANSWER_TOO_LATE = "answer slower than we wait, and we were down for every callback"
    DIED_WITH_ANSWER = "we were struck down holding the answer, and every callback was lost"
    DENIED = "denied by M-Pesa twice, and the true callback was lost"


def find_cause(deposit: Deposit, prompt: Prompt, was_outage: OutageCheck) -> Cause | None:
    """Return why nothing of this payment could be known, or None: it should have been."""
    if _was_denied(deposit, prompt):
        return Cause.DENIED
    if prompt.callbacks_delivered or deposit.callbacks or deposit.checkout_request_id is not None:
        return None
    if Cause.LOSE_EVERYTHING in prompt.faults:
        return Cause.LOSE_EVERYTHING
    if prompt.answer_lost:
        return Cause.WE_WERE_DOWN if prompt.callbacks_failed else None
    if prompt.callbacks_failed and not _SLOW_ANSWERS.isdisjoint(prompt.faults):
        # Once an answer is on its way, the simulator does not see that nobody waits any more.
        return Cause.ANSWER_TOO_LATE
    if was_outage(prompt.callback_url, prompt.created_at):
        return Cause.DIED_WITH_ANSWER
    return None


def _was_denied(deposit: Deposit, prompt: Prompt) -> bool:
    """Of a paid prompt only `query.deny` and an untrue failure callback ever say 1037.

    Such a failure is asked about once more, so only a second denial ends in FAILED.
    """
    if deposit.status != "FAILED" or deposit.result_code != _UNTRUE_FAILURE:
        return False
    if prompt.callbacks_delivered == 0:
        return deposit.query_count >= 2
    has_untrue_callback = any(name.startswith("callback.failure") for name in prompt.faults)
    return has_untrue_callback and prompt.callbacks_failed > 0 and deposit.query_count >= 1
