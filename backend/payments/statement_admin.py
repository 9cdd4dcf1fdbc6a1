"""Admin of M-Pesa's statements: upload one, see what it says beside our books, settle its rows.

An upload moves nothing. Each row has one action, which takes a reason; who uploaded the file
settles only small sums of it alone (statement_settle).
"""

import csv
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import IO, Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_protect

from common import clock
from common.admin import ReadOnlyAdmin, reason_field
from common.spreadsheets import safe_cell
from payments import services, statement_selectors
from payments.models import StatementImport, SuspenseCase, Transaction
from payments.services import statements
from payments.services.statement_uploads import keep_upload
from payments.services.statements import SettleReport, StatementRefused
from payments.services.suspense import ApprovalMissing, CaseAlreadyResolved, Dismissal, OwnMoney
from payments.statement_selectors import Found, ListFound, Match, Waiting
from users.admin_search import ExactSearch
from users.current import signed_in_user

#: Rows of a list on one page, and rows that one request settles.
PER_PAGE = 50
#: Rows that the difference report reads at once.
_PER_READ = 5_000
MOST_AT_ONCE = 500
OURS_ONLY, UNPAID = "ours_only", "unpaid"

_TITLES = {
    Match.THEIRS_ONLY: "Theirs only: M-PESA took it, our books lack it",
    Match.FILLS: "In both, and only its receipt is missing here",
    Match.AMOUNT_DIFFERS: "The amounts differ",
    Match.OTHER_DEPOSIT: "Booked for another deposit or customer than M-PESA names",
    Match.REVERSAL_UNTOLD: "M-PESA took it back, and we did not",
    OURS_ONLY: "Ours only: booked here, and not in the statement",
    UNPAID: "Proven not paid: waiting here, and not in the statement",
    Match.BOTH: "In both",
    Match.TAKEN_BACK: "Taken back before we booked it",
    Match.REVERSED_KNOWN: "Taken back in both",
    Match.CHARGE: "Charges",
    Match.SWEEP: "Sweeps to the bank",
    Match.OTHER: "Other movements",
    Match.DECLINED: "Declined: no money moved",
}
ACTIONS = {
    "credit": "Credit the deposit",
    "fill": "Fill in its receipt",
    "by_hand": "Book as a payment by hand",
    "hold": "Hold in suspense",
    "correct": "Correct the case's amount",
    "open_case": "Open a case",
    "take_back": "Take it back here too",
    "after_all": "Credit after all",
}
VERDICTS = {
    "applied": "credited",
    "filled": "receipt filled in",
    "held": "held in suspense",
    "taken_back": "taken back",
}
OUTCOMES = {
    **VERDICTS,
    "already_settled": "settled before",
    "nothing": "nothing to do any more",
    "own_money": "refused: nobody decides about money of their own",
    "not_approved": "refused: another operator than the uploader has to settle so much",
    "untrusted": "refused: the short code is not ours",
    "unpaid": "ended as not paid",
    "already_unpaid": "ended before",
    "not_proven": "not proven any more: something came since",
}
_REFUSED = {
    OwnMoney: "nobody decides about money of their own",
    CaseAlreadyResolved: "it is resolved already",
    ApprovalMissing: "it is above the limit of one operator: propose it on the case's page",
}
#: Not in the difference report: both books agree, or no customer's money moved.
_NOT_REPORTED = (
    Match.BOTH,
    Match.CHARGE,
    Match.SWEEP,
    Match.OTHER,
    Match.DECLINED,
    Match.TAKEN_BACK,
    Match.REVERSED_KNOWN,
)


class UploadForm(forms.Form):
    """Asks for the statement's file."""

    file = forms.FileField(
        label="Statement",
        max_length=255,
        help_text=(
            "As the organisation portal or M-PESA for Business saved it, under its own name;"
            " CSV or Excel, at most 64 MB. Uploading moves no money."
        ),
    )


class DecisionForm(forms.Form):
    """Asks for the reason of a decision; and, for many rows at once, how many they are."""

    reason = reason_field()
    count = forms.IntegerField(required=False, widget=forms.HiddenInput)


