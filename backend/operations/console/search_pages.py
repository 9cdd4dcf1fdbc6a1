"""The search's pages. The words stay in the session: no phone number gets into an address."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from common import clock
from common.masking import mask_text
from common.messages import Message
from operations.console.deposit import facts
from operations.console.deposit.answer import Answer, answer, say
from operations.console.look_ups import MOST, Found, look_up
from operations.console.words import MAX_LENGTH, read
from payments.models import Transaction
from users.current import signed_in_user
from users.models import User

_KEY = "console:searches"
#: Of one session; with more, the oldest is forgotten.
_MOST_SEARCHES = 10
#: So many of the newest deposits that were found are answered on the page itself.
_MOST_ANSWERS = 2


@dataclass(frozen=True)
class Answered:
    """A deposit that was found: where its money is, and what to tell the customer."""

    txn: Transaction
    answer: Answer
    message: Message


def find(request: HttpRequest) -> HttpResponseRedirect:
    """Look the words up. A single hit is shown at once, else the page of what was found.

    A GET, as after a log-in in between, has no words and leads home.
    """
    words = request.POST.get("words", "").strip()[:MAX_LENGTH]
    if not words:
        return redirect("admin:index")
    found = look_up(read(words), operator=signed_in_user(request), now=clock.now())
    if found.total == 1 or _is_one_deposit(found):
        return redirect(_only_page(found))
    number = secrets.token_urlsafe(6)
    kept = [*request.session.get(_KEY, {}).items(), (number, words)][-_MOST_SEARCHES:]
    request.session[_KEY] = dict(kept)
    return redirect("admin:found", number=number)


@require_safe
def found(request: HttpRequest, number: str) -> HttpResponse:
    """Show what is found by the words of a search of this session."""
    words = request.session.get(_KEY, {}).get(number)
    if words is None:
        message = "No search of this session has this number."
        raise Http404(message)
    meant = read(words)
    hits = look_up(meant, operator=signed_in_user(request), now=clock.now())
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": f"Search: {mask_text(words)}",
        "words": mask_text(words),
        "meant": meant,
        "found": hits,
        "answers": _answer(hits, signed_in_user(request), clock.now()),
        "most": MOST,
    }
    return TemplateResponse(request, "console/found.html", context)


def _answer(hits: Found, operator: User, now: datetime) -> list[Answered]:
    """Return the answers about the newest deposits: who is on the telephone needs no other page."""
    answers = []
    for hit in hits.deposits[:_MOST_ANSWERS]:
        txn = facts.find(hit.pk)
        if txn is not None:
            known = facts.read(txn, operator=operator, now=now)
            answers.append(Answered(txn, answer(known), say(known)))
    return answers


def _is_one_deposit(hits: Found) -> bool:
    """Return whether all that was found stands on the page of one deposit."""
    if len(hits.deposits) != 1 or hits.customers or hits.claims:
        return False
    deposit = hits.deposits[0].pk
    of_others = [row for row in hits.cases if row.transaction_id != deposit]
    return not of_others and all(row.transaction_id == deposit for row in hits.payments)


def _only_page(hits: Found) -> str:
    """Return the address of the page of the one row, or the one deposit, that was found."""
    pages = (
        ("payments_transaction", hits.deposits),
        ("users_user", hits.customers),
        ("payments_suspensecase", hits.cases),
        ("payments_claim", hits.claims),
        ("payments_paybillpayment", hits.payments),
    )
    name, rows = next((name, rows) for name, rows in pages if rows)
    return reverse(f"admin:{name}_change", args=[rows[0].pk])
