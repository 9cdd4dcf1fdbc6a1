"""The pages that ask before a decision about a deposit: a row of a statement, not paid, a code.

Each is a POST with a reason, and carries the version of the deposit that it was drawn from: where
the deposit changed meanwhile, nothing happens. What may move is decided by the services, again.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from common import clock
from common.admin import ModelAdmin, reason_field
from common.masking import mask_text
from common.messages import Message
from operations.console.deposit.actions import ROW_LABELS, Action
from operations.console.deposit.answer import clock_time
from operations.console.deposit.evidence import cover
from operations.console.deposit.facts import Cover, Facts, Row
from operations.console.deposit.postings import Account, propose_credit
from operations.templatetags.console_amounts import kes
from payments import errors, selectors, states
from payments.models import Transaction
from payments.services import statements
from payments.services.statements import SettleReport
from payments.statement_admin import DONE, OUTCOMES
from payments.transaction_queries_admin import ask_mpesa
from users.current import signed_in_user
from users.phone import mask_phone_number

_CHANGED = "The deposit changed after this page was drawn, so nothing was done. Look again."


class DecideForm(forms.Form):
    """Asks for the reason, and that the evidence was looked at."""

    reason = reason_field(
        "At least ten characters: what you looked at. It stays with your name. No phone numbers."
    )
    looked = forms.BooleanField(label="I have looked at M-PESA's record beside the deposit.")
    seen = forms.CharField(widget=forms.HiddenInput)


class CodeForm(forms.Form):
    """Asks for the code of M-PESA's SMS."""

    code = forms.RegexField(
        r"^\s*[A-Za-z0-9]{8,12}\s*$",
        label="M-PESA code",
        max_length=14,
        help_text="Ten letters and digits, first in M-PESA's SMS: UKL51ZDR4F.",
        error_messages={"invalid": "This is no M-PESA code."},
    )


@dataclass(frozen=True)
class Fact:
    """A line of a comparison; `agrees` None: nothing to compare."""

    name: str
    ours: str
    theirs: str
    agrees: bool | None = None


@dataclass(kw_only=True)
class Question:
    """What a page asks: title, what follows from it, evidence, postings, the customer's words."""

    title: str
    verb: str
    consequence: str
    theirs: str
    compared: list[Fact] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    message: Message | None = None


