"""Admin of reversals and of the debts that they leave, where the money was spent."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse

from common import clock
from common.admin import ModelAdmin, ReadOnlyAdmin, ask, reason_field, sent_form
from payments import conf, services
from payments.models import Debt, Reversal
from payments.selectors import list_debts
from payments.services.reversals import (
    AlreadyReversed,
    MoneySpent,
    NothingToCollect,
    NotReversible,
)
from payments.services.suspense import ApprovalMissing, OwnMoney
from users import proposals
from users.admin_search import ExactSearch
from users.current import signed_in_user
from wallet.models import JournalEntry
from wallet.selectors import get_balance

_NOT_REVERSED = {
    NotReversible: "no customer was credited with this payment, so nothing is to be taken back",
    AlreadyReversed: "it is reversed already",
    OwnMoney: "nobody decides about money of their own",
    ApprovalMissing: "it takes a second operator",
    proposals.AlreadyProposed: "it is proposed already",
}
_NOTHING = Decimal("0.00")


class ReverseForm(forms.Form):
    """Asks for the reason; `most_owed` comes back from a page that showed how much is a debt."""

    most_owed = forms.DecimalField(
        required=False, min_value=0, decimal_places=2, widget=forms.HiddenInput
    )
    reason = reason_field("The customer may be told. Name M-PESA's own reversal code.")


class ReverseDepositForm(ReverseForm):
    """Asks also for the receipt of the payment that M-Pesa took back."""

    mpesa_receipt_number = forms.CharField(
        max_length=32,
        label="M-PESA code of the payment",
        help_text="The one that M-PESA reversed: a deposit may have been paid twice.",
    )
    field_order = ("mpesa_receipt_number", "reason")


def ask_to_reverse(
    page: ModelAdmin,
    request: HttpRequest,
    queryset: "QuerySet[Any]",
    form_class: type[ReverseForm],
    find_entry: Callable[[Any, dict[str, Any]], JournalEntry],
) -> HttpResponse | None:
    """Show the form, then reverse the credit of the one row that is ticked.

    Where the customer has spent of it, the form comes back and says how much becomes a debt.
    """
    if queryset.count() != 1:
        page.message_user(request, "Choose one payment", messages.ERROR)
        return None
    form = form_class(sent_form(request))
    shortfall = None
    if form.is_valid():
        row = queryset.get()
        try:
            _reverse(page, request, row, find_entry(row, form.cleaned_data), form.cleaned_data)
        except MoneySpent as error:
            shortfall = error.args[0]
            form = form_class({**form.cleaned_data, "most_owed": shortfall})
        except tuple(_NOT_REVERSED) as error:
            why = _NOT_REVERSED[type(error)]
            page.message_user(request, f"{_name(row)}: {why}", messages.ERROR)
            return None
        else:
            return None
    return ask(
        page, request, "payments/reverse_deposits.html", form, title="Reverse deposits",
        rows=queryset, shortfall=shortfall, limit=conf.approval_limit(),
    )  # fmt: skip


def _reverse(
    page: ModelAdmin, request: HttpRequest, row: Model, entry: JournalEntry, asked: dict[str, Any]
) -> None:
    reason, most_owed = asked["reason"], asked["most_owed"] or _NOTHING
    decision = {
        "entry": entry, "operator": signed_in_user(request), "reason": reason,
        "most_owed": most_owed, "now": clock.now(),
    }  # fmt: skip
    if services.needs_second_operator(entry.amount):
        # So that both operators agree on the debt, which the second one cannot change.
        _refuse_shortfall(entry, most_owed)
        services.propose_reversal(**decision)
        done = "proposed"
    else:
        services.reverse_credit(**decision)
        done = "reversed"
    owed = f", up to KES {most_owed} owed" if most_owed else ""
    page.log_change(request, row, f"Entry {entry.pk} {done}{owed}: {reason}")
    page.message_user(request, f"{_name(row)} {done}", messages.SUCCESS)


def _refuse_shortfall(entry: JournalEntry, most_owed: Decimal) -> None:
    user_id = entry.credit_account.user_id
    if user_id is not None and entry.amount - get_balance(user_id) > most_owed:
        raise MoneySpent(entry.amount - get_balance(user_id))


def _name(row: Model) -> str:
    names = {"transaction": "Deposit", "suspensecase": "Case"}
    return f"{names[row._meta.model_name or '']} {row.pk}"


@admin.register(Reversal)
class ReversalAdmin(ExactSearch, ReadOnlyAdmin):
    """Reversed credits, with operator and reason."""

    list_display = ("id", "reversed_at", "transaction", "case", "operator", "reason")
    search_fields = ("transaction__id",)


@admin.register(Debt)
class DebtAdmin(ExactSearch, ReadOnlyAdmin):
    """Debts of customers, with what is left of them and how old they are."""

    list_display = ("id", "customer", "amount", "left", "owed_since", "age")
    list_filter = ("owed_since",)
    search_fields = ("customer__phone_number", "reversal__transaction__id")
    readonly_fields = ("left", "age")
    actions = ("collect",)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Debt]":
        return list_debts()

    @admin.display(description="left (KES)", ordering="left")
    def left(self, debt: Any) -> Decimal:
        """Return what is left of the debt."""
        return Decimal(debt.left)

    @admin.display(description="age")
    def age(self, debt: Debt) -> str:
        """Return for how many whole days the customer has owed it."""
        return f"{(clock.now() - debt.owed_since) // timedelta(days=1)} days"

    def has_collect_permission(self, request: HttpRequest) -> bool:
        """Return whether the operator may collect: the permission to change debts."""
        return request.user.has_perm("payments.change_debt")

    @admin.action(
        description="Collect what the wallet holds, with a reason", permissions=["collect"]
    )
    def collect(self, request: HttpRequest, queryset: "QuerySet[Debt]") -> HttpResponse | None:
        """Ask for the reason, then collect the one debt that is ticked."""
        if queryset.count() != 1:
            self.message_user(request, "Choose one debt", messages.ERROR)
            return None
        form = CollectForm(sent_form(request))
        if not form.is_valid():
            template = "payments/collect_debt.html"
            return ask(self, request, template, form, title="Collect a debt", rows=queryset)
        self._collect(request, queryset.get(), form.cleaned_data["reason"])
        return None

    def _collect(self, request: HttpRequest, debt: Debt, reason: str) -> None:
        try:
            repayment = services.collect_debt(
                debt=debt, operator=signed_in_user(request), reason=reason, now=clock.now()
            )
        except OwnMoney:
            why = "nobody decides about money of their own"
            self.message_user(request, f"Debt {debt.pk}: {why}", messages.ERROR)
        except NothingToCollect as error:
            is_repaid = error.args[0] == "repaid"
            why = "it is repaid" if is_repaid else "the wallet is empty; nothing was taken"
            self.message_user(request, f"Debt {debt.pk}: {why}", messages.WARNING)
        else:
            amount = repayment.entry.amount
            self.log_change(request, debt, f"Collected KES {amount}: {reason}")
            self.message_user(request, f"Debt {debt.pk}: KES {amount} collected", messages.SUCCESS)


class CollectForm(forms.Form):
    """Asks for the reason of a collection."""

    reason = reason_field("Such as the customer's agreement to it.")
