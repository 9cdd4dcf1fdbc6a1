"""Admin of Transaction Status: what M-Pesa was asked and said; and the action that asks."""

from typing import ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from common import clock
from common.admin import ModelAdmin, ReadOnlyAdmin
from payments import services
from payments.models import InitiatorState, TransactionQuery
from payments.services.transaction_status import NotAsked, list_untold
from users.admin_search import ExactSearch
from users.current import signed_in_user

_NOT_ASKED = {
    "off": "no initiator is configured",
    "stopped": "M-PESA rejected the initiator; see manage.py initiator show",
    "paused": "M-PESA is overloaded or silent; try again later",
    "busy": "another question is under way; try again in a minute",
}


def may_ask(request: HttpRequest) -> bool:
    """Return whether the operator may ask M-Pesa: whether they may decide about claims."""
    return bool(request.user.has_perm("payments.change_claim"))


def ask_mpesa(page: ModelAdmin, request: HttpRequest, receipt: str | None) -> None:
    """Ask M-Pesa about a receipt, and tell the operator whether it was asked."""
    if not receipt:
        page.message_user(request, "It has no receipt to ask about", messages.WARNING)
        return
    try:
        services.ask_about_receipt(
            receipt=receipt,
            why=TransactionQuery.Why.OPERATOR,
            operator=signed_in_user(request),
            now=clock.now(),
        )
    except NotAsked as refused:
        page.message_user(
            request, f"Not asked about {receipt}: {_NOT_ASKED[refused.reason]}", messages.WARNING
        )
    else:
        says = f"Asked M-PESA about {receipt}; its answer will be among the transaction queries"
        page.message_user(request, says, messages.SUCCESS)


class UntoldFilter(admin.SimpleListFilter):
    """Payments in our books that M-Pesa says did not stay, or were of another amount."""

    title = "untold reversal"
    parameter_name = "untold"

    def lookups(
        self, request: HttpRequest, model_admin: "admin.ModelAdmin[TransactionQuery]"
    ) -> list[tuple[str, str]]:
        return [("yes", "Yes")]

    def queryset(
        self, request: HttpRequest, queryset: "QuerySet[TransactionQuery]"
    ) -> "QuerySet[TransactionQuery] | None":
        if self.value() != "yes":
            return None
        return queryset.filter(pk__in=list_untold().values("pk"))


@admin.register(TransactionQuery)
class TransactionQueryAdmin(ExactSearch, ReadOnlyAdmin):
    """Questions to M-Pesa about receipts, and its answers. Nothing is decided here."""

    list_display = (
        "id", "asked_at", "receipt", "why", "state", "verdict", "transaction_status", "amount",
        "transaction", "note",
    )  # fmt: skip
    list_filter = (UntoldFilter, "state", "verdict", "why")
    list_select_related = ("transaction",)
    search_fields: ClassVar = ("receipt", "transaction__id")
    exclude = ("token_hash", "payer_hash")


@admin.register(InitiatorState)
class InitiatorStateAdmin(ReadOnlyAdmin):
    """Whether M-Pesa is asked; `manage.py initiator resume` lets it be asked again."""

    list_display = ("id", "stopped_at", "stopped_code", "proven_at", "paused_until", "resumed_by")
