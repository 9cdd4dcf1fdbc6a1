"""Admin of suspense cases: one operator decides the plain ones, up to the limit of one; two decide
what is above it, and give a payment to another customer.
"""

from collections.abc import Callable
from decimal import Decimal
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
from payments import conf, services
from payments.models import SuspenseCase
from payments.reversal_admin import ReverseForm, ask_to_reverse
from payments.services.reversals import AlreadyReversed, MoneySpent, NotReversible
from payments.services.suspense import (
    ApprovalMissing,
    CaseAlreadyResolved,
    Dismissal,
    OwnMoney,
    UnfitAmount,
    UnfitCustomer,
    UnfitDeposit,
)
from users import proposals
from users.admin_search import ExactSearch
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
    ApprovalMissing: "another customer, or so large an amount, takes a second operator",
    UnfitDeposit: "the deposit is not COMPLETED without a receipt, or has another amount or short"
    " code, or the receipt is another deposit's",
    NotReversible: "no customer was credited with this payment",
    AlreadyReversed: "it is reversed already",
    proposals.AlreadyProposed: "it is proposed already",
    proposals.ProposalDecided: "it was decided already",
    proposals.SameOperator: "who proposed it, or gets the money, does not approve it",
}


_WHY_NO_AMOUNT = {
    "no_money": "it holds no money",
    "already_corrected": "its amount is corrected already",
    "bad_amount": "this is no amount of money",
    "same_amount": "it holds this amount",
}
#: Everything that a decision is refused for.
_ERRORS = (*_REFUSED, UnfitCustomer, UnfitAmount, MoneySpent)


def _why(error: Exception) -> str:
    """Return what the operator reads about a decision that was refused."""
    match error:
        case UnfitCustomer():
            return _WHY_UNFIT[error.args[0]]
        case UnfitAmount():
            return _WHY_NO_AMOUNT[error.args[0]]
        case MoneySpent():
            return f"the wallet lacks KES {error.args[0]} by now: reject it, and propose it again"
    return _REFUSED[type(error)]


class ReasonForm(forms.Form):
    """Asks for the reason of a decision."""

    reason = reason_field()


class CorrectForm(ReasonForm):
    """Asks for the amount that M-Pesa's own record says, and the reason."""

    amount = forms.DecimalField(
        min_value=Decimal("0.01"),
        max_digits=11,
        decimal_places=2,
        label="True amount in KES",
        help_text="As M-Pesa's portal shows it, not as the callback said it.",
    )
    field_order = ("amount", "reason")


