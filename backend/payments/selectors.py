"""Reads deposits, and chooses the sentence that their customer reads. Writes nothing."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from common.days import DaySpan
from common.errors import Money
from common.messages import Message
from payments import allowance, errors, states
from payments.models import CallbackEvent, CaseShare, Debt, Reversal, Transaction
from payments.timeline import Case, Change, Event, TimelineInputs, build_timeline
from users.models import User

#: How long the page waits before it polls again: (deposit younger than, wait), both in seconds.
_POLL_STEPS = ((4, 2), (10, 3), (30, 5), (180, 10), (900, 30))
_SLOWEST_POLL_S = 60
#: The same after a query was made due: the worker's next pass sends it, and M-Pesa answers in about
#: a second.
ASKED_POLL_S = 3

#: Verdicts of the callbacks in the timeline: those that reported something new. Daraja may repeat a
#: callback, so no more than _MAX_CALLBACKS are shown.
_CALLBACKS = (
    CallbackEvent.Verdict.APPLIED,
    CallbackEvent.Verdict.MISMATCHED,
    CallbackEvent.Verdict.HINT,
    CallbackEvent.Verdict.RECEIVED,
)
_MAX_CALLBACKS = 20

#: The sentences of an open prompt: the push's answer and every later one say the same.
PROMPT_SENT = Message(
    en="Check your phone for M-Pesa prompt", sw="Angalia simu yako kwa ombi la M-PESA"
)
PROMPT_UNCLEAR = Message(
    en="We are checking whether the request reached your phone. If a prompt appears, you can pay"
    " it. Do not start another deposit.",
    sw="Tunaangalia kama ombi limefika kwenye simu yako. Ombi likitokea, unaweza kulipa."
    " Usianze ombi lingine.",
)
STILL_CONFIRMING = Message(
    en="Still confirming with M-PESA. Do not pay again: if you paid, we add it automatically.",
    sw="Bado tunathibitisha na M-PESA. Usilipe tena: kama ulilipa, pesa itaongezwa yenyewe.",
)
UNDER_REVIEW = Message(
    en="Our team is checking this deposit against M-PESA's books, and adds what you paid. "
    "Do not pay again: your money is safe.",
    sw="Timu yetu inakagua muamala huu na vitabu vya M-PESA, na itaongeza ulicholipa. "
    "Usilipe tena: pesa yako iko salama.",
)
_RESOLVED = Message(
    en="Our team has checked this payment. If it was yours, it is in your wallet.",
    sw="Timu yetu imekagua malipo haya. Kama yalikuwa yako, yako kwenye pochi yako.",
)
_REFUNDED = Message(
    en="M-PESA paid your money back: see your M-PESA balance. Nothing was added to your wallet.",
    sw="M-PESA imekurudishia pesa: angalia salio lako la M-PESA. Pochi yako haikuongezwa.",
)
_REVERSED = Message(
    en="M-PESA took this payment of KSh {amount:,} back, so it was taken out of your wallet.",
    sw="M-PESA ilirudisha malipo haya ya KSh {amount:,}, kwa hivyo yametolewa kwenye pochi yako.",
)
COMPLETED = Message(
    en="Payment received. KSh {amount:,} is in your wallet.",
    sw="Malipo yamepokelewa. KSh {amount:,} iko kwenye pochi yako.",
)


@dataclass(frozen=True)
class CustomerView:
    """What the page shows of a deposit. Times in whole seconds.

    `next_poll_after` None: do not poll again. `retry_after` None: a new push needs no wait.
    """

    message: Message
    money: Money
    next_poll_after: int | None
    retry_after: int | None


def list_transactions(user: User, now: datetime) -> "QuerySet[Transaction]":
    """Return the customer's own deposits, with the annotation `prompt_free_at` for describe()."""
    return Transaction.objects.filter(user=user).annotate(
        prompt_free_at=allowance.prompt_free_at(user, now)
    )


#: The ORM lookup of each filter of the list, by the filter's name.
_LOOKUPS = {
    "status": "status",
    "type": "type",
    "created_after": "created_at__gt",
    "created_before": "created_at__lt",
}


