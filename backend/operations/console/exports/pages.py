"""The exports' page: choose an export, its days and its form, and get a file.

The whole file is made from one snapshot before its first byte is sent: it is complete or it is not
there, and an operator with a slow line holds no connection to the database. Each export is in the
admin's log, with who took it.
"""

import logging
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Any

from django import forms
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import transaction as db_transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_POST, require_safe

from common import clock
from common.api import environment_name
from common.days import NAIROBI, DaySpan
from common.security_log import log_event
from common.turns import Turns
from operations.console.exports.ageing import ageing
from operations.console.exports.files import write_csv, write_xlsx
from operations.console.exports.ledger import day_book
from operations.console.exports.reading import one_snapshot
from operations.console.exports.settlement import settlement
from operations.console.exports.sheets import Sheet
from users.current import signed_in_user
from wallet.models import JournalEntry

#: Who brings M-PESA's statements takes our figures out; reading single entries is not enough.
_RIGHT = "payments.add_statementimport"
MOST_DAYS = 366


class ExportsBusy(Exception):
    """Other exports are being made by this process."""


#: A year's day book is minutes of a processor that callbacks need too.
TURNS = Turns(at_once=1, waiting=1, busy=ExportsBusy)


@dataclass(frozen=True)
class Export:
    """An export of the page. `says` is what it holds; `has_days`: it is about chosen days."""

    name: str
    title: str
    says: str
    make: Callable[[DaySpan, datetime], Sheet]
    has_days: bool = True


EXPORTS = {
    each.name: each
    for each in (
        Export(
            "day-book",
            "Day book",
            "Every journal entry with its debit and credit account, and the running sums: what is"
            " at M-PESA, owed, in suspense and in wallets. Its last row is what the ledger holds.",
            lambda span, _now: day_book(span),
        ),
        Export(
            "settlement",
            "Settlement by short code",
            "What each day brought by our books: credited, held, corrected, taken back. Beside it"
            " M-PESA's statement of that day, where one is imported: paid in, charges, sweeps.",
            lambda span, _now: settlement(span),
        ),
        Export(
            "ageing",
            "Ageing of suspense",
            "Every open case with its amount by age: up to 1, 3, 7, 30 days, and older. Their sum"
            " is what the suspense account holds now.",
            lambda _span, now: ageing(now),
            has_days=False,
        ),
    )
}
_WRITERS: dict[str, tuple[Callable[[Sheet, IO[bytes]], int], str]] = {
    "csv": (write_csv, "text/csv; charset=utf-8"),
    "xlsx": (write_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


class DaysForm(forms.Form):
    """Asks for the first and the last day, in Nairobi."""

    first = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label="To", widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, Any]:
        """Refuse days that end before they begin, lie ahead, or are too many."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first is None or last is None:
            return cleaned
        if last < first:
            self.add_error("last", "Before the first day.")
        elif last > clock.now().astimezone(NAIROBI).date():
            self.add_error("last", "Not yet over: today is the last.")
        elif (last - first).days >= MOST_DAYS:
            self.add_error("last", f"At most {MOST_DAYS} days at once.")
        elif first.year < 2000:
            self.add_error("first", "Before this century.")
        return cleaned


@require_safe
def exports(request: HttpRequest) -> HttpResponse:
    """Show the exports."""
    return _page(request, {})


@require_POST
def export(request: HttpRequest, name: str) -> HttpResponse | FileResponse:
    """Make an export and send it."""
    if not request.user.has_perm(_RIGHT):
        raise PermissionDenied
    chosen = EXPORTS.get(name)
    writer = _WRITERS.get(request.POST.get("as", ""))
    if chosen is None or writer is None:
        message = "No such export."
        raise Http404(message)
    today = clock.now().astimezone(NAIROBI).date()
    span = DaySpan(today, today)
    if chosen.has_days:
        form = DaysForm(request.POST, auto_id=f"{name}-%s")
        if not form.is_valid():
            return _page(request, {name: form}, status=400)
        span = DaySpan(form.cleaned_data["first"], form.cleaned_data["last"])
    try:
        with TURNS.take():
            return _make(request, chosen, span, request.POST["as"])
    except ExportsBusy:
        return _page(request, {}, says="Other exports are being made; try again in a minute.",
                     status=503)  # fmt: skip


def _make(request: HttpRequest, chosen: Export, span: DaySpan, ending: str) -> FileResponse:
    write, content_type = _WRITERS[ending]
    # Sent, and closed, by the response.
    file = tempfile.TemporaryFile(suffix=f".{ending}")  # noqa: SIM115
    try:
        with one_snapshot():
            count = write(chosen.make(span, clock.now()), file)
        _log(request, chosen, span, ending, count)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    days = f"-{span.first}-{span.last}" if chosen.has_days else f"-{span.last}"
    file_name = f"{environment_name()}-{chosen.name}{days}.{ending}"
    return FileResponse(file, as_attachment=True, filename=file_name, content_type=content_type)


def _log(request: HttpRequest, chosen: Export, span: DaySpan, ending: str, count: int) -> None:
    """Write down who took what, before it is sent."""
    operator = signed_in_user(request)
    what = f"{chosen.title}, {span.first} to {span.last}" if chosen.has_days else chosen.title
    with db_transaction.atomic():
        LogEntry.objects.create(
            user_id=operator.pk,
            content_type=ContentType.objects.get_for_model(JournalEntry),
            object_id=None,
            object_repr=f"Export: {what}"[:200],
            action_flag=CHANGE,
            change_message=f"Exported as {ending}, {count} rows",
        )
    log_event(
        "export_taken", request=request, level=logging.INFO, user=operator.pk, export=chosen.name,
        rows=count,
    )  # fmt: skip


def _page(
    request: HttpRequest, sent: dict[str, DaysForm], *, says: str = "", status: int = 200
) -> HttpResponse:
    if not request.user.has_perm(_RIGHT):
        raise PermissionDenied
    yesterday = clock.now().astimezone(NAIROBI).date() - timedelta(days=1)
    days = {"first": yesterday, "last": yesterday}
    forms_of = {
        name: sent.get(name) or DaysForm(initial=days, auto_id=f"{name}-%s") for name in EXPORTS
    }
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": "Exports",
        "exports": [(each, forms_of[each.name]) for each in EXPORTS.values()],
        "says": says,
        "most_days": MOST_DAYS,
    }
    return TemplateResponse(request, "console/exports.html", context, status=status)
