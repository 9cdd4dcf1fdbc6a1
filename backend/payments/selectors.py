"""Reads of deposits, and what the customer is told about them. Nothing here writes."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, DateTimeField, F, Func, QuerySet, Value, When

from common.db import call_function
from common.messages import Message
from payments import conf, errors, result_codes, states
from payments.models import Transaction
from users.models import User
from users.tiers import limits_of, tier_in_force

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


@dataclass(frozen=True, kw_only=True)
class DepositRoom:
    """What a person may deposit now. Whole KES; the week's are None without an own weekly cap."""

    tier: User.Tier
    min_amount: int
    max_amount: int
    daily_limit: int
    used_today: int
    remaining_today: int
    weekly_limit: int | None
    remaining_this_week: int | None


_ALLOWANCE = "SELECT * FROM deposit_allowance(%(user_id)s, %(tier_daily_limit)s, %(now)s)"


def get_deposit_room(user: User, now: datetime) -> DepositRoom:
    """Return what the push would still allow, by the function that the push itself asks."""
    tier = tier_in_force(user)
    limits = limits_of(tier)
    found = call_function(
        _ALLOWANCE,
        {"user_id": user.pk, "tier_daily_limit": limits.daily_limit, "now": now},
    )
    today = max(int(found["daily_limit"] - found["used_today"]), 0)
    week = None
    if found["weekly_limit"] is not None:
        week = max(int(found["weekly_limit"] - found["used_this_week"]), 0)
    return DepositRoom(
        tier=tier,
        min_amount=conf.deposit_rules().lowest_amount,
        max_amount=limits.max_amount,
        daily_limit=limits.daily_limit,
        used_today=int(found["used_today"]),
        remaining_today=today if week is None else min(today, week),
        weekly_limit=None if found["weekly_limit"] is None else int(found["weekly_limit"]),
        remaining_this_week=week,
    )


def list_transactions(user: User, now: datetime) -> "QuerySet[Transaction]":
    """Return the customer's own deposits, recent failures with their `prompt_free_at`."""
    return Transaction.objects.filter(user=user).annotate(prompt_free_at=_prompt_free_at(user, now))


def _prompt_free_at(user: User, now: datetime) -> Case | Value:
    """Build the question that the push itself will ask, for failures that can still cost a wait."""
    pauses = conf.deposit_rules().refusal_pauses_s
    if pauses is None:
        return Value(None, DateTimeField())
    longest = timedelta(seconds=max(pauses))
    is_recent_failure = When(
        status=states.FAILED,
        updated_at__gt=now - longest,
        then=Func(
            Value(user.phone_number),
            F("amount"),
            Func(Value(list(pauses)), template="%(expressions)s::int[]"),
            Value(now, DateTimeField()),
            function="prompt_free_at",
        ),
    )
    return Case(is_recent_failure, output_field=DateTimeField())


def find_transaction(*, user: User, transaction_id: int, now: datetime) -> Transaction | None:
    """Return the customer's own deposit; other people's do not exist for them."""
    return list_transactions(user, now).filter(pk=transaction_id).first()


def describe(txn: Transaction, now: datetime) -> CustomerView:
    """Say what the customer reads, when to ask again and when a new push makes sense."""
    if txn.status == states.COMPLETED:
        return CustomerView(_COMPLETED.filled(amount=int(txn.amount)), None, None)
    if txn.status == states.FAILED:
        message, wait_s = _describe_failure(txn.result_code or "")
        free_at = getattr(txn, "prompt_free_at", None)
        waits = (_wait_left(wait_s, txn.updated_at, now), _seconds_left(free_at, now))
        return CustomerView(message, None, max(filter(None, waits), default=None))
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
