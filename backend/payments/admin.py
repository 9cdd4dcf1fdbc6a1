"""Deposits in the admin: read-only, except for decisions about money, which need a reason."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.admin import ReadOnlyAdmin
from common.masking import mask_text
from payments import services
from payments.claims_admin import ClaimAdmin
from payments.daraja.result_codes import (
    PAYERS_DOING,
    SUBSCRIBER_BUSY,
    UNCERTAIN_FAILURES,
    describe_result,
)
from payments.gateway import SUCCESS
from payments.models import (
    NO_ANSWER,
    CallbackEvent,
    Confirmation,
    PaybillAccount,
    PaybillPayment,
    PulledRow,
    Transaction,
    UnansweredDeposit,
)
from payments.pulls_admin import PullRunAdmin
from payments.reversal_admin import DebtAdmin, ReversalAdmin, ReverseDepositForm, ask_to_reverse
from payments.statement_admin import StatementImportAdmin
from payments.statement_uploads_admin import StatementUploadAdmin
from payments.suspense_admin import ProposalAdmin, SuspenseCaseAdmin
from payments.transaction_queries_admin import (
    InitiatorStateAdmin,
    TransactionQueryAdmin,
    ask_mpesa,
    may_ask,
)
from risk.models import Decision
from users.admin_search import ExactSearch
from users.phone import mask_phone_number

_COMMON_CODES = (SUCCESS, *PAYERS_DOING, *UNCERTAIN_FAILURES, SUBSCRIBER_BUSY)


class ResultCodeFilter(admin.SimpleListFilter):
    """Filters by a common result code: to look which codes there are would read every row.

    Any other code can be written into the address.
    """

    title = "result code"
    parameter_name = "result_code"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(code, f"{code} {describe_result(code).title}") for code in _COMMON_CODES]

    def queryset(
        self, request: HttpRequest, queryset: "QuerySet[Transaction]"
    ) -> "QuerySet[Transaction]":
        code = self.value()
        return queryset.filter(result_code=code) if code else queryset


class ReviewFilter(admin.SimpleListFilter):
    """Filters by what an operator has to look at, or decided."""

    title = "review reason"
    parameter_name = "review_reason"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        reasons = ("suspense", NO_ANSWER, "resolved", "refunded", "reversed")
        return [(reason, reason.replace("_", " ")) for reason in reasons]

    def queryset(
        self, request: HttpRequest, queryset: "QuerySet[Transaction]"
    ) -> "QuerySet[Transaction]":
        reason = self.value()
        return queryset.filter(review_reason=reason) if reason else queryset


@admin.register(Transaction)
class TransactionAdmin(ExactSearch, ReadOnlyAdmin):
    list_display = (
        "id", "created_at", "masked_phone", "amount", "status", "result_code",
        "mpesa_receipt_number", "review_reason",
    )  # fmt: skip
    list_filter = ("status", ReviewFilter, ResultCodeFilter, "created_at")
    search_fields = (
        "id", "receipts__number", "checkout_request_id", "account_reference",
        "phone_number", "user__phone_number",
    )  # fmt: skip
    actions = ("reverse_credit", "ask_mpesa")
    exclude = ("callback_token_hash", "phone_number")
    readonly_fields = ("masked_phone", "fraud_rules")

    @admin.display(description="phone")
    def masked_phone(self, txn: Transaction) -> str:
        """Return the phone number with its middle masked."""
        return mask_phone_number(txn.phone_number)

    @admin.display(description="fraud rules")
    def fraud_rules(self, txn: Transaction) -> SafeString | str:
        """Return a link to the fraud rules' decision on this deposit; "-" where there is none."""
        decision = Decision.objects.filter(transaction=txn).first()
        if decision is None:
            return "-"
        url = reverse("admin:risk_decision_change", args=[decision.pk])
        return format_html('<a href="{}">{}</a>', url, decision.verdict)

    def has_ask_permission(self, request: HttpRequest) -> bool:
        """Return whether the operator may ask M-Pesa."""
        return may_ask(request)

    @admin.action(description="Ask M-PESA about this receipt", permissions=["ask"])
    def ask_mpesa(self, request: HttpRequest, queryset: "QuerySet[Transaction]") -> None:
        """Ask M-Pesa about the receipt of each deposit; one question is under way at a time."""
        for txn in queryset:
            ask_mpesa(self, request, txn.mpesa_receipt_number)

    def has_reverse_permission(self, request: HttpRequest) -> bool:
        """Return whether the operator may reverse credits: the permission to add reversals."""
        return request.user.has_perm("payments.add_reversal")

    @admin.action(
        description="Record that M-PESA took the payment back, with a reason",
        permissions=["reverse"],
    )
    def reverse_credit(
        self, request: HttpRequest, queryset: "QuerySet[Transaction]"
    ) -> HttpResponse | None:
        """Show the form for receipt and reason; once it is sent, reverse the credit."""
        return ask_to_reverse(
            self,
            request,
            queryset,
            ReverseDepositForm,
            lambda txn, asked: services.find_credit(
                txn, asked["mpesa_receipt_number"].strip().upper()
            ),
        )


