"""What may be done about a deposit, and why the rest may not.

Money moves only by M-PESA's own word: a row of its statement, or a payment held in suspense. Where
there is none, the page says which word is missing, and offers to ask for it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from operations.console.deposit.answer import clock_time
from operations.console.deposit.facts import Facts, Row
from operations.templatetags.console_amounts import kes
from payments import conf, services, states
from payments.models import PullRun, StatementRow, SuspenseCase
from users.models import User

Action = StatementRow.Action

#: What settling a row of a statement is called on a deposit's page.
ROW_LABELS = {
    Action.CREDIT: "Credit KSh {amount} by {receipt}…",
    Action.FILL: "Fill in the code {receipt}…",
    Action.BY_HAND: "Book KSh {amount} as paid by hand, {receipt}…",
    Action.HOLD: "Hold KSh {amount} in suspense, {receipt}…",
    Action.CORRECT: "Correct its case to KSh {amount}, {receipt}…",
    Action.OPEN_CASE: "Open a case about {receipt}…",
    Action.AFTER_ALL: "Credit KSh {amount} after all by {receipt}…",
    Action.TAKE_BACK: "Take back what M-PESA took back, {receipt}…",
}
#: The decisions about an open case, by the names of the actions of its list.
CASE_LABELS = {
    "resolve": "Give it to this customer…",
    "correct": "Correct its amount…",
    "belongs_to_deposit": "It belongs to a deposit credited by a query…",
    "refunded": "M-PESA paid it back…",
    "not_in_books": "M-PESA has no such payment…",
    "propose": "Propose another customer…",
}
#: A pull's window is no longer (payments_pull_window_length).
_LONGEST_PULL = timedelta(hours=48)
_OWN = "This deposit is your own: nobody decides about money of their own."


@dataclass(frozen=True)
class PageAction:
    """A line of *Do*. `url` "" : not possible, and `why` says what prevents it.

    `is_post`: it asks nothing first, and is sent at once; it moves no money. `key` opens it.
    """

    label: str
    why: str
    url: str = ""
    key: str = ""
    is_post: bool = False
    is_main: bool = False


@dataclass(frozen=True)
class CaseActions:
    """An open case, and what the operator may decide about it."""

    case: SuspenseCase
    page_actions: list[PageAction] = field(default_factory=list)


def list_page_actions(facts: Facts, operator: User) -> list[PageAction]:
    """Return every action, the possible ones with their address."""
    makers = (_ask, _ask_about_a_code, _settle_rows, _not_paid, _reverse)
    page_actions = [page_action for maker in makers for page_action in maker(facts, operator)]
    if facts.txn.user_id != operator.pk:
        return sorted(page_actions, key=lambda page_action: not page_action.is_main)
    return [PageAction(page_action.label, _OWN) for page_action in page_actions]


def list_case_actions(facts: Facts, operator: User, allowed: set[str]) -> list[CaseActions]:
    """Return the open cases with what may be decided; `allowed` are the operator's actions."""
    above_day = services.list_above_day(facts.open_cases, operator=operator, now=facts.now)
    found = []
    for case in facts.open_cases:
        is_own = facts.txn.user_id == operator.pk
        fitting = [
            name for name in CASE_LABELS if name in allowed and not is_own and _fits(case, name)
        ]
        is_above_day = case.pk in above_day
        page_actions = [
            _case_action(facts, case, name, operator, is_above_day=is_above_day) for name in fitting
        ]
        found.append(CaseActions(case, page_actions))
    return found


def _fits(case: SuspenseCase, name: str) -> bool:
    """Return whether a decision makes sense: a case that holds nothing has nothing to give away."""
    if name == "resolve":
        return case.transaction_id is not None
    if name == "correct":
        return case.amount is not None and case.corrected_amount is None
    return True


def _case_action(
    facts: Facts, case: SuspenseCase, name: str, operator: User, *, is_above_day: bool
) -> PageAction:
    url = _url(facts, "case", case.pk, name)
    takes_two = (
        services.needs_second_operator(case.true_amount)
        or name == "propose"
        or not operator.has_perm("payments.change_suspensecase")
        or (name in {"resolve", "correct"} and is_above_day)
    )
    return PageAction(CASE_LABELS[name], "Takes a second operator." if takes_two else "", url)


def _url(facts: Facts, name: str, *args: object) -> str:
    return reverse(f"admin:deposit_{name}", args=[facts.txn.pk, *args])


def _ask(facts: Facts, operator: User) -> Iterator[PageAction]:
    txn = facts.txn
    label = "Ask M-PESA now"
    if txn.status == states.COMPLETED:
        yield PageAction(label, "M-PESA's answer is here already.")
    elif txn.checkout_request_id is None:
        yield PageAction(
            label, "M-PESA never named an id of this prompt, so it cannot be asked about."
        )
    elif txn.review_reason in {"suspense", "resolved", "refunded"}:
        yield PageAction(
            label, "A case decides about its payment, and a query would change nothing."
        )
    elif txn.regular_query_at is not None:
        yield PageAction(label, "A question is on its way already.")
    else:
        says = "One question by the worker. It moves nothing but what M-PESA answers."
        yield PageAction(label, says, _url(facts, "ask"), is_post=True)


