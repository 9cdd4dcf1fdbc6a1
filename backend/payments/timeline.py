"""Builds the timeline of one deposit for its customer, from stored rows. Pure.

A timeline holds no id, address or text from M-Pesa: only that M-Pesa reported, and what we did.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from common.messages import Message
from payments import errors, states


class Kind(StrEnum):
    """What happened. The order of the members decides the order of events at the same time."""

    CREATED = "created"
    PAID_BY_HAND = "paid_by_hand"
    PROMPT_SENT = "prompt_sent"
    PUSH_UNCLEAR = "push_unclear"
    PUSH_REFUSED = "push_refused"
    CALLBACK = "callback"
    ASKED = "asked"
    UNDER_REVIEW = "under_review"
    RESOLVED = "resolved"
    FAILED = "failed"
    COMPLETED = "completed"
    RECEIPT_ADDED = "receipt_added"
    REVERSED = "reversed"


_RANK = {kind: rank for rank, kind in enumerate(Kind)}


@dataclass(frozen=True)
class Event:
    """One line of the timeline."""

    at: datetime
    kind: Kind
    message: Message


@dataclass(frozen=True, kw_only=True)
class Change:
    """The deposit after a change of its status, receipt or review reason."""

    at: datetime
    status: str
    result_code: str | None = None
    checkout_request_id: str | None = None
    receipt: str | None = None
    review_reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Case:
    """A suspense case: when it was opened, when an operator decided, and what (SuspenseCase).

    `is_shared`: the payment went to several customers; `share` is what of it this deposit's own
    customer got in KES, if anything.
    """

    opened_at: datetime
    resolved_at: datetime | None = None
    decision: str = ""
    is_shared: bool = False
    share: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class TimelineInputs:
    """The stored rows of one deposit. `changes` and `callbacks_at` are oldest first.

    `is_by_hand`: no prompt, the customer paid the paybill in M-Pesa's own menu.
    """

    amount: int
    created_at: datetime
    is_by_hand: bool = False
    checkout_request_id: str | None = None
    last_query_at: datetime | None = None
    query_count: int = 0
    changes: list[Change] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    callbacks_at: list[datetime] = field(default_factory=list)
    reversed_at: datetime | None = None


def build_timeline(inputs: TimelineInputs) -> list[Event]:
    """Return the events, oldest first."""
    events = [
        *_beginning(inputs),
        *(Event(at, Kind.CALLBACK, _CALLBACK) for at in inputs.callbacks_at),
        *_questions(inputs),
        *_reviews(inputs.cases),
        *_moves(inputs),
        *_reversal(inputs),
    ]
    return sorted(events, key=lambda event: (event.at, _RANK[event.kind]))


def _beginning(inputs: TimelineInputs) -> Iterator[Event]:
    if inputs.is_by_hand:
        message = _PAID_BY_HAND.filled(amount=inputs.amount)
        yield Event(inputs.created_at, Kind.PAID_BY_HAND, message)
        return
    yield Event(inputs.created_at, Kind.CREATED, _CREATED.filled(amount=inputs.amount))
    yield from _push(inputs)


def _push(inputs: TimelineInputs) -> Iterator[Event]:
    """Yield the event of the push, with the time of the request that created the deposit.

    For a rejected push it yields none: it failed the deposit before M-Pesa named an id, and _moves
    yields that failure.
    """
    if inputs.checkout_request_id is not None:
        yield Event(inputs.created_at, Kind.PROMPT_SENT, _PROMPT_SENT)
    elif not any(_is_rejection(change) for change in inputs.changes):
        yield Event(inputs.created_at, Kind.PUSH_UNCLEAR, _PUSH_UNCLEAR)


def _is_rejection(change: Change) -> bool:
    return change.status == states.FAILED and change.checkout_request_id is None


def _questions(inputs: TimelineInputs) -> Iterator[Event]:
    """Yield one event for the last status query: the times of the earlier ones are not stored."""
    if inputs.last_query_at is None:
        return
    is_repeated = inputs.query_count > 1
    message = _ASKED_OFTEN.filled(count=inputs.query_count) if is_repeated else _ASKED
    yield Event(inputs.last_query_at, Kind.ASKED, message)


def _reviews(cases: Iterable[Case]) -> Iterator[Event]:
    for case in cases:
        yield Event(case.opened_at, Kind.UNDER_REVIEW, _UNDER_REVIEW)
        if case.resolved_at is not None:
            yield Event(case.resolved_at, Kind.RESOLVED, say_decided(case))


def say_decided(case: Case) -> Message:
    """Return what the deposit's own customer reads of the decision about a case."""
    return say_share(case.share) if case.is_shared else _DISMISSED.get(case.decision, _RESOLVED)


def say_share(share: Decimal | None) -> Message:
    """Return what a customer reads of a payment that was shared out; `share` in KES, None: none."""
    return _NO_SHARE if share is None else _SHARED.filled(share=share)


def say_given(asked: Decimal, given: Decimal | None, *, is_own: bool) -> Message:
    """Return what a deposit's own customer reads once a payment was given away whole, in KES."""
    is_completed = is_own and given == asked
    return _COMPLETED.filled(amount=int(asked)) if is_completed else _RESOLVED