@admin.register(StatementImport)
class StatementImportAdmin(ExactSearch, ReadOnlyAdmin):
    """Imported statements; the page of one has its lists, and the actions of their rows."""

    list_display = (
        "id", "imported_at", "short_code", "first_row_at", "last_row_at", "rows", "difference",
        "uploaded_by", "file_name",
    )  # fmt: skip
    list_select_related = ("uploaded_by",)
    search_fields = ("id", "digest")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payments.add_statementimport")

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the form of an upload, and keep what is sent for the worker.

        Exempt from Django's own CSRF check, which would read the body of anybody, and write its
        file to disk: here the right is checked first, then the CSRF token.
        """
        if not self.has_add_permission(request):
            raise PermissionDenied
        request.upload_handlers = [TemporaryFileUploadHandler(request)]
        return self._upload(request)

    add_view.csrf_exempt = True  # type: ignore[attr-defined]
    add_view.reads_large_body = True  # type: ignore[attr-defined]

    @method_decorator(csrf_protect)
    def _upload(self, request: HttpRequest) -> HttpResponse:
        is_sent = request.method == "POST"
        form = UploadForm(request.POST, request.FILES) if is_sent else UploadForm()
        if form.is_valid():
            sent: UploadedFile[Any] = form.cleaned_data["file"]
            try:
                upload = keep_upload(
                    file=cast("IO[bytes]", sent.file),
                    name=str(sent.name),
                    uploaded_by=signed_in_user(request),
                    now=clock.now(),
                )
            except StatementRefused as error:
                form.add_error("file", f"Refused, and nothing was stored: {error}.")
            else:
                self.log_addition(request, upload, [{"added": {}}])
                page = reverse("admin:payments_statementupload_change", args=[upload.pk])
                return HttpResponseRedirect(page)
        shown = {**self.admin_site.each_context(request), "form": form, "opts": self.opts}
        shown["title"] = "Import a statement of M-PESA's"
        return TemplateResponse(request, "payments/upload_statement.html", shown)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show a statement, or settle rows of it, or send its difference report."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        file = self.get_object(request, object_id)
        if not isinstance(file, StatementImport):
            raise Http404
        if request.method == "POST":
            return self._decide(request, file)
        if request.GET.get("export") == "csv":
            return _report(file)
        return self._show(request, file, DecisionForm())

    def _decide(self, request: HttpRequest, file: StatementImport) -> HttpResponse:
        chosen = _chosen_list(request.POST.get("list", ""))
        if not request.user.has_perm(_RIGHTS.get(chosen, "payments.change_statementrow")):
            raise PermissionDenied
        if "again" in request.POST:
            statements.compare_again(file)
            statement_selectors.forget_counts(file)
            return HttpResponseRedirect(f"{_page_of(file)}?list={chosen}")
        form = DecisionForm(request.POST)
        if not form.is_valid():
            return self._show(request, file, form)
        if chosen == OURS_ONLY:
            self._close_case(request, file, form.cleaned_data["reason"])
            statement_selectors.forget_counts(file)
            return HttpResponseRedirect(f"{_page_of(file)}?list={chosen}")
        ids = [_number(request, "row")]
        if "all" in request.POST:
            waiting = _find_waiting(file, chosen)
            ids = waiting.ids
            if form.cleaned_data["count"] != len(ids):
                # Only what the operator confirmed is settled, not the rows that came since.
                message = (
                    f"{len(ids)} wait now, KES {waiting.amount:,.2f}. Type {len(ids)} to do all."
                )
                form.add_error(None, message)
                return self._show(request, file, form)
        self._settle(request, file, chosen, ids, form.cleaned_data["reason"])
        statement_selectors.forget_counts(file)
        return HttpResponseRedirect(f"{_page_of(file)}?list={chosen}")

    def _settle(
        self,
        request: HttpRequest,
        file: StatementImport,
        chosen: str,
        ids: list[int],
        reason: str,
    ) -> None:
        decided: dict[str, Any] = {
            "operator": signed_in_user(request),
            "reason": reason,
            "now": clock.now(),
        }
        if chosen == UNPAID:
            known = list(Transaction.objects.filter(pk__in=ids).values_list("pk", flat=True))
            report = statements.confirm_unpaid(file=file, transaction_ids=known, **decided)
            self._tell(request, file, report, f"not paid: {reason}")
            return
        rows = file.lines.filter(pk__in=ids).order_by("line").values_list("pk", flat=True)
        report = statements.settle_rows(row_ids=list(rows), **decided)
        self._tell(request, file, report, f"{chosen}: {reason}")

    def _close_case(self, request: HttpRequest, file: StatementImport, reason: str) -> None:
        """Close the open case of a payment that a whole statement does not have."""
        case = SuspenseCase.objects.filter(pk=_number(request, "row")).first()
        if case is None or not file.is_chained or not statement_selectors.lacks_case(file, case.pk):
            self.message_user(request, "This statement does not prove it", messages.ERROR)
            return
        try:
            services.dismiss_suspense_case(
                case=case,
                dismissal=Dismissal(SuspenseCase.Decision.NOT_IN_BOOKS),
                operator=signed_in_user(request),
                reason=f"statement {file.pk}: {reason}",
                now=clock.now(),
            )
        except tuple(_REFUSED) as error:
            self.message_user(request, f"Case {case.pk}: {_REFUSED[type(error)]}", messages.WARNING)
        else:
            self.log_change(request, case, f"Not in M-PESA's books (statement {file.pk}): {reason}")
            self.message_user(request, f"Case {case.pk} closed", messages.SUCCESS)

    def _tell(
        self, request: HttpRequest, file: StatementImport, report: SettleReport, what: str
    ) -> None:
        for outcome, count in sorted(report.counts.items()):
            level = messages.SUCCESS if outcome in DONE else messages.WARNING
            self.message_user(request, f"{count} {OUTCOMES.get(outcome, outcome)}", level)
        if report.failed:
            self.message_user(request, f"{report.failed} met an error", messages.ERROR)
        if not report.counts and not report.failed:
            self.message_user(request, "Nothing was chosen, or nothing waits", messages.WARNING)
        self.log_change(request, file, what)

    def _show(
        self, request: HttpRequest, file: StatementImport, form: DecisionForm
    ) -> TemplateResponse:
        found = statement_selectors.summarise_lately(file)
        chosen = _chosen_list(request.POST.get("list") or request.GET.get("list", ""), found)
        page = max(_number(request, "page"), 1)
        total = _counted(found, chosen).rows
        shown = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Statement {file.pk}",
            "file": file,
            "found": found,
            "lists": [
                {"name": name, "title": title, "found": _counted(found, name)}
                for name, title in _TITLES.items()
            ],
            "chosen": chosen,
            "chosen_title": _TITLES[chosen],
            "rows": list(_rows(file, chosen, page)),
            "waiting": _counted(found, chosen).waiting if chosen != UNPAID else total,
            "at_once": _find_waiting(file, chosen),
            "page": page,
            "pages": max(-(-total // PER_PAGE), 1),
            "form": form,
            "may_decide": request.user.has_perm(
                _RIGHTS.get(chosen, "payments.change_statementrow")
            ),
            "is_own_upload": file.uploaded_by_id == request.user.pk,
        }
        return TemplateResponse(request, "payments/statement.html", shown)


DONE = {*VERDICTS, "unpaid"}
#: The right to decide about the rows of a list; of the others: to change rows of statements.
_RIGHTS = {OURS_ONLY: "payments.change_suspensecase"}


def _number(request: HttpRequest, name: str) -> int:
    """Return a whole number of the form or the query; 0 where it is none, or too long."""
    text = request.POST.get(name) or request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0


def _page_of(file: StatementImport) -> str:
    return reverse("admin:payments_statementimport_change", args=[file.pk])


def _chosen_list(name: str, found: Found | None = None) -> str:
    """Return the list that is asked for; else the first one with something to do in it."""
    if name in _TITLES:
        return name
    for each in _TITLES:
        if found is not None and _counted(found, each).rows:
            return each
    return Match.THEIRS_ONLY


def _find_waiting(file: StatementImport, chosen: str) -> Waiting:
    """Return what "Do all" does; of what only our books have, every row is decided alone."""
    if chosen == OURS_ONLY:
        return Waiting([], Decimal(0))
    match = None if chosen == UNPAID else chosen
    return statement_selectors.find_waiting(file, match, limit=MOST_AT_ONCE)


def _counted(found: Found, name: str) -> ListFound:
    if name == OURS_ONLY:
        return found.ours_only
    return found.unpaid if name == UNPAID else found.lists[name]


def _rows(
    file: StatementImport, chosen: str, page: int, per_page: int = PER_PAGE
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a list's page, as the template shows them."""
    offset = (page - 1) * per_page
    if chosen == OURS_ONLY:
        listed = statement_selectors.list_ours_only_lately(file, limit=per_page, offset=offset)
        open_cases = _open_cases(ours.case_id for ours in listed)
        for ours in listed:
            yield {
                "at": ours.paid_at,
                "receipt": ours.receipt or "",
                "amount": ours.amount,
                "about": ours.reference or "",
                **_links(ours.transaction_id, ours.case_id),
                "key": ours.case_id if file.is_chained else None,
                "action": "Not in M-PESA's books" if ours.case_id in open_cases else "",
            }
        return
    if chosen == UNPAID:
        for unpaid in statement_selectors.list_unpaid(file, limit=per_page, offset=offset):
            yield {
                "at": unpaid.created_at,
                "receipt": "",
                "amount": unpaid.amount,
                "about": unpaid.reference,
                **_links(unpaid.transaction_id, None),
                "key": unpaid.transaction_id,
                "action": "Confirm not paid",
            }
        return
    rows = list(statement_selectors.list_rows(file, chosen)[offset : offset + per_page])
    booked_for = statement_selectors.find_booked(row.receipt for row in rows)
    for row in rows:
        yield {
            "at": row.completed_at,
            "receipt": row.receipt,
            "amount": row.amount_in if row.amount_in is not None else _negative(row.amount_out),
            "booked": row.booked_amount,
            "about": row.reference or row.personal_number or row.details,
            **_links(row.transaction_id or booked_for.get(row.receipt), None),
            "key": row.pk,
            "action": "" if row.verdict else ACTIONS.get(row.action, ""),
            "verdict": VERDICTS.get(row.verdict, ""),
            "settled_by": row.settled_by,
        }


