"""Reads of deposits, and what the customer is told about them. Nothing here writes."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from common.messages import Message
from payments import errors, result_codes, states
from payments.models import Transaction

#: How long to wait before asking again, by the deposit's age: (younger than, seconds).
_POLL_STEPS = ((4, 2), (10, 3), (30, 5), (180, 10), (900, 30))
_SLOWEST_POLL_S = 60

_WAITING = Message(
    en="Check your phone for M-Pesa prompt",
    sw="Angalia simu yako kwa ombi la M-Pesa",
)
_STILL_CONFIRMING = Message(
    en="Still confirming with M-Pesa. Do not pay again: if you paid, it will be added by itself.",
    sw="Bado tunathibitisha na M-Pesa. Usilipe tena: kama ulilipa, pesa itaongezwa yenyewe.",
)
_UNDER_REVIEW = Message(
    en="Our team is checking this deposit. Do not pay again: your money is safe.",
    sw="Timu yetu inakagua muamala huu. Usilipe tena: pesa yako iko salama.",
)
_RESOLVED = Message(
    en="Our team has settled this payment. Your wallet shows what you received.",
    sw="Timu yetu imeshughulikia malipo haya. Pochi yako inaonyesha ulichopokea.",
)
_COMPLETED = Message(
    en="Payment received. KSh {amount:,} is in your wallet.",
    sw="Malipo yamepokelewa. KSh {amount:,} iko kwenye pochi yako.",
)


@dataclass(frozen=True)
class CustomerView:
    """What the screen is led by. Times in whole seconds, None: do not / no need to wait."""

    message: Message
    next_poll_after: int | None
    retry_after: int | None


def list_transactions(user_id: int) -> "QuerySet[Transaction]":
    """Return the customer's own deposits."""
    return Transaction.objects.filter(user_id=user_id)


def find_transaction(*, user_id: int, transaction_id: int) -> Transaction | None:
    """Return the customer's own deposit; other people's do not exist for them."""
    return list_transactions(user_id).filter(pk=transaction_id).first()


def describe(txn: Transaction, now: datetime) -> CustomerView:
    """Say what the customer reads, when to ask again and when a new push makes sense."""
    if txn.status == states.COMPLETED:
        return CustomerView(_COMPLETED.filled(amount=int(txn.amount)), None, None)
    if txn.status == states.FAILED:
        message, wait_s = _describe_failure(txn.result_code or "")
        return CustomerView(message, None, _wait_left(wait_s, txn.updated_at, now))
    if txn.review_reason is not None:
        message = _RESOLVED if txn.review_reason == "resolved" else _UNDER_REVIEW
        return CustomerView(message, None, _seconds_left(txn.prompt_expires_at, now))
    is_prompt_open = txn.prompt_expires_at is not None and txn.prompt_expires_at > now
    return CustomerView(
        _WAITING if is_prompt_open else _STILL_CONFIRMING,
        _poll_wait((now - txn.created_at).total_seconds()),
        _seconds_left(txn.prompt_expires_at, now),
    )


def _poll_wait(age_s: float) -> int:
    return next((wait for limit, wait in _POLL_STEPS if age_s < limit), _SLOWEST_POLL_S)


def _describe_failure(code: str) -> tuple[Message, int | None]:
    """Return the sentence and the wait. Of a refused push nothing was sent, nor charged."""
    refusal = errors.find_refusal(code)
    if refusal is not None:
        return refusal
    meaning = result_codes.describe_result(code)
    return meaning.message, meaning.retry_after_s


def _wait_left(wait_s: int | None, since: datetime, now: datetime) -> int | None:
    return _seconds_left(since + timedelta(seconds=wait_s), now) if wait_s is not None else None


def _seconds_left(moment: datetime | None, now: datetime) -> int | None:
    if moment is None or moment <= now:
        return None
    return math.ceil((moment - now).total_seconds())