#: Importing it registers its pages.
__all__ = [
    "ClaimAdmin",
    "DebtAdmin",
    "InitiatorStateAdmin",
    "ProposalAdmin",
    "PullRunAdmin",
    "ReversalAdmin",
    "StatementImportAdmin",
    "StatementUploadAdmin",
    "SuspenseCaseAdmin",
    "TransactionAdmin",
    "TransactionQueryAdmin",
]


@admin.register(UnansweredDeposit)
class UnansweredDepositAdmin(ExactSearch, ReadOnlyAdmin):
    """Deposits without a clear answer, with what to look for in M-Pesa's statement.

    One that is settled after all, by a late callback, leaves the list.
    """

    list_display = (
        "id", "account_reference", "amount", "masked_phone", "created_at", "checkout_request_id",
        "status", "what_happened",
    )  # fmt: skip
    list_filter = ("status", "created_at")
    search_fields = ("id", "account_reference", "phone_number")
    fields = (
        "account_reference", "amount", "masked_phone", "created_at", "business_short_code",
        "checkout_request_id", "status", "what_happened", "user",
    )  # fmt: skip
    readonly_fields = ("masked_phone", "what_happened")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[UnansweredDeposit]":
        return super().get_queryset(request).filter(review_reason=NO_ANSWER)

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return request.user.has_perm("payments.view_transaction")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @admin.display(description="phone")
    def masked_phone(self, txn: UnansweredDeposit) -> str:
        """Return the phone number with its middle masked, as M-Pesa's statement shows it."""
        return mask_phone_number(txn.phone_number)

    @admin.display(description="what happened")
    def what_happened(self, txn: UnansweredDeposit) -> str:
        """Return why the deposit has no known outcome, and what to look for."""
        why = (
            "the push was never answered, so nobody can ask about it"
            if txn.checkout_request_id is None
            else "no clear answer for 24 hours"
        )
        return f"{why}: look for {txn.account_reference} in M-PESA's statement"


@admin.register(CallbackEvent)
class CallbackEventAdmin(ExactSearch, ReadOnlyAdmin):
    """The inbox: callbacks as they arrived, with their verdicts."""

    list_display = (
        "id", "received_at", "transaction", "has_token", "verdict", "source_address", "note",
    )  # fmt: skip
    list_select_related = ("transaction",)
    list_filter = ("verdict", "has_token", "received_at")
    search_fields: ClassVar = ("transaction__id",)
    exclude = ("raw_body",)
    readonly_fields = ("body_text",)

    @admin.display(description="raw body")
    def body_text(self, event: CallbackEvent) -> str:
        """Return the callback's body as text; bytes that are not UTF-8 are escaped."""
        return bytes(event.raw_body).decode("utf-8", "backslashreplace")


@admin.register(Confirmation)
class ConfirmationAdmin(ExactSearch, ReadOnlyAdmin):
    """The inbox of the paybill: confirmations as they arrived, with their verdicts."""

    list_display = (
        "id",
        "received_at",
        "receipt",
        "transaction",
        "verdict",
        "source_address",
        "note",
    )
    list_select_related = ("transaction",)
    list_filter = ("verdict", "received_at")
    search_fields: ClassVar = ("receipt", "transaction__id")
    exclude = ("raw_body",)
    readonly_fields = ("body_text",)

    @admin.display(description="raw body")
    def body_text(self, confirmation: Confirmation) -> str:
        """Return the body as text; bytes that are not UTF-8 are escaped."""
        return bytes(confirmation.raw_body).decode("utf-8", "backslashreplace")


@admin.register(PaybillPayment)
class PaybillPaymentAdmin(ExactSearch, ReadOnlyAdmin):
    """Payments by hand, credited or held in suspense."""

    list_display = (
        "receipt", "seen_at", "amount", "account_typed", "payer_name", "transaction", "case",
    )  # fmt: skip
    list_select_related = ("transaction", "case")
    list_filter = ("seen_at", "source")
    search_fields = ("receipt", "account_number", "transaction__id")
    exclude = ("account_number", "payer_hash")
    readonly_fields = ("account_typed",)

    @admin.display(description="account typed")
    def account_typed(self, payment: PaybillPayment) -> str:
        """Return the account number that the payer typed; a phone number is masked."""
        return mask_text(payment.account_number)


@admin.register(PaybillAccount)
class PaybillAccountAdmin(ExactSearch, ReadOnlyAdmin):
    """Personal account numbers, for an operator whom a customer reads one out to."""

    list_display = ("number", "user", "created_at")
    search_fields = ("number", "user__phone_number")


@admin.register(PulledRow)
class PulledRowAdmin(ExactSearch, ReadOnlyAdmin):
    """The rows of M-Pesa's list that were new to us, or could not be used."""

    list_display = ("id", "pulled_at", "receipt", "verdict", "transaction", "note")
    list_select_related = ("transaction",)
    list_filter = ("verdict", "pulled_at")
    search_fields: ClassVar = ("receipt", "transaction__id")
