"""The timeline of a deposit as operators read it: who said what to whom, and what came of it.

It is finer than the customer's (payments.timeline): it has callbacks that nobody believed, M-PESA's
own times, statements, and the operators' decisions by name. Nothing here reads the database.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum

from django.urls import reverse

from common.masking import mask_text
from operations.console.deposit.evidence import (
    CALLBACK_VERDICTS,
    CONFIRMATION_VERDICTS,
    PULL_VERDICTS,
    QUERY_VERDICTS,
    read_callback,
    say_answer,
)
from operations.console.deposit.facts import Change, Facts, name_of
from operations.console.reasons import say_why_held
from operations.templatetags.console_amounts import kes
from payments import states
from payments.models import (
    CallbackEvent,
    Confirmation,
    PulledRow,
    StatementRow,
    SuspenseCase,
    TransactionQuery,
)

_GAP = timedelta(hours=1)


class Lane(IntEnum):
    """A column of the timeline, by its place in the drawing."""

    CUSTOMER = 12
    KIBEEZY = 36
    MPESA = 60
    COLLEAGUE = 84


_WHO = {
    Lane.CUSTOMER: "customer",
    Lane.KIBEEZY: "Kibeezy",
    Lane.MPESA: "M-PESA",
    Lane.COLLEAGUE: "a colleague",
}


@dataclass(frozen=True)
class Event:
    """A line: a message from one lane to another, or an outcome at one (`end` None).

    `state` colours an outcome (answer.State.name), `is_lost` crosses out a message that was not
    believed. `is_rough`: the time is M-PESA's, in whole seconds. `since` is the time since the line
    before, `gap` a pause before it of more than an hour.
    """

    at: datetime
    title: str
    detail: str = ""
    start: Lane = Lane.KIBEEZY
    end: Lane | None = None
    state: str = ""
    is_lost: bool = False
    is_rough: bool = False
    url: str = ""
    since: timedelta | None = None
    gap: timedelta | None = None

    @property
    def who(self) -> str:
        """Who said it to whom, in words, for those who do not see the drawing."""
        return _WHO[self.start] if self.end is None else f"{_WHO[self.start]} to {_WHO[self.end]}"

    @property
    def tip(self) -> int:
        """Where the arrow ends, in the units of the drawing."""
        end = self.end or self.start
        return end - 3 if end > self.start else end + 3

    @property
    def barb(self) -> int:
        """Where the strokes of the arrow's head begin."""
        return self.tip - 4 if (self.end or self.start) > self.start else self.tip + 4

    @property
    def middle(self) -> int:
        """Where the cross of a message that was not believed stands."""
        return (self.start + (self.end or self.start)) // 2


def list_events(facts: Facts) -> list[Event]:
    """Return all events, oldest first, with the times between them."""
    events = [
        *_beginning(facts),
        *_paid(facts),
        *_reports(facts),
        *_queries(facts),
        *_changes(facts),
        *_cases(facts),
        *_statements(facts),
        *_decisions(facts),
    ]
    return list(_spaced(sorted(events, key=lambda event: event.at)))


def _spaced(events: Iterable[Event]) -> Iterator[Event]:
    before: datetime | None = None
    for event in events:
        since = None if before is None else event.at - before
        is_long = since is not None and since > _GAP
        yield replace(event, since=since, gap=since if is_long else None)
        before = event.at


def _beginning(facts: Facts) -> Iterator[Event]:
    txn = facts.txn
    payment = facts.payment
    if payment is not None:
        yield Event(
            payment.seen_at,
            f"M-PESA told us of KSh {txn.amount:,.0f}, paid by hand",
            f"First by {payment.source}; account number {mask_text(payment.account_number)}",
            Lane.MPESA,
            Lane.KIBEEZY,
        )
        return
    yield Event(
        txn.created_at, f"Asked to deposit KSh {txn.amount:,.0f}", "", Lane.CUSTOMER, Lane.KIBEEZY
    )
    if txn.checkout_request_id is not None:
        yield Event(
            txn.created_at,
            "M-PESA took the prompt",
            mask_text(txn.checkout_request_id),
            Lane.KIBEEZY,
            Lane.MPESA,
        )
    elif not any(_is_rejected_push(change) for change in facts.changes):
        yield Event(
            txn.created_at,
            "The prompt was sent; no clear answer came",
            "So M-PESA named no id, and cannot be asked about this prompt",
            Lane.KIBEEZY,
            Lane.MPESA,
            is_lost=True,
        )