def _moves(inputs: TimelineInputs) -> Iterator[Event]:
    """Yield the events between each change and the one before it."""
    before = Change(at=inputs.created_at, status=states.PENDING)
    for change in inputs.changes:
        # The decision of its case has said what became of a refunded deposit.
        is_refund = change.review_reason == "refunded" != before.review_reason
        if change.status != before.status and not is_refund:
            yield _ending(change, inputs.amount)
        elif change.receipt is not None and before.receipt is None:
            receipt_added = _RECEIPT_ADDED.filled(receipt=change.receipt)
            yield Event(change.at, Kind.RECEIPT_ADDED, receipt_added)
        if change.review_reason == "no_answer" and before.review_reason is None:
            is_known = change.checkout_request_id is not None
            message = _NO_ANSWER if is_known else _NEVER_ANSWERED
            yield Event(change.at, Kind.UNDER_REVIEW, message)
        before = change


def _reversal(inputs: TimelineInputs) -> Iterator[Event]:
    if inputs.reversed_at is not None:
        message = _REVERSED.filled(amount=inputs.amount)
        yield Event(inputs.reversed_at, Kind.REVERSED, message)


def _ending(change: Change, amount: int) -> Event:
    if change.status == states.COMPLETED:
        message = _COMPLETED if change.receipt is None else _COMPLETED_WITH_RECEIPT
        filled = message.filled(amount=amount, receipt=change.receipt)
        return Event(change.at, Kind.COMPLETED, filled)
    kind = Kind.PUSH_REFUSED if _is_rejection(change) else Kind.FAILED
    return Event(change.at, kind, errors.explain_failure(change.result_code or "")[0])


_CREATED = Message(en="You asked to deposit KSh {amount:,}.", sw="Uliomba kuweka KSh {amount:,}.")
_PAID_BY_HAND = Message(
    en="M-PESA told us that KSh {amount:,} was paid to our paybill for you.",
    sw="M-PESA ilituambia kuwa KSh {amount:,} zililipwa kwa paybill yetu kwa ajili yako.",
)
_PROMPT_SENT = Message(
    en="M-PESA took the request and sends the prompt to your phone.",
    sw="M-PESA ilipokea ombi na inatuma ujumbe wa PIN kwenye simu yako.",
)
_PUSH_UNCLEAR = Message(
    en="We asked M-PESA to send the prompt and got no clear answer, so we keep checking.",
    sw="Tuliomba M-PESA itume ombi na hatukupata jibu wazi, kwa hivyo tunaendelea kuangalia.",
)
_CALLBACK = Message(
    en="M-PESA reported how the payment went.", sw="M-PESA ilitoa taarifa kuhusu malipo haya."
)
_ASKED = Message(
    en="We asked M-PESA how the payment went.", sw="Tuliuliza M-PESA kuhusu malipo haya."
)
_ASKED_OFTEN = Message(
    en="We asked M-PESA how the payment went, for the last of {count} times.",
    sw="Tuliuliza M-PESA kuhusu malipo haya, mara ya mwisho kati ya {count}.",
)
_UNDER_REVIEW = Message(
    en="A payment did not agree with this deposit. Our team checks it; the money is safe.",
    sw="Malipo hayakulingana na muamala huu. Timu yetu inakagua; pesa iko salama.",
)
_NO_ANSWER = Message(
    en="M-PESA gave no answer for a day. Our team checks this deposit; do not pay again.",
    sw="M-PESA haikujibu kwa siku nzima. Timu yetu inakagua muamala huu; usilipe tena.",
)
_NEVER_ANSWERED = Message(
    en="M-PESA never answered our request. Our team looks for your payment; do not pay again.",
    sw="M-PESA haikujibu ombi letu kamwe. Timu yetu inatafuta malipo yako; usilipe tena.",
)
_RESOLVED = Message(
    en="Our team has checked the payment. If it was yours, it is in your wallet.",
    sw="Timu yetu imekagua malipo. Kama yalikuwa yako, yako kwenye pochi yako.",
)
_SHARED = Message(
    en="This payment was for several customers. Your share, KSh {share:,}, is in your wallet.",
    sw="Malipo haya yalikuwa ya wateja kadhaa. Sehemu yako, KSh {share:,}, iko kwenye pochi yako.",
)
_NO_SHARE = Message(
    en="Our team found that this payment was for other customers. It is not in your wallet.",
    sw="Timu yetu iligundua kuwa malipo haya yalikuwa ya wateja wengine. Hayako kwenye pochi yako.",
)
#: The sentences of decisions after which nobody got the payment, by the decision.
_DISMISSED = {
    "not_in_books": Message(
        en="Our team looked in M-PESA's books: there is no such payment.",
        sw="Timu yetu iliangalia vitabu vya M-PESA: hakuna malipo kama hayo.",
    ),
    "refunded": Message(
        en="M-PESA paid this money back. Nothing was added to your wallet.",
        sw="M-PESA ilirudisha pesa hii. Pochi yako haikuongezwa.",
    ),
    "belongs_to_deposit": Message(
        en="Our team found that this payment was in your wallet already.",
        sw="Timu yetu iligundua kuwa malipo haya yalikuwa tayari kwenye pochi yako.",
    ),
}
_COMPLETED = Message(
    en="KSh {amount:,} was added to your wallet.",
    sw="KSh {amount:,} iliongezwa kwenye pochi yako.",
)
_COMPLETED_WITH_RECEIPT = Message(
    en="KSh {amount:,} was added to your wallet. M-PESA code {receipt}.",
    sw="KSh {amount:,} iliongezwa kwenye pochi yako. Msimbo wa M-PESA {receipt}.",
)
_RECEIPT_ADDED = Message(
    en="The M-PESA code arrived: {receipt}.", sw="Msimbo wa M-PESA umefika: {receipt}."
)
_REVERSED = Message(
    en="M-PESA took the payment back. KSh {amount:,} was taken out of your wallet.",
    sw="M-PESA ilirudisha malipo. KSh {amount:,} ilitolewa kwenye pochi yako.",
)
