"""Admin of suspense cases: one operator decides the plain ones, two give a payment to another
customer.
"""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from common import clock
from common.admin import ReadOnlyAdmin, ask, reason_field, sent_form
from common.masking import mask_text
from payments import services
from payments.models import SuspenseCase
from payments.services.suspense import (
    ApprovalMissing,
    CaseAlreadyResolved,
    OwnMoney,
    UnfitCustomer,
)
from users import proposals
from users.current import signed_in_user
from users.models import Proposal, User

_WHY_UNFIT = {
    "operator": "operators get no payments of others",
    "blocked": "the account is switched off",
    "unverified": "the customer is not verified",
    "paused": "the customer has paused or excluded themselves",
}
_REFUSED = {
    OwnMoney: "nobody gives a payment to themselves",
    CaseAlreadyResolved: "it is resolved already",
    ApprovalMissing: "another customer than the deposit's own takes a second operator",
    proposals.AlreadyProposed: "it is proposed already",
    proposals.ProposalDecided: "it was decided already",
    proposals.SameOperator: "who proposed it, or gets the money, does not approve it",
}


def _why(error: Exception) -> str:
    """Return what the operator reads about a decision that was refused."""
    if isinstance(error, UnfitCustomer):
        return _WHY_UNFIT[error.args[0]]
    return _REFUSED[type(error)]


class ReasonForm(forms.Form):
    """Asks for the reason of a decision."""

    reason = reason_field()


class ProposeForm(ReasonForm):
    """Asks for the customer who is to get a payment, and the reason."""

    phone_number = forms.CharField(
        max_length=20, help_text="The customer who gets the money; their own number."
    )
    field_order = ("phone_number", "reason")

    def clean_phone_number(self) -> User:
        """Return the customer with this phone number."""
        user = User.objects.filter(
            phone_number=User.objects.normalise(self.cleaned_data["phone_number"])
        ).first()
        if user is None:
            message = "No customer has this number."
            raise forms.ValidationError(message)
        return user


@admin.register(SuspenseCase)
class SuspenseCaseAdmin(ReadOnlyAdmin):
    """Suspense cases: payments that did not agree with their deposits, open and resolved."""

    list_display = (
        "id", "opened_at", "transaction", "mpesa_receipt_number", "amount", "reason",
        "account_typed", "seems_to_be_for", "status",
    )  # fmt: skip
    list_filter = ("status", "reason")
    list_select_related = ("transaction", "payment__proposed_user")
    search_fields = ("mpesa_receipt_number", "=transaction__id", "=payment__account_number")
    readonly_fields = ("account_typed", "payer", "seems_to_be_for", "claimed_by")
    actions = ("resolve", "propose")

    @admin.display(description="account typed")
    def account_typed(self, case: SuspenseCase) -> str:
        """Return the account number that the payer typed; a phone number is masked."""
        return mask_text(case.payment.account_number) if hasattr(case, "payment") else ""

    @admin.display(description="payer")
    def payer(self, case: SuspenseCase) -> str:
        """Return what M-Pesa tells of the payer: name and masked number, as far as it does."""
        if not hasattr(case, "payment"):
            return ""
        return f"{case.payment.payer_name} {case.payment.payer_number}".strip()

    @admin.display(description="seems to be for")
    def seems_to_be_for(self, case: SuspenseCase) -> str:
        """Return the customer whose account number or phone number was typed."""
        user = case.payment.proposed_user if hasattr(case, "payment") else None
        return "" if user is None else str(user)

    @admin.display(description="claimed by")
    def claimed_by(self, case: SuspenseCase) -> SafeString | str:
        """Return links to the claims of customers who named this payment's receipt."""
        rows = [
            (reverse("admin:payments_claim_change", args=[claim.pk]), claim.pk, claim.user)
            for claim in case.claims.select_related("user").order_by("pk")
        ]
        return format_html_join(", ", '<a href="{}">claim {}</a> of {}', rows) or "-"

    def has_resolve_permission(self, request: HttpRequest) -> bool:
        """Return whether the operator may resolve cases: the permission to change them."""
        return request.user.has_perm("payments.change_suspensecase")

    def has_propose_permission(self, request: HttpRequest) -> bool:
        """Return whether the operator may propose: the permission to add proposals."""
        return request.user.has_perm("users.add_proposal")

    @admin.action(
        description="Give to the deposit's own customer, with a reason", permissions=["resolve"]
    )
    def resolve(
        self, request: HttpRequest, queryset: "QuerySet[SuspenseCase]"
    ) -> HttpResponse | None:
        """Ask for the reason, then give each payment to its deposit's own customer."""
        form = ReasonForm(sent_form(request))
        if not form.is_valid():
            title = "Resolve suspense cases"
            return ask(
                self, request, "payments/resolve_cases.html", form, title=title, rows=queryset
            )
        for case in queryset.select_related("transaction__user"):
            self._resolve(request, case, form.cleaned_data["reason"])
        return None

    def _resolve(self, request: HttpRequest, case: SuspenseCase, reason: str) -> None:
        if case.transaction is None:
            message = f"Case {case.pk}: a payment by hand has no deposit; propose its customer"
            self.message_user(request, message, messages.WARNING)
            return
        try:
            services.resolve_suspense_case(
                case=case,
                user=case.transaction.user,
                operator=signed_in_user(request),
                reason=reason,
                now=clock.now(),
            )
        except (OwnMoney, CaseAlreadyResolved) as error:
            self.message_user(request, f"Case {case.pk}: {_why(error)}", messages.WARNING)
        else:
            self.log_change(request, case, f"Resolved: {reason}")
            self.message_user(request, f"Case {case.pk} resolved", messages.SUCCESS)

    @admin.action(
        description="Propose another customer, for a second operator to approve",
        permissions=["propose"],
    )
    def propose(
        self, request: HttpRequest, queryset: "QuerySet[SuspenseCase]"
    ) -> HttpResponse | None:
        """Ask for customer and reason, then store the proposal; one case at a time."""
        if queryset.count() != 1:
            self.message_user(request, "Choose one case", messages.ERROR)
            return None
        form = ProposeForm(sent_form(request))
        if not form.is_valid():
            title = "Propose another customer"
            return ask(
                self, request, "payments/propose_case.html", form, title=title, rows=queryset
            )
        self._propose(request, queryset.get(), form.cleaned_data)
        return None

    def _propose(self, request: HttpRequest, case: SuspenseCase, asked: dict[str, Any]) -> None:
        try:
            services.propose_resolution(
                case=case,
                user=asked["phone_number"],
                operator=signed_in_user(request),
                reason=asked["reason"],
                now=clock.now(),
            )
        except (*_REFUSED, UnfitCustomer) as error:
            self.message_user(request, f"Case {case.pk}: {_why(error)}", messages.ERROR)
        else:
            self.log_change(request, case, f"Proposed {asked['phone_number']}: {asked['reason']}")
            self.message_user(request, f"Case {case.pk} proposed", messages.SUCCESS)


