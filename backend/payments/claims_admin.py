"""Admin of claims: what customers say that they paid, and what helps an operator to find it."""

from typing import ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from common import clock
from common.admin import ReadOnlyAdmin, ask, sent_form
from payments import services
from payments.models import Claim, Receipt, Transaction
from payments.services.claims import ClaimEnded, OwnClaim
from payments.suspense_admin import ReasonForm
from payments.transaction_queries_admin import ask_mpesa, may_ask
from users.admin_search import ExactSearch
from users.current import signed_in_user

_REFUSED = {
    OwnClaim: "nobody decides about a claim of their own",
    ClaimEnded: "it has ended already",
}
#: How many deposits without a receipt are shown beside a claim.
_MAX_DEPOSITS = 10


class WaitingFilter(admin.SimpleListFilter):
    """The claims that wait for an operator."""

    title = "waits for an operator"
    parameter_name = "waiting"

    def lookups(
        self, request: HttpRequest, model_admin: "admin.ModelAdmin[Claim]"
    ) -> list[tuple[str, str]]:
        return [("yes", "Yes")]

    def queryset(
        self, request: HttpRequest, queryset: "QuerySet[Claim]"
    ) -> "QuerySet[Claim] | None":
        if self.value() != "yes":
            return None
        return queryset.filter(status=Claim.Status.OPEN, escalated_at__isnull=False)


@admin.register(Claim)
class ClaimAdmin(ExactSearch, ReadOnlyAdmin):
    """Claims, open and ended. Crediting one goes by its case; an operator only ends one here."""

    list_display = (
        "id", "created_at", "user", "receipt", "amount", "status", "escalated_at", "case",
        "transaction",
    )  # fmt: skip
    list_filter = (WaitingFilter, "status", "created_at")
    list_select_related = ("user", "case", "transaction")
    search_fields: ClassVar = ("readings", "user__phone_number", "transaction__id", "case__id")
    exclude = ("next_look_at",)
    readonly_fields = ("registered_for", "deposits_without_receipt")
    actions = ("close", "ask_mpesa")

    @admin.display(description="the receipt is registered for")
    def registered_for(self, claim: Claim) -> SafeString | str:
        """Return links to the deposits for which M-Pesa has reported one of the readings."""
        found = Receipt.objects.filter(number__in=claim.readings).order_by("number")
        rows = [(each.number, *_link(each.transaction_id)) for each in found.only("transaction_id")]
        return format_html_join(", ", '{}: <a href="{}">{}</a>', rows) or "nothing yet"

    @admin.display(description="deposits without a receipt")
    def deposits_without_receipt(self, claim: Claim) -> SafeString | str:
        """Return links to the customer's deposits that may be this payment: credited by a status
        query, which names no receipt, or without an outcome.
        """
        found = Transaction.objects.filter(
            user_id=claim.user_id, mpesa_receipt_number=None, created_at__lte=claim.ends_at
        ).exclude(status=Transaction.Status.FAILED)
        rows = [
            (*_link(txn.pk), txn.amount, txn.status, txn.created_at)
            for txn in found.order_by("-created_at")[:_MAX_DEPOSITS]
        ]
        return format_html_join(", ", '<a href="{}">{}</a> {} {} {}', rows) or "none"

    def has_ask_permission(self, request: HttpRequest) -> bool:
        """Return whether the operator may ask M-Pesa."""
        return may_ask(request)

    @admin.action(description="Ask M-PESA about this receipt", permissions=["ask"])
    def ask_mpesa(self, request: HttpRequest, queryset: "QuerySet[Claim]") -> None:
        """Ask M-Pesa about the receipt of each claim; one question is under way at a time."""
        for claim in queryset:
            ask_mpesa(self, request, claim.receipt)

    def has_close_permission(self, request: HttpRequest) -> bool:
        """Return whether the operator may end claims: the permission to change them."""
        return request.user.has_perm("payments.change_claim")

    @admin.action(
        description="Close: nothing to credit, with a reason for the customer",
        permissions=["close"],
    )
    def close(self, request: HttpRequest, queryset: "QuerySet[Claim]") -> HttpResponse | None:
        """Ask for the reason, then end each claim."""
        form = ReasonForm(sent_form(request))
        if not form.is_valid():
            return ask(
                self, request, "payments/close_claims.html", form, title="Close claims",
                rows=queryset,
            )  # fmt: skip
        for claim in queryset:
            self._close(request, claim, form.cleaned_data["reason"])
        return None

    def _close(self, request: HttpRequest, claim: Claim, reason: str) -> None:
        operator = signed_in_user(request)
        try:
            services.close_claim(claim=claim, operator=operator, reason=reason, now=clock.now())
        except tuple(_REFUSED) as error:
            why = _REFUSED[type(error)]
            self.message_user(request, f"Claim {claim.pk}: {why}", messages.WARNING)
        else:
            self.log_change(request, claim, f"Closed: {reason}")
            self.message_user(request, f"Claim {claim.pk} closed", messages.SUCCESS)


def _link(transaction_id: int | None) -> tuple[str, str]:
    if transaction_id is None:
        return reverse("admin:payments_suspensecase_changelist"), "a payment in suspense"
    url = reverse("admin:payments_transaction_change", args=[transaction_id])
    return url, f"deposit {transaction_id}"