def _negative(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else -amount


def _open_cases(case_ids: Iterable[int | None]) -> set[int]:
    known = [case_id for case_id in case_ids if case_id is not None]
    still_open = SuspenseCase.objects.filter(pk__in=known, status=SuspenseCase.Status.OPEN)
    return set(still_open.values_list("pk", flat=True))


def _links(transaction_id: int | None, case_id: int | None) -> dict[str, Any]:
    links = {}
    if transaction_id is not None:
        url = reverse("admin:payments_transaction_change", args=[transaction_id])
        links[f"deposit {transaction_id}"] = url
    if case_id is not None:
        links[f"case {case_id}"] = reverse("admin:payments_suspensecase_change", args=[case_id])
    return {"links": links}


class _Echo:
    """A file for the csv module that returns what is written."""

    def write(self, text: str) -> str:
        return text


def _report(file: StatementImport) -> StreamingHttpResponse:
    """Send all that differs as CSV, a row at a time."""
    answer = StreamingHttpResponse(_report_lines(file), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="statement-{file.pk}-differences.csv"'
    return answer


def _report_lines(file: StatementImport) -> Iterator[bytes]:
    writer = csv.writer(_Echo(), lineterminator="\r\n")
    header = ("List", "Time (Nairobi)", "Receipt", "Amount", "Booked", "About", "Action", "Done")
    # With a byte order mark: without one Excel reads the file in the system's code page.
    yield b"\xef\xbb\xbf" + _written(writer.writerow(header))
    for chosen in _TITLES:
        if chosen in _NOT_REPORTED:
            continue
        page = 1
        while rows := list(_rows(file, chosen, page, _PER_READ)):
            for row in rows:
                yield _written(writer.writerow(_cells(chosen, row)))
            page += 1


def _written(text: Any) -> bytes:
    return str(text).encode()


def _cells(chosen: str, row: dict[str, Any]) -> list[str]:
    about = [row["about"], *row["links"]]
    return [
        _TITLES[chosen],
        f"{timezone.localtime(row['at']):%Y-%m-%d %H:%M:%S}",
        safe_cell(row["receipt"]),
        "" if row["amount"] is None else f"{row['amount']:.2f}",
        "" if row.get("booked") is None else f"{row['booked']:.2f}",
        safe_cell(", ".join(filter(None, about))),
        row["action"],
        row.get("verdict", ""),
    ]
