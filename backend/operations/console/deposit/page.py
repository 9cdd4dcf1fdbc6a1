"""The admin of deposits, with one page for each: what happened, what to say, what may be done."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from common import clock
from operations.ages import say_age
from operations.console.deposit import actions, answer, decisions, events, evidence, facts, postings
from operations.console.deposit.facts import Facts
from operations.console.lists import DepositColumns
from payments import conf, services
from payments.admin import TransactionAdmin
from payments.models import SuspenseCase, Transaction
from payments.reversal_admin import ReverseDepositForm, ask_to_reverse
from payments.suspense_admin import SuspenseCaseAdmin
from users.current import signed_in_user
from users.phone import mask_phone_number


class DepositAdmin(DepositColumns, TransactionAdmin):
    """Deposits, and the page of one; nothing on it can be edited."""

    list_select_related = ("user",)

    def get_urls(self) -> list[URLPattern]:
        """Return Django's addresses after those of the decisions."""

        def at(where: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
            route = f"<int:deposit_id>/{where}"
            return path(route, self.admin_site.admin_view(view), name=f"deposit_{name}")

        return [
            at("ask/", self.ask_view, "ask"),
            at("ask-about/", self.ask_about_view, "ask_about"),
            at("row/<int:row_id>/", self.row_view, "row"),
            at("not-paid/<int:file_id>/", self.not_paid_view, "not_paid"),
            at("reverse/", self.reverse_view, "reverse"),
            at("case/<int:case_id>/<slug:name>/", self.case_view, "case"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show the page of a deposit."""
        if request.method not in {"GET", "HEAD"}:
            raise PermissionDenied
        known = self._read(request, _number(object_id))
        context = {**self.admin_site.each_context(request), **self._show(request, known)}
        return TemplateResponse(request, "console/deposit.html", context)

    def _show(self, request: HttpRequest, known: Facts) -> dict[str, Any]:
        operator, txn = signed_in_user(request), known.txn
        entry = getattr(txn.user, "ledger_account", None)
        return {
            "title": f"Deposit #{txn.pk}",
            "opts": self.opts,
            "txn": txn,
            "known": known,
            "customer": txn.user,
            "phone": mask_phone_number(txn.phone_number),
            "balance": entry.balance if entry else 0,
            "answer": answer.answer(known),
            "message": answer.say(known),
            "events": events.list_events(known),
            "reports": evidence.list_reports(known),
            "bodies": evidence.list_bodies(known),
            "accounts": postings.list_accounts(txn, known.entries),
            "page_actions": actions.list_page_actions(known, operator),
            "case_page_actions": actions.list_case_actions(
                known, operator, self._case_actions(request)
            ),
            "waits": say_age(known.now - txn.created_at) if _waits(known) else "",
            "limit": conf.approval_limit(),
        }

    def _read(self, request: HttpRequest, deposit_id: int) -> Facts:
        """Return what the operator may see of a deposit.

        Raises:
            PermissionDenied: they may see no deposits.
            Http404: there is none with this id.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        txn = facts.find(deposit_id)
        if txn is None:
            message = "No deposit has this id."
            raise Http404(message)
        return facts.read(txn, operator=signed_in_user(request), now=clock.now())

    def _read_to_decide(self, request: HttpRequest, deposit_id: int, right: str) -> Facts:
        """Return the same for a decision.

        Raises:
            PermissionDenied: also where the right is missing, or the deposit is the operator's own.
        """
        known = self._read(request, deposit_id)
        if not request.user.has_perm(right) or known.txn.user_id == request.user.pk:
            raise PermissionDenied
        return known

    def ask_view(self, request: HttpRequest, deposit_id: int) -> HttpResponse:
        """Make the deposit's status query due now; the worker asks."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        known = self._read_to_decide(request, deposit_id, "payments.view_transaction")
        txn = known.txn
        is_due = txn.checkout_request_id is not None and services.query_soon(
            transaction_id=txn.pk, now=known.now, may_restart=True
        )
        if is_due:
            self.log_change(request, txn, "Asked M-PESA")
            self.message_user(request, "M-PESA is asked now; look again in a minute")
        else:
            text = "Not asked: a question is under way, or M-PESA's answer is here"
            self.message_user(request, text, messages.WARNING)
        return redirect(_page_of(txn))

    def ask_about_view(self, request: HttpRequest, deposit_id: int) -> HttpResponse:
        """Ask M-PESA about a code that the customer names."""
        known = self._read_to_decide(request, deposit_id, "payments.change_claim")
        if not conf.asks_about_transactions():
            raise PermissionDenied
        return decisions.ask_about_code(self, request, known, _page_of(known.txn))

    def row_view(self, request: HttpRequest, deposit_id: int, row_id: int) -> HttpResponse:
        """Settle a row of a statement that is about the deposit."""
        known = self._read_to_decide(request, deposit_id, "payments.change_statementrow")
        row = decisions.find_row(known, row_id)
        return decisions.decide_row(self, request, known, row, _page_of(known.txn))

    def not_paid_view(self, request: HttpRequest, deposit_id: int, file_id: int) -> HttpResponse:
        """End the deposit as not paid, by a statement that proves it."""
        known = self._read_to_decide(request, deposit_id, "payments.change_statementrow")
        proof = decisions.find_proof_of_unpaid(known, file_id)
        return decisions.decide_not_paid(self, request, known, proof, _page_of(known.txn))

    def reverse_view(self, request: HttpRequest, deposit_id: int) -> HttpResponse:
        """Record that M-PESA took one of the deposit's payments back."""
        known = self._read_to_decide(request, deposit_id, "payments.add_reversal")
        asked = ask_to_reverse(
            self,
            request,
            Transaction.objects.filter(pk=known.txn.pk),
            ReverseDepositForm,
            lambda txn, sent: services.find_credit(
                txn, sent["mpesa_receipt_number"].strip().upper()
            ),
        )
        return asked or redirect(_page_of(known.txn))

    def case_view(
        self, request: HttpRequest, deposit_id: int, case_id: int, name: str
    ) -> HttpResponse:
        """Decide about an open case of the deposit, by the actions of the cases' list."""
        known = self._read_to_decide(request, deposit_id, "payments.view_suspensecase")
        if case_id not in {case.pk for case in known.open_cases} or name not in actions.CASE_LABELS:
            message = "The deposit has no such open case."
            raise Http404(message)
        cases = self._cases()
        found = cases.get_actions(request).get(name)
        if found is None:
            raise PermissionDenied
        asked = found[0](cases, request, SuspenseCase.objects.filter(pk=case_id))
        return cast("HttpResponse | None", asked) or redirect(_page_of(known.txn))

    def _case_actions(self, request: HttpRequest) -> set[str]:
        return set(self._cases().get_actions(request))

    def _cases(self) -> SuspenseCaseAdmin:
        page = self.admin_site._registry[SuspenseCase]
        assert isinstance(page, SuspenseCaseAdmin)  # noqa: S101  # the registry is not typed
        return page


def register() -> None:
    """Put this page in the place of the plain one of payments."""
    admin.site.unregister(Transaction)
    admin.site.register(Transaction, DepositAdmin)


def _number(object_id: str) -> int:
    """Return the id in an address; 0, which no deposit has, where it is none."""
    is_id = object_id.isascii() and object_id.isdecimal() and len(object_id) < 19
    return int(object_id) if is_id else 0


def _page_of(txn: Transaction) -> str:
    return reverse("admin:payments_transaction_change", args=[txn.pk])


def _waits(known: Facts) -> bool:
    return known.txn.status == Transaction.Status.PENDING or bool(known.open_cases)