@admin.register(Proposal)
class ProposalAdmin(ReadOnlyAdmin):
    """Proposals, with actions for the second operator."""

    list_display = (
        "id", "proposed_at", "kind", "subject_id", "customer", "proposed_by", "status",
        "decided_by",
    )  # fmt: skip
    list_filter = ("status", "kind")
    search_fields = ("=subject_id", "customer__phone_number")
    actions = ("approve", "reject")

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Return whether the operator may decide: the permission to change proposals."""
        return request.user.has_perm("users.change_proposal")

    @admin.action(description="Approve, with a reason", permissions=["decide"])
    def approve(self, request: HttpRequest, queryset: "QuerySet[Proposal]") -> HttpResponse | None:
        """Ask for the reason, then carry the proposal out; one at a time."""
        if queryset.count() != 1:
            self.message_user(request, "Choose one proposal", messages.ERROR)
            return None
        return self._decide(request, queryset, "approve", services.approve_proposal)

    @admin.action(description="Reject, with a reason", permissions=["decide"])
    def reject(self, request: HttpRequest, queryset: "QuerySet[Proposal]") -> HttpResponse | None:
        """Ask for the reason, then reject each proposal."""
        return self._decide(request, queryset, "reject", _reject)

    def _decide(
        self, request: HttpRequest, queryset: "QuerySet[Proposal]", verb: str, service: Any
    ) -> HttpResponse | None:
        form = ReasonForm(sent_form(request))
        if not form.is_valid():
            title = f"{verb.capitalize()} proposals"
            template = "payments/decide_proposals.html"
            return ask(self, request, template, form, title=title, rows=queryset)
        for proposal in queryset:
            self._decide_one(request, proposal, verb, service, form.cleaned_data["reason"])
        return None

    def _decide_one(
        self, request: HttpRequest, proposal: Proposal, verb: str, service: Any, reason: str
    ) -> None:
        operator = signed_in_user(request)
        try:
            service(proposal=proposal, operator=operator, reason=reason, now=clock.now())
        except (*_REFUSED, UnfitCustomer) as error:
            self.message_user(request, f"Proposal {proposal.pk}: {_why(error)}", messages.ERROR)
        else:
            self.log_change(request, proposal, f"{verb}: {reason}")
            self.message_user(request, f"Proposal {proposal.pk}: {verb} done", messages.SUCCESS)


def _reject(*, proposal: Proposal, **decision: Any) -> None:
    proposals.reject(proposal.pk, **decision)