def narrow(found: "QuerySet[Transaction]", wanted: Mapping[str, Any]) -> "QuerySet[Transaction]":
    """Return the deposits that pass every filter; `from` and `to` are days in Nairobi, included."""
    conditions = {lookup: wanted[name] for name, lookup in _LOOKUPS.items() if name in wanted}
    if "from" in wanted:
        conditions["created_at__gte"] = DaySpan(wanted["from"], wanted["from"]).begins_at
    if "to" in wanted:
        # Its own filter() call: `created_before` may have set created_at__lt already.
        found = found.filter(created_at__lt=DaySpan(wanted["to"], wanted["to"]).ends_before)
    return found.filter(**conditions)


def find_transaction(*, user: User, transaction_id: int, now: datetime) -> Transaction | None:
    """Return the customer's own deposit; None for an unknown id and for another customer's."""
    return list_transactions(user, now).filter(pk=transaction_id).first()


def find_timeline(*, user_id: int, transaction_id: int) -> list[Event] | None:
    """Return the timeline of the customer's own deposit, by four short reads; None: not theirs."""
    own_reversal = Reversal.objects.filter(entry=OuterRef("credit_entry")).values("reversed_at")
    found = Transaction.objects.filter(user_id=user_id, pk=transaction_id)
    found = found.select_related("paybill_payment")
    txn = found.annotate(reversed_at=Subquery(own_reversal)).first()
    return None if txn is None else build_timeline(_collect_inputs(txn))


def _collect_inputs(txn: Transaction) -> TimelineInputs:
    own_share = CaseShare.objects.filter(case=OuterRef("pk"), customer=txn.user_id)
    cases = txn.suspense_cases.annotate(own_share=Subquery(own_share.values("amount")))
    # A deposit with a token began with a prompt, also where M-Pesa first reported its payment
    # without the account reference, like a payment by hand.
    is_by_hand = txn.callback_token_hash is None and hasattr(txn, "paybill_payment")
    return TimelineInputs(
        amount=int(txn.amount),
        # The deposit of a payment that was held in suspense is younger than the payment.
        created_at=txn.paybill_payment.seen_at if is_by_hand else txn.created_at,
        is_by_hand=is_by_hand,
        checkout_request_id=txn.checkout_request_id,
        last_query_at=txn.last_query_at,
        query_count=txn.query_count,
        changes=_list_changes(txn),
        cases=[
            Case(
                opened_at=case.opened_at,
                resolved_at=case.resolved_at,
                decision=case.decision,
                is_shared=case.share_count is not None,
                share=case.own_share,
            )
            for case in cases.order_by("id")
        ],
        callbacks_at=list(_list_callback_times(txn)),
        reversed_at=getattr(txn, "reversed_at", None),
    )


def _list_changes(txn: Transaction) -> list[Change]:
    """Return the changes of the deposit from its history table, oldest first.

    The history has the database's clock; the change to COMPLETED gets `completed_at` instead.
    """
    history = apps.get_model("payments", "TransactionHistory")._default_manager
    changes = [
        Change(
            at=row.pgh_created_at,
            status=row.status,
            result_code=row.result_code,
            checkout_request_id=row.checkout_request_id,
            receipt=row.mpesa_receipt_number,
            review_reason=row.review_reason,
        )
        for row in history.filter(pgh_obj_id=txn.pk).order_by("pgh_id")
    ]
    for number, change in enumerate(changes):
        if change.status == states.COMPLETED and txn.completed_at is not None:
            changes[number] = replace(change, at=txn.completed_at)
            break
    return changes


def _list_callback_times(txn: Transaction) -> "QuerySet[CallbackEvent, datetime]":
    """Return when callbacks came to the secret address; without its token anybody could send
    one."""
    told = txn.callbacks.filter(has_token=True, verdict__in=_CALLBACKS)
    return told.order_by("id").values_list("received_at", flat=True)[:_MAX_CALLBACKS]


