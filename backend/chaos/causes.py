"""Accepted causes why a payment was made at M-Pesa without our ever hearing of it. Pure.

A cause counts only if the simulator's records or the list of sabotage acts show it. Any other
payment that is neither credited nor held in suspense is lost money, and fails the run.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from chaos.ledger import Deposit
from chaos.simulator import Payment, Prompt

#: Called with a prompt's callback URL and time: says whether the saboteur struck the database, or
#: the API process that sent this callback URL with its push, while that push could be under way.
OutageCheck = Callable[[str, datetime], bool]

_UNTRUE_FAILURE = "1037"
_SLOW_ANSWERS = {"push.delay", "push.slow_drip"}


class Cause(StrEnum):
    """Why no callback and no status query could tell us of a payment."""

    LOSE_EVERYTHING = "deposit.lose_everything"
    WE_WERE_DOWN = "answer lost by M-Pesa, and we were down for every callback"
    ANSWER_TOO_LATE = "answer slower than we wait, and we were down for every callback"
    DIED_WITH_ANSWER = "we were struck down holding the answer, and every callback was lost"
    DENIED = "denied by M-Pesa twice, and the true callback was lost"
    ANOTHER_PAID = "another payment had completed the deposit, and every report of this was lost"
    CONFIRMATION_LOST = "paid by hand, and the confirmation was lost by M-Pesa"
    DOWN_FOR_CONFIRMATION = "paid by hand, and we were down for every confirmation"


def find_cause_by_hand(payment: Payment) -> Cause | None:
    """Return why we could not know of this payment by hand; None if we should have known of it."""
    if payment.confirmations_delivered:
        return None
    if payment.confirmations_failed:
        return Cause.DOWN_FOR_CONFIRMATION
    return Cause.CONFIRMATION_LOST if "c2b.lose" in payment.confirmation_faults else None


def find_cause(
    deposit: Deposit, prompt: Prompt, payment: Payment | None, was_outage: OutageCheck
) -> Cause | None:
    """Return why we could not know that this prompt was paid; None if we should have known of it.

    `payment` is the prompt's in the simulator's book: its confirmation must have been lost, too.
    """
    if payment is not None and payment.confirmations_delivered:
        return None
    if _was_denied(deposit, prompt):
        return Cause.DENIED
    if prompt.callbacks_delivered or deposit.callbacks or deposit.checkout_request_id is not None:
        return None
    if Cause.LOSE_EVERYTHING in prompt.faults:
        return Cause.LOSE_EVERYTHING
    if prompt.answer_lost:
        return Cause.WE_WERE_DOWN if prompt.callbacks_failed else None
    if prompt.callbacks_failed and not _SLOW_ANSWERS.isdisjoint(prompt.faults):
        # Our HTTP client timed out. The simulator does not notice that once it is sending the
        # answer, so `answer_lost` stays false.
        return Cause.ANSWER_TOO_LATE
    if was_outage(prompt.callback_url, prompt.created_at):
        return Cause.DIED_WITH_ANSWER
    return None


def _was_denied(deposit: Deposit, prompt: Prompt) -> bool:
    """Say whether M-Pesa reported this paid prompt as failed (1037), and again when asked.

    For a paid prompt only the faults `query.deny` and `callback.failure_*` report 1037. The worker
    asks once more about such a failure, so only a second false report leaves the deposit FAILED.
    """
    if deposit.status != "FAILED" or deposit.result_code != _UNTRUE_FAILURE:
        return False
    if prompt.callbacks_delivered == 0:
        return deposit.query_count >= 2
    has_untrue_callback = any(name.startswith("callback.failure") for name in prompt.faults)
    return has_untrue_callback and prompt.callbacks_failed > 0 and deposit.query_count >= 1