class DepositForm(ReasonForm):
    """Asks for the deposit that a payment belongs to, and the reason."""

    deposit_id = forms.IntegerField(min_value=1, label="Deposit")
    field_order = ("deposit_id", "reason")


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
class SuspenseCaseAdmin(ExactSearch, ReadOnlyAdmin):
    """Suspense cases: payments that did not agree with their deposits, open and resolved."""

    list_display = (
        "id", "opened_at", "transaction", "mpesa_receipt_number", "amount", "corrected_amount",
        "reason", "account_typed", "seems_to_be_for", "status", "decision",
    )  # fmt: skip
    list_filter = ("status", "reason", "decision")
    list_select_related = ("transaction", "payment__proposed_user")
    search_fields = (
        "id", "mpesa_receipt_number", "transaction__id", "payment__account_number",
    )  # fmt: skip
    readonly_fields = ("account_typed", "payer", "seems_to_be_for", "claimed_by")
    actions = (
        "resolve", "propose", "not_in_books", "refunded", "belongs_to_deposit", "correct",
        "reverse",
    )  # fmt: skip

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

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Return whether the operator may decide or propose what gives nobody anything."""
        return self.has_resolve_permission(request) or self.has_propose_permission(request)

    def has_reverse_permission(self, request: HttpRequest) -> bool:
        """Return whether the operator may reverse credits: the permission to add reversals."""
        return request.user.has_perm("payments.add_reversal")

    def has_propose_permission(self, request: HttpRequest) -> bool:
        """Return whether the operator may propose: the permission to add proposals."""
        return request.user.has_perm("users.add_proposal")

    @admin.action(
        description="Give to the deposit's own customer, with a reason", permissions=["resolve"]
    )
    def resolve(
        self, request: HttpRequest, queryset: "QuerySet[SuspenseCase]"
    ) -> HttpResponse | None:
        """Ask for the reason, then give each payment to its deposit's own customer.

        Several cases at once only of one customer.
        """
        if queryset.values("transaction__user").order_by().distinct().count() > 1:
            self.message_user(request, "Choose the cases of one customer", messages.ERROR)
            return None
        form = ReasonForm(sent_form(request))
        if not form.is_valid():
            return ask(
                self, request, "payments/resolve_cases.html", form,
                title="Resolve suspense cases", rows=queryset, limit=conf.approval_limit(),
            )  # fmt: skip
        for case in queryset.select_related("transaction__user"):
            self._resolve(request, case, form.cleaned_data["reason"])
        return None

    def _resolve(self, request: HttpRequest, case: SuspenseCase, reason: str) -> None:
        if case.transaction is None:
            message = f"Case {case.pk}: a payment by hand has no deposit; propose its customer"
            self.message_user(request, message, messages.WARNING)
            return
        self._decide(
            request,
            case,
            "Resolved",
            reason,
            decide=services.resolve_suspense_case,
            propose=services.propose_resolution,
            user=case.transaction.user,
        )

    def _decide(
        self,
        request: HttpRequest,
        case: SuspenseCase,
        what: str,
        reason: str,
        *,
        decide: Callable[..., object],
        propose: Callable[..., object],
        amount: Decimal | None = None,
        **decision: Any,
    ) -> None:
        """Carry the decision out, or propose it: above the limit, and without the right to decide.

        `amount`: a further argument of the decision that counts for the limit.
        """
        if amount is not None:
            decision["amount"] = amount
        is_large = any(map(services.needs_second_operator, (case.true_amount, amount)))
        is_proposed = is_large or not self.has_resolve_permission(request)
        if is_proposed and not self.has_propose_permission(request):
            message = f"Case {case.pk}: {_REFUSED[ApprovalMissing]}, and you may not propose"
            self.message_user(request, message, messages.ERROR)
            return
        try:
            (propose if is_proposed else decide)(
                case=case,
                operator=signed_in_user(request),
                reason=reason,
                now=clock.now(),
                **decision,
            )
        except _ERRORS as error:
            self.message_user(request, f"Case {case.pk}: {_why(error)}", messages.WARNING)
        else:
            done = f"{what}, proposed" if is_proposed else what
            self.log_change(request, case, f"{done}: {reason}")
            self.message_user(request, f"Case {case.pk} {done.lower()}", messages.SUCCESS)

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
        except _ERRORS as error:
            self.message_user(request, f"Case {case.pk}: {_why(error)}", messages.ERROR)
        else:
            self.log_change(request, case, f"Proposed {asked['phone_number']}: {asked['reason']}")
            self.message_user(request, f"Case {case.pk} proposed", messages.SUCCESS)

    @admin.action(description="Not in M-Pesa's books, with a reason", permissions=["decide"])
    def not_in_books(
        self, request: HttpRequest, queryset: "QuerySet[SuspenseCase]"
    ) -> HttpResponse | None:
        """Close a case whose receipt M-Pesa's portal and statement do not have."""
        return self._dismiss(
            request,
            queryset,
            ReasonForm,
            SuspenseCase.Decision.NOT_IN_BOOKS,
            "M-Pesa's portal and statement do not have this receipt: the money never came, and"
            " leaves suspense. M-Pesa is asked about the deposit again. Look again after 72 hours"
            " before you decide: a payment may show late.",
        )

    @admin.action(description="Refunded in M-Pesa's portal, with a reason", permissions=["decide"])
    def refunded(
        self, request: HttpRequest, queryset: "QuerySet[SuspenseCase]"
    ) -> HttpResponse | None:
        """Close a case whose payment was paid back in the portal."""
        return self._dismiss(
            request,
            queryset,
            ReasonForm,
            SuspenseCase.Decision.REFUNDED,
            "The portal shows the reversal of this payment as completed: its money leaves suspense,"
            " and the customer reads that M-Pesa paid it back. M-Pesa takes up to 72 hours for a"
            " reversal; decide when it is done, not when it is asked for.",
        )

    @admin.action(
        description="Belongs to a deposit that a status query credited, with a reason",
        permissions=["decide"],
    )
    def belongs_to_deposit(
        self, request: HttpRequest, queryset: "QuerySet[SuspenseCase]"
    ) -> HttpResponse | None:
        """Close a case whose payment a status query had credited before."""
        return self._dismiss(
            request,
            queryset,
            DepositForm,
            SuspenseCase.Decision.BELONGS_TO_DEPOSIT,
            "A status query had credited this very payment: the deposit is COMPLETED without a"
            " receipt, and gets this one. The money stands twice, and leaves suspense.",
        )

    def _dismiss(
        self,
        request: HttpRequest,
        queryset: "QuerySet[SuspenseCase]",
        form_class: type[ReasonForm],
        decision: SuspenseCase.Decision,
        consequence: str,
    ) -> HttpResponse | None:
        title = str(decision.label)
        asked = self._ask_about_one(request, queryset, form_class, title, consequence)
        if not isinstance(asked, dict):
            return asked
        self._decide(
            request,
            queryset.get(),
            title,
            asked["reason"],
            decide=services.dismiss_suspense_case,
            propose=services.propose_dismissal,
            dismissal=Dismissal(decision, asked.get("deposit_id")),
        )
        return None

    @admin.action(
        description="Correct the amount by M-Pesa's portal, with a reason", permissions=["decide"]
    )
    def correct(
        self, request: HttpRequest, queryset: "QuerySet[SuspenseCase]"
    ) -> HttpResponse | None:
        """Ask for the true amount, then post the difference; the case stays open."""
        asked = self._ask_about_one(
            request,
            queryset,
            CorrectForm,
            "Correct the amount",
            "The case then holds what M-Pesa's own record says, once and for ever, and stays open:"
            " decide next whose it is.",
        )
        if not isinstance(asked, dict):
            return asked
        self._decide(
            request,
            queryset.get(),
            f"Corrected to KES {asked['amount']}",
            asked["reason"],
            decide=services.correct_suspense_case,
            propose=services.propose_correction,
            amount=asked["amount"],
        )
        return None

    @admin.action(
        description="Record that M-Pesa took a payment by hand back, with a reason",
        permissions=["reverse"],
    )
    def reverse(
        self, request: HttpRequest, queryset: "QuerySet[SuspenseCase]"
    ) -> HttpResponse | None:
        """Reverse what a decided case gave; where it has a deposit, that one's page does it too."""
        return ask_to_reverse(
            self,
            request,
            queryset,
            ReverseForm,
            lambda case, _: services.find_credit_of_case(case),
        )

    def _ask_about_one(
        self,
        request: HttpRequest,
        queryset: "QuerySet[SuspenseCase]",
        form_class: type[ReasonForm],
        title: str,
        consequence: str,
    ) -> HttpResponse | dict[str, Any] | None:
        """Return what the form says about the one case that is ticked, or the page to answer."""
        if queryset.count() != 1:
            self.message_user(request, "Choose one case", messages.ERROR)
            return None
        form = form_class(sent_form(request))
        if form.is_valid():
            return form.cleaned_data
        return ask(
            self, request, "payments/decide_case.html", form, title=title, rows=queryset,
            consequence=consequence, limit=conf.approval_limit(),
        )  # fmt: skip


@admin.register(Proposal)
class ProposalAdmin(ExactSearch, ReadOnlyAdmin):
    """Proposals, with actions for the second operator."""

    list_display = (
        "id", "proposed_at", "what", "customer", "proposed_by", "status", "decided_by",
    )  # fmt: skip
    list_filter = ("status", "kind")
    search_fields = ("subject_id", "customer__phone_number")
    actions = ("approve", "reject")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Proposal]":
        """Leave out proposals about accounts, which have a page, and approvers, of their own."""
        found: QuerySet[Proposal] = super().get_queryset(request)
        return found.exclude(kind__in=Proposal.OF_ACCOUNTS)

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
        except _ERRORS as error:
            self.message_user(request, f"Proposal {proposal.pk}: {_why(error)}", messages.ERROR)
        else:
            self.log_change(request, proposal, f"{verb}: {reason}")
            self.message_user(request, f"Proposal {proposal.pk}: {verb} done", messages.SUCCESS)


def _reject(*, proposal: Proposal, **decision: Any) -> None:
    proposals.reject(proposal.pk, **decision)