def _is_rejected_push(change: Change) -> bool:
    return change.row.status == states.FAILED and change.row.checkout_request_id is None


def _paid(facts: Facts) -> Iterator[Event]:
    """Yield when M-PESA took the money, by its own clock, once for each receipt."""
    told: dict[str, tuple[datetime, str]] = {}
    for row in facts.questions:
        if row.paid_at is not None:
            told[row.receipt] = (row.paid_at, "By its Transaction Status")
    if facts.payment is not None and facts.payment.paid_at is not None:
        told[facts.payment.receipt] = (facts.payment.paid_at, "By its report of the payment")
    for each in facts.rows:
        if each.line.kind == StatementRow.Kind.PAYMENT:
            told[each.line.receipt] = (each.line.completed_at, "By its statement")
    for receipt, (at, source) in told.items():
        yield Event(
            at, f"M-PESA took the money: {receipt}", source, Lane.CUSTOMER, Lane.MPESA,
            is_rough=True,
        )  # fmt: skip


def _reports(facts: Facts) -> Iterator[Event]:
    for event in facts.callbacks:
        what = "Callback" if event.has_token else "Callback without our token"
        yield Event(
            event.received_at,
            f"{what}: {read_callback(event)}",
            CALLBACK_VERDICTS[CallbackEvent.Verdict(event.verdict)],
            Lane.MPESA,
            Lane.KIBEEZY,
            is_lost=not event.has_token,
        )
    for row in facts.confirmations:
        yield Event(
            row.received_at,
            f"Confirmation: {row.receipt or 'no code'}",
            CONFIRMATION_VERDICTS[Confirmation.Verdict(row.verdict)],
            Lane.MPESA,
            Lane.KIBEEZY,
            is_lost=row.verdict == Confirmation.Verdict.UNTRUSTED,
        )
    for pulled in facts.pulled:
        yield Event(
            pulled.pulled_at,
            f"M-PESA's own list has it: {pulled.receipt or 'no code'}",
            PULL_VERDICTS[PulledRow.Verdict(pulled.verdict)],
            Lane.MPESA,
            Lane.KIBEEZY,
        )


def _queries(facts: Facts) -> Iterator[Event]:
    txn = facts.txn
    if txn.last_query_at is not None:
        often = f", for the last of {txn.query_count} times" if txn.query_count > 1 else ""
        yield Event(
            txn.last_query_at, f"Asked M-PESA how it ended{often}", "", Lane.KIBEEZY, Lane.MPESA
        )
    for row in facts.questions:
        who = facts.operators.get(row.asked_by_id or 0, "The worker")
        start = Lane.COLLEAGUE if row.asked_by_id else Lane.KIBEEZY
        yield Event(
            row.asked_at, f"{who} asked about {row.receipt}", "Transaction Status", start,
            Lane.MPESA,
        )  # fmt: skip
        if row.answered_at is not None:
            verdict = TransactionQuery.Verdict(row.verdict)
            yield Event(
                row.answered_at,
                f"M-PESA answered: {say_answer(row)}",
                QUERY_VERDICTS[verdict],
                Lane.MPESA,
                Lane.KIBEEZY,
            )


def _changes(facts: Facts) -> Iterator[Event]:
    """Yield what changed from each row of the history to the next."""
    status, receipt, review = states.PENDING, None, None
    for change in facts.changes:
        row = change.row
        who = facts.operators.get(change.operator_id or 0, "")
        if row.status != status:
            yield _ending(facts, change, who)
        elif row.mpesa_receipt_number and receipt is None:
            title = f"The M-PESA code was filled in: {row.mpesa_receipt_number}"
            yield Event(row.pgh_created_at, title, who)
        if row.review_reason == "no_answer" != review:
            yield Event(
                row.pgh_created_at,
                "No clear answer: handed to operators",
                f"Look for {facts.txn.account_reference} in M-PESA's statement",
                Lane.COLLEAGUE,
                state="held",
            )
        status, receipt, review = row.status, row.mpesa_receipt_number, row.review_reason