def version_of(txn: Transaction, verb: str) -> str:
    """Return a text that differs once the deposit has changed, or something else would be done."""
    parts = (
        txn.status,
        txn.mpesa_receipt_number,
        txn.review_reason,
        txn.result_code,
        txn.updated_at,
        verb,
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def decide_row(
    page: ModelAdmin, request: HttpRequest, facts: Facts, row: Row, back: str
) -> HttpResponse:
    """Show what settling a row would do; once it is confirmed, settle it."""

    def settle(reason: str) -> SettleReport:
        return statements.settle_rows(
            row_ids=[row.line.pk],
            operator=signed_in_user(request),
            reason=reason,
            now=clock.now(),
        )

    return _decide(page, request, facts, _ask_about_row(facts, row), settle, back)


def decide_not_paid(
    page: ModelAdmin, request: HttpRequest, facts: Facts, proof: Cover, back: str
) -> HttpResponse:
    """Show what a statement proves; once it is confirmed, end the deposit as not paid."""

    def end(reason: str) -> SettleReport:
        return statements.confirm_unpaid(
            file=proof.file,
            transaction_ids=[facts.txn.pk],
            operator=signed_in_user(request),
            reason=reason,
            now=clock.now(),
        )

    return _decide(page, request, facts, _ask_about_unpaid(facts, proof), end, back)


def _decide(
    page: ModelAdmin,
    request: HttpRequest,
    facts: Facts,
    question: Question,
    run: Callable[[str], SettleReport],
    back: str,
) -> HttpResponse:
    txn = facts.txn
    version = version_of(txn, question.verb)
    form = DecideForm(request.POST or None, initial={"seen": version})
    if form.is_valid():
        if form.cleaned_data["seen"] != version:
            page.message_user(request, _CHANGED, messages.ERROR)
            return redirect(request.path)
        reason = form.cleaned_data["reason"]
        report = run(reason)
        _tell(page, request, report)
        if DONE & report.counts.keys():
            page.log_change(request, txn, f"{question.verb}: {reason}")
        return redirect(back)
    shown = {"form": form, "question": question, "txn": txn, "back": back}
    return _render(page, request, "console/decide.html", question.title, shown)


def _tell(page: ModelAdmin, request: HttpRequest, report: SettleReport) -> None:
    for outcome in report.counts:
        level = messages.SUCCESS if outcome in DONE else messages.WARNING
        page.message_user(request, OUTCOMES.get(outcome, outcome), level)
    if report.failed:
        text = "It met an error, and nothing was done; try again"
        page.message_user(request, text, messages.ERROR)


def _ask_about_row(facts: Facts, row: Row) -> Question:
    txn, line = facts.txn, row.line
    moved = line.amount_in if line.amount_in is not None else line.amount_out
    amount = "0.00" if moved is None else kes(moved)
    action = Action(row.action)
    verb = ROW_LABELS[action].format(amount=amount, receipt=line.receipt).removesuffix("…")
    is_credit = action is Action.CREDIT and moved is not None
    return Question(
        title=f"{verb}?",
        verb=verb,
        consequence=CONSEQUENCES[action],
        theirs=f"M-PESA's statement {line.file_id}, row {line.line}",
        compared=_compare(txn, row),
        accounts=propose_credit(txn, txn.amount, line.receipt) if is_credit else [],
        message=selectors.COMPLETED.filled(amount=int(txn.amount)) if is_credit else None,
    )


CONSEQUENCES = {
    Action.CREDIT: "It is posted at once and never edited. Only an opposite entry takes it back.",
    Action.FILL: "The deposit is credited already; it gets its code. No money moves.",
    Action.BY_HAND: "The customer whose account number was typed gets it.",
    Action.HOLD: "The payment waits in suspense, for a decision of its own.",
    Action.CORRECT: "Its case then holds what M-PESA's record says, and completes the deposit where"
    " that is the amount asked for.",
    Action.OPEN_CASE: "A case is opened about the amount. No money moves.",
    Action.AFTER_ALL: "The deposit is credited. What its case gave with another amount is taken"
    " back; what is spent of that becomes a debt.",
    Action.TAKE_BACK: "The amount leaves the wallet, or suspense; what was spent becomes a debt.",
}


def _compare(txn: Transaction, row: Row) -> list[Fact]:
    line = row.line
    moved = line.amount_in if line.amount_in is not None else line.amount_out
    short_code = line.file.short_code
    payer = f"{mask_text(line.payer_number)} {cover(line.payer_name)}".strip()
    return [
        Fact("Amount", kes(txn.amount), "" if moved is None else kes(moved), moved == txn.amount),
        Fact(
            "Account", txn.account_reference or "none",
            line.reference or mask_text(line.account_number) or "none",
            bool(line.reference) and line.reference == txn.account_reference,
        ),
        Fact("Payer", mask_phone_number(txn.phone_number), payer or "not told"),
        Fact(
            "Time", f"asked {clock_time(txn.created_at)}", clock_time(line.completed_at),
            line.completed_at >= txn.created_at.replace(microsecond=0),
        ),
        Fact("To", txn.business_short_code, short_code, short_code == txn.business_short_code),
        Fact("Code", txn.mpesa_receipt_number or "none so far", line.receipt),
    ]  # fmt: skip


def _ask_about_unpaid(facts: Facts, proof: Cover) -> Question:
    txn, file = facts.txn, proof.file
    first, last = file.first_row_at or file.period_begin, file.last_row_at or file.period_end
    return Question(
        title=f"Confirm that deposit #{txn.pk} was not paid?",
        verb="Confirm not paid",
        consequence="The deposit ends as failed. A payment that is reported later credits it all"
        " the same. No money moves.",
        theirs=f"M-PESA's statement {file.pk}",
        compared=[
            Fact("Amount", kes(txn.amount), "no such row", agrees=True),
            Fact("Account", txn.account_reference or "none", "in no row", agrees=True),
            Fact(
                "Time", f"asked {clock_time(txn.created_at)}",
                f"whole from {clock_time(first)} to {clock_time(last)}", agrees=True,
            ),
            Fact("To", txn.business_short_code, file.short_code, agrees=True),
        ],
        message=errors.explain_failure(states.NOT_IN_STATEMENT)[0],
    )  # fmt: skip


def ask_about_code(page: ModelAdmin, request: HttpRequest, facts: Facts, back: str) -> HttpResponse:
    """Ask for a code, then ask M-PESA about it; what it answers is booked or held by its rules."""
    code = facts.receipts[0] if facts.receipts else ""
    form = CodeForm(request.POST or None, initial={"code": code})
    if form.is_valid():
        ask_mpesa(page, request, form.cleaned_data["code"].strip().upper())
        return redirect(back)
    shown = {"form": form, "txn": facts.txn, "back": back}
    title = f"Ask M-PESA about a code, for deposit #{facts.txn.pk}"
    return _render(page, request, "console/ask_about.html", title, shown)


def _render(
    page: ModelAdmin, request: HttpRequest, template: str, title: str, shown: dict[str, Any]
) -> TemplateResponse:
    context = {**page.admin_site.each_context(request), "title": title, "opts": page.opts, **shown}
    return TemplateResponse(request, template, context)


def find_row(facts: Facts, row_id: int) -> Row:
    """Return a row of a statement that may still be settled.

    Raises:
        Http404: the deposit has none with this id.
    """
    for row in facts.rows:
        if row.line.pk == row_id and row.action:
            return row
    message = "This row is settled, or is not about this deposit."
    raise Http404(message)


def find_proof_of_unpaid(facts: Facts, file_id: int) -> Cover:
    """Return the statement that proves the deposit unpaid.

    Raises:
        Http404: it does not, or not any more.
    """
    for each in facts.covers:
        if each.file.pk == file_id and each.proves_unpaid:
            return each
    message = "This statement does not prove the deposit unpaid."
    raise Http404(message)