def _ask_about_a_code(facts: Facts, operator: User) -> Iterator[PageAction]:
    label = "Ask M-PESA about a code…"
    if not conf.asks_about_transactions():
        yield PageAction(label, "No initiator is configured, so M-PESA is not asked about codes.")
    elif not operator.has_perm("payments.change_claim"):
        yield PageAction(label, "Takes the right to decide about claims.")
    else:
        says = "The code of the customer's SMS. What M-PESA says of it is booked or held."
        yield PageAction(label, says, _url(facts, "ask_about"), key="r")


def _settle_rows(facts: Facts, operator: User) -> Iterator[PageAction]:
    rows = [row for row in facts.rows if row.action]
    if not rows:
        yield PageAction("Credit by a code of M-PESA's", _why_no_credit(facts))
        if not facts.cases:
            yield PageAction("Open a case", "A case opens when M-PESA reports what does not agree.")
    for row in rows:
        yield _settle_row(facts, row, operator)


def _settle_row(facts: Facts, row: Row, operator: User) -> PageAction:
    line = row.line
    moved = line.amount_in if line.amount_in is not None else line.amount_out
    amount = "0.00" if moved is None else kes(moved)
    label = ROW_LABELS[Action(row.action)].format(amount=amount, receipt=line.receipt)
    if not operator.has_perm("payments.change_statementrow"):
        return PageAction(label.removesuffix("…"), "Takes the right to settle rows of statements.")
    says = f"Row {line.line} of statement {line.file_id}."
    if line.file.uploaded_by_id == operator.pk:
        says += (
            f" You brought it, so above KSh {conf.approval_limit():,}, with what you decided alone"
            " today, a colleague settles it."
        )
    is_main = row.action in {Action.CREDIT, Action.CORRECT}
    url = _url(facts, "row", line.pk)
    return PageAction(label, says, url, key="c" if is_main else "", is_main=is_main)


def _why_no_credit(facts: Facts) -> str:
    """Return which word of M-PESA's is missing."""
    txn = facts.txn
    if txn.status == states.COMPLETED:
        return "It is credited already."
    if facts.open_cases:
        return "Its payment is held: the case below decides."
    if not facts.may_see("M-PESA's statements"):
        return "Takes the right to see M-PESA's statements."
    if facts.covers:
        return f"Statement {facts.covers[0].file.pk} covers it, and has no payment for it."
    day = clock_day(txn.created_at)
    missing = f"M-PESA's statement of {day} has not been brought yet"
    if not conf.pulls_payments():
        return f"{missing}."
    pulled = PullRun.objects.filter(
        window_end__range=(txn.created_at, txn.created_at + _LONGEST_PULL),
        window_begin__lte=txn.created_at,
        outcome=PullRun.Outcome.COMPLETE,
    )
    if pulled.exists():
        return f"{missing}. Its own list of that hour was pulled, and had nothing to credit."
    return f"{missing}, and its own list of that hour was not pulled."


def clock_day(moment: datetime) -> str:
    """Return a day in Nairobi: 29 Nov."""
    local = timezone.localtime(moment)
    return f"{local.day} {local:%b}"


def _not_paid(facts: Facts, operator: User) -> Iterator[PageAction]:
    txn = facts.txn
    label = "Confirm not paid…"
    proof = next((cover for cover in facts.covers if cover.proves_unpaid), None)
    if txn.status != states.PENDING:
        ended = "credited" if txn.status == states.COMPLETED else "ended"
        yield PageAction("Confirm not paid", f"It is {ended} already.")
    elif not facts.may_see("M-PESA's statements"):
        yield PageAction("Confirm not paid", "Takes the right to see M-PESA's statements.")
    elif proof is None:
        yield PageAction("Confirm not paid", _why_no_proof(facts))
    elif not operator.has_perm("payments.change_statementrow"):
        yield PageAction("Confirm not paid", "Takes the right to settle rows of statements.")
    else:
        ends_at = proof.file.last_row_at or proof.file.period_end
        says = f"Statement {proof.file.pk} is whole until {clock_time(ends_at)}, and lacks it."
        yield PageAction(label, says, _url(facts, "not_paid", proof.file.pk), key="n", is_main=True)


def _why_no_proof(facts: Facts) -> str:
    paid = [row.line for row in facts.rows if row.line.kind == StatementRow.Kind.PAYMENT]
    if paid:
        return f"Statement {paid[0].file_id} has a payment for it."
    if facts.cases:
        return "A payment of it was reported: its case decides."
    if not facts.covers:
        day = clock_day(facts.txn.created_at)
        return f"M-PESA's statement of {day} has not been brought yet, with an hour after it."
    file = facts.covers[0].file
    if not (file.is_chained and file.names_accounts):
        return f"Statement {file.pk} lacks balances or account numbers, and proves nothing."
    return (
        f"Statement {file.pk} has a payment of this amount near it whose account number says"
        " nothing."
    )


def _reverse(facts: Facts, operator: User) -> Iterator[PageAction]:
    txn = facts.txn
    label = "Record that M-PESA took it back"
    credits = {txn.credit_entry_id} | {
        case.resolution_entry_id
        for case in facts.cases
        if case.decision == SuspenseCase.Decision.CREDITED
    }
    credits -= {None}
    if not credits:
        yield PageAction(label, "Nothing was credited.")
    elif not credits - {reversal.entry_id for reversal in facts.reversals}:
        yield PageAction(label, "It is taken back already.")
    elif not operator.has_perm("payments.add_reversal"):
        yield PageAction(label, "Takes the right to add reversals.")
    else:
        yield PageAction(
            f"{label}…",
            "Only with M-PESA's own reversal in front of you. It cannot be undone.",
            _url(facts, "reverse"),
        )