def _ending(facts: Facts, change: Change, who: str) -> Event:
    row, txn = change.row, facts.txn
    at = row.pgh_created_at
    if row.status == states.COMPLETED:
        code = row.mpesa_receipt_number
        known = f"M-PESA code {code}" if code else "By a status query, so its code is not known yet"
        at = txn.completed_at or at
        title = f"KSh {txn.amount:,.0f} added to the wallet"
        return Event(at, title, _by(known, who), state="wallet")
    if row.review_reason == "refunded":
        return Event(at, "Ended: M-PESA paid the money back", who, state="back")
    if row.result_code == states.NOT_IN_STATEMENT:
        return Event(at, "Ended as not paid, by M-PESA's statement", who, state="none")
    what = "M-PESA rejected the prompt" if _is_rejected_push(change) else "Ended as not paid"
    said = f"{row.result_code}" + (f", “{mask_text(row.result_desc)}”" if row.result_desc else "")
    return Event(at, f"{what}: {row.result_code}", _by(said, who), state="none")


def _by(what: str, who: str) -> str:
    return f"{what}. {who}" if who else what


def _cases(facts: Facts) -> Iterator[Event]:
    for case in facts.cases:
        url = reverse("admin:payments_suspensecase_change", args=[case.pk])
        held = "nothing held" if case.amount is None else f"{kes(case.amount)} held in suspense"
        yield Event(
            case.opened_at, f"Case {case.pk}: {say_why_held(case)}",
            f"{case.mpesa_receipt_number}, {held}", Lane.KIBEEZY, state="held", url=url,
        )  # fmt: skip
        if case.resolved_at is not None:
            yield _decided(case, url)


def _decided(case: SuspenseCase, url: str) -> Event:
    word = f"M-PESA's own word ({case.released_by})"
    who = name_of(case.resolved_by) if case.resolved_by else word
    decision = case.get_decision_display() if case.decision else "closed"
    start = Lane.COLLEAGUE if case.resolved_by else Lane.MPESA
    return Event(
        case.resolved_at or case.opened_at, f"Case {case.pk} decided: {decision}",
        f"{who}: “{mask_text(case.resolution_note)}”", start, Lane.KIBEEZY, url=url,
    )  # fmt: skip


def _statements(facts: Facts) -> Iterator[Event]:
    for each in facts.rows:
        line, file = each.line, each.line.file
        url = reverse("admin:payments_statementimport_change", args=[file.pk])
        moved = line.amount_in if line.amount_in is not None else line.amount_out
        amount = "no amount" if moved is None else kes(moved)
        who = name_of(file.uploaded_by) if file.uploaded_by else "The command"
        yield Event(
            file.imported_at,
            f"Statement {file.pk}, row {line.line}: {line.get_kind_display()}, {amount}",
            f"{who} brought it. {line.receipt}", Lane.COLLEAGUE, Lane.KIBEEZY, url=url,
        )  # fmt: skip
        if line.settled_at is not None:
            by = facts.operators.get(line.settled_by_id or 0, "The command")
            yield Event(
                line.settled_at, f"Row {line.line} settled: {line.get_verdict_display()}",
                f"{by}: “{mask_text(line.reason)}”", Lane.COLLEAGUE, Lane.KIBEEZY, url=url,
            )  # fmt: skip


def _decisions(facts: Facts) -> Iterator[Event]:
    for claim in facts.claims:
        yield Event(
            claim.created_at, f"“I have paid”: {claim.receipt}", claim.get_status_display(),
            Lane.CUSTOMER, Lane.KIBEEZY,
            url=reverse("admin:payments_claim_change", args=[claim.pk]),
        )  # fmt: skip
    for reversal in facts.reversals:
        yield Event(
            reversal.reversed_at, "Taken back: M-PESA had reversed the payment",
            f"{name_of(reversal.operator)}: “{mask_text(reversal.reason)}”", Lane.COLLEAGUE,
            state="back", url=reverse("admin:payments_reversal_change", args=[reversal.pk]),
        )  # fmt: skip
    unpaid = getattr(facts.txn, "unpaid_by_statement", None)
    if unpaid is not None:
        who = name_of(unpaid.operator) if unpaid.operator else "The command"
        yield Event(
            unpaid.decided_at, f"Confirmed not paid by statement {unpaid.file_id}",
            f"{who}: “{mask_text(unpaid.reason)}”", Lane.COLLEAGUE, Lane.KIBEEZY,
            url=reverse("admin:payments_statementimport_change", args=[unpaid.file_id]),
        )  # fmt: skip