def describe(txn: Transaction, now: datetime) -> CustomerView:
    """Return the customer's sentence, when to poll again, and when a new push may succeed."""
    money = find_money(txn)
    if txn.status == states.COMPLETED:
        message = _REVERSED if is_reversed(txn) else COMPLETED
        return CustomerView(message.filled(amount=int(txn.amount)), money, None, None)
    if txn.status == states.FAILED:
        if is_refunded(txn):
            return CustomerView(_REFUNDED, money, None, None)
        code = txn.result_code or ""
        message, wait_s = errors.explain_failure(code)
        if money is Money.UNKNOWN and errors.is_certain_failure(code):
            # A callback has reported a success since, but the sentence of the failure's code says
            # that no money moved: the sentence for an unknown code replaces it.
            message, _ = errors.explain_failure("")
        free_at = getattr(txn, "prompt_free_at", None)
        waits = (_wait_left(wait_s, txn.updated_at, now), _seconds_left(free_at, now))
        return CustomerView(message, money, None, max(filter(None, waits), default=None))
    if txn.review_reason is not None:
        message = _RESOLVED if txn.review_reason == "resolved" else UNDER_REVIEW
        return CustomerView(message, money, None, _seconds_left(txn.prompt_expires_at, now))
    is_prompt_open = txn.prompt_expires_at is not None and txn.prompt_expires_at > now
    return CustomerView(
        describe_prompt(txn.checkout_request_id) if is_prompt_open else STILL_CONFIRMING,
        money,
        _poll_wait((now - txn.created_at).total_seconds()),
        _seconds_left(txn.prompt_expires_at, now),
    )


def is_reversed(txn: Transaction) -> bool:
    """Return whether M-Pesa took the payment of this completed deposit back."""
    return txn.status == states.COMPLETED and txn.review_reason == "reversed"


def is_refunded(txn: Transaction) -> bool:
    """Return whether M-Pesa paid the payment of this deposit back before it was credited."""
    return txn.status == states.FAILED and txn.review_reason == "refunded"


def describe_prompt(checkout_request_id: str | None) -> Message:
    """Return the sentence of an open prompt; without M-Pesa's id it may not be on the phone."""
    return PROMPT_UNCLEAR if checkout_request_id is None else PROMPT_SENT


def find_money(txn: Transaction) -> Money:
    """Return whether the deposit's money has left the customer's M-Pesa, where that is certain.

    A payment that M-Pesa took or paid back counts as MOVED. While a deposit is under review the
    answer is UNKNOWN: the payment in suspense may be one that was credited to another deposit. So
    it is for a failure with a status query ahead: the query may find that it was paid.
    """
    if txn.status == states.COMPLETED or is_refunded(txn):
        return Money.MOVED
    is_open = txn.review_reason is not None or txn.next_query_at is not None
    if txn.status != states.FAILED or is_open:
        return Money.UNKNOWN
    is_certain = errors.is_certain_failure(txn.result_code or "")
    return Money.NOT_MOVED if is_certain else Money.UNKNOWN


def list_debts() -> "QuerySet[Any]":
    """Return the debts (Debt) of all customers, newest first, each with `left`: what is left of it
    in KES.
    """
    repaid = Coalesce(Sum("repayments__entry__amount"), Decimal("0.00"))
    return Debt.objects.select_related("customer").annotate(left=F("amount") - repaid)


def any_debt_left(user: User) -> bool:
    """Return whether the customer owes anything."""
    return any(debt.left > 0 for debt in list_debts().filter(customer=user))


def _poll_wait(age_s: float) -> int:
    return next((wait for limit, wait in _POLL_STEPS if age_s < limit), _SLOWEST_POLL_S)


def _wait_left(wait_s: int | None, since: datetime, now: datetime) -> int | None:
    return _seconds_left(since + timedelta(seconds=wait_s), now) if wait_s is not None else None


def _seconds_left(moment: datetime | None, now: datetime) -> int | None:
    if moment is None or moment <= now:
        return None
    return math.ceil((moment - now).total_seconds())
