"""Admin of suspense cases: one operator decides the plain ones, up to the limit of one; two decide
what is above it, and give a payment to another customer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from common import clock
from common.admin import ReadOnlyAdmin, ask, reason_field, sent_form
from common.masking import mask_text
from payments import case_facts, conf, services
from payments.models import SuspenseCase
from payments.reversal_admin import ReverseForm, ask_to_reverse
from payments.services.reversals import AlreadyReversed, MoneySpent, NotReversible
from payments.services.suspense import (
    ApprovalMissing,
    CaseAlreadyResolved,
    Dismissal,
    OwnMoney,
    Share,
    Split,
    UnfitAmount,
    UnfitCustomer,
    UnfitDeposit,
    UnfitShares,
)
from users import proposals
from users.admin_search import ExactSearch
from users.current import signed_in_user
from users.models import Proposal, User
from users.proposal_states import StateFilter, state

_WHY_UNFIT = {
    "operator": "operators get no payments of others",
    "blocked": "the account is switched off",
    "unverified": "the customer is not verified",
    "paused": "the customer has paused or excluded themselves",
}
_REFUSED = {
    OwnMoney: "nobody gives a payment to themselves",
    CaseAlreadyResolved: "it is resolved already",
    ApprovalMissing: "another customer, or so large an amount, alone or with what you decided alone"
    " today, takes a second operator",
    UnfitDeposit: "the deposit is not COMPLETED without a receipt, or has another amount or short"
    " code, or the receipt is another deposit's",
    UnfitShares: "two to five customers, each once, whose shares add up to the payment to the cent",
    NotReversible: "no customer was credited with this payment",
    AlreadyReversed: "it is reversed already",
    proposals.AlreadyProposed: "it is proposed already",
    proposals.ProposalDecided: "it was decided already",
    proposals.ProposalExpired: "it expired after 24 hours: propose it again",
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


class ApproveForm(ReasonForm):
    """Asks the second operator for the amount that they approve, and whether they looked."""

    #: What they have to type, in KES.
    expected = Decimal("0.00")
    amount = forms.DecimalField(
        max_digits=11, decimal_places=2, label="Type the amount that you approve, in KES"
    )
    looked = forms.BooleanField(
        label="I looked at M-PESA's record myself, not at the proposal alone."
    )
    field_order = ("looked", "amount", "reason")

    def clean_amount(self) -> Decimal:
        """Return the amount if it is the proposal's."""
        amount: Decimal = self.cleaned_data["amount"]
        if amount != self.expected:
            message = "That is not the amount of this proposal."
            raise forms.ValidationError(message)
        return amount


class CorrectForm(ReasonForm):
    """Asks for the amount that M-Pesa's own record says, and the reason."""

    amount = forms.DecimalField(
        min_value=Decimal("0.01"),
        max_digits=11,
        decimal_places=2,
        label="True amount in KES",
        help_text="As M-PESA's portal shows it, not as the callback said it.",
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


class ReverseShareForm(ReverseForm):
    """Asks also which share of the payment is taken back."""

    share = forms.IntegerField(
        min_value=1, max_value=5, label="Share", help_text="Its number; each is taken back alone."
    )
    field_order = ("share", "reason")


#: The most customers who may share one payment.
_MOST_SHARES = 5


class SplitForm(ReasonForm):
    """Asks for the customers who share a payment, how much each gets in KES, and the reason."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in range(1, _MOST_SHARES + 1):
            is_wanted = number <= 2
            self.fields[f"phone_{number}"] = forms.CharField(
                max_length=20, required=is_wanted, label=f"Customer {number}, phone number"
            )
            self.fields[f"amount_{number}"] = forms.DecimalField(
                min_value=Decimal("0.01"), max_digits=11, decimal_places=2, required=is_wanted,
                label=f"Share {number} in KES",
            )  # fmt: skip
        self.order_fields([name for name in self.fields if name != "reason"])

    def clean(self) -> dict[str, Any]:
        """Add `split`: the shares, where each named number is a customer's."""
        asked = super().clean() or {}
        shares = []
        for number in range(1, _MOST_SHARES + 1):
            phone, amount = asked.get(f"phone_{number}"), asked.get(f"amount_{number}")
            if not phone and amount is None:
                continue
            user = phone and User.objects.filter(phone_number=User.objects.normalise(phone)).first()
            if not user:
                self.add_error(f"phone_{number}", "No customer has this number.")
            elif amount is None:
                self.add_error(f"amount_{number}", "How much is theirs?")
            else:
                shares.append(Share(user.pk, amount))
        return {**asked, "split": Split.of(shares)}


def _redirect_to_home(page: ReadOnlyAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Lead to the home, with a message that there is no such row."""
    name = page.opts.verbose_name
    page.message_user(request, f"No {name} has the number {object_id}", messages.WARNING)
    return redirect("admin:index")


@dataclass(frozen=True)
class PageAction:
    """A decision as the case's page lists it: `why` says who may; without `url`, why not."""

    label: str
    why: str
    url: str = ""
    key: str = ""
    is_post: bool = False


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
        "resolve", "propose", "split", "not_in_books", "refunded", "belongs_to_deposit", "correct",
        "reverse",
    )  # fmt: skip
    # Decided on the page of each case: never the money of many customers in one go.
    actions_on_top = False

    def get_urls(self) -> list[URLPattern]:
        """Return Django's addresses after those of the decisions."""
        view = self.admin_site.admin_view(self.decide_view)
        route = path("<int:case_id>/decide/<slug:name>/", view, name="suspensecase_decide")
        return [route, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show the page of a case: what happened, what may be decided, and what it would do."""
        found = SuspenseCase.objects.select_related(
            "transaction__user", "entry", "resolved_by", "corrected_by", "payment__proposed_user"
        )
        case = found.filter(pk=object_id).first() if object_id.isdecimal() else None
        if case is None:
            return _redirect_to_home(self, request, object_id)
        if not self.has_view_permission(request, case) or request.method not in {"GET", "HEAD"}:
            raise PermissionDenied
        context = {**self.admin_site.each_context(request), **self._show(request, case)}
        return TemplateResponse(request, "console/case.html", context)

    def _show(self, request: HttpRequest, case: SuspenseCase) -> dict[str, Any]:
        now = clock.now()
        about = Proposal.objects.filter(
            subject_id=case.pk, kind__in=case_facts.CASE_KINDS
        ).select_related("proposed_by", "customer")
        waiting = list(about.waiting(now))
        is_open = case.status == SuspenseCase.Status.OPEN
        moves, then = [], []
        if is_open and waiting:
            moves = case_facts.preview_proposal(waiting[0])
            then = case_facts.say_then(waiting[0])
        elif is_open and case.transaction is not None:
            moves = case_facts.preview_gift(case, case.transaction.user)
            then = case_facts.say_given(case, case.transaction.user)
        return {
            "title": f"Case {case.pk}",
            "opts": self.opts,
            "case": case,
            "happened": case_facts.say_happened(case),
            "payer": self.payer(case),
            "claims": self.claimed_by(case),
            "witnesses": case_facts.find_witnesses(case),
            "accounts": case_facts.list_accounts(case_facts.list_entries(case), moves),
            "is_pencilled": bool(moves),
            "now_words": case_facts.say_now(case, now),
            "payer_words": case_facts.say_to_payer(case),
            "then_words": then,
            "proposals": waiting,
            "expired": about.expired(now) if is_open else (),
            "page_actions": self._page_actions(request, case, waiting),
            "refund": case_facts.say_refund(case, now),
            "shares": case.shares.select_related("customer", "entry__reversed_by"),
        }

    def _page_actions(
        self, request: HttpRequest, case: SuspenseCase, waiting: list[Proposal]
    ) -> list[PageAction]:
        allowed = self.get_actions(request)
        kinds = {proposal.kind for proposal in waiting}
        operator = signed_in_user(request)
        return [
            self._page_action(name, case, operator, is_allowed=name in allowed, kinds=kinds)
            for name in self.actions
        ]

    def _page_action(
        self,
        name: str,
        case: SuspenseCase,
        operator: User,
        *,
        is_allowed: bool,
        kinds: set[str],
    ) -> PageAction:
        label = str(getattr(self, name).short_description).partition(", ")[0]
        why_not = _why_not(name, case, operator, kinds)
        if why_not:
            return PageAction(label, why_not)
        if not is_allowed:
            return PageAction(label, _RIGHTS[name])
        url = reverse("admin:suspensecase_decide", args=[case.pk, name])
        return PageAction(label, _who_decides(name, case, operator), url)

    def decide_view(self, request: HttpRequest, case_id: int, name: str) -> HttpResponse:
        """Ask for what one decision needs, then carry it out or propose it."""
        case = SuspenseCase.objects.select_related("payment").filter(pk=case_id).first()
        if case is None:
            message = "No case has this id."
            raise Http404(message)
        if name not in self.get_actions(request) or not self.has_view_permission(request, case):
            raise PermissionDenied
        decide: Callable[..., HttpResponse | None] = getattr(self, name)
        answer = decide(request, SuspenseCase.objects.filter(pk=case.pk))
        return answer or redirect("admin:payments_suspensecase_change", case.pk)

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
        """Ask for the reason, then give the payment to its deposit's own customer."""
        if queryset.count() != 1:
            self.message_user(request, "Choose one case", messages.ERROR)
            return None
        form = ReasonForm(sent_form(request))
        if not form.is_valid():
            return ask(
                self, request, "payments/resolve_cases.html", form,
                title="Resolve suspense cases", rows=queryset, limit=conf.approval_limit(),
            )  # fmt: skip
        case = queryset.select_related("transaction__user").get()
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
        decision |= {
            "case": case, "operator": signed_in_user(request), "reason": reason, "now": clock.now(),
        }  # fmt: skip
        is_large = any(map(services.needs_second_operator, (case.true_amount, amount)))
        is_proposed = is_large or not self.has_resolve_permission(request)
        try:
            is_proposed = is_proposed or not _decides_alone(decide, decision)
            if is_proposed and not self.has_propose_permission(request):
                message = f"Case {case.pk}: {_REFUSED[ApprovalMissing]}, and you may not propose"
                self.message_user(request, message, messages.ERROR)
                return
            if is_proposed:
                propose(**decision)
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

    @admin.action(
        description="Split it among customers, for a second operator to approve",
        permissions=["propose"],
    )
    def split(
        self, request: HttpRequest, queryset: "QuerySet[SuspenseCase]"
    ) -> HttpResponse | None:
        """Ask for the customers and their shares, then store the proposal."""
        asked = self._ask_about_one(
            request,
            queryset,
            SplitForm,
            "Propose the split",
            "Two to five customers share the payment; their shares add up to it to the cent, and"
            " all are posted at once. Always two operators, and neither gets a share. Nothing moves"
            " yet.",
            "payments/split_case.html",
        )
        if not isinstance(asked, dict):
            return asked
        case = queryset.get()
        try:
            services.propose_split(
                case=case,
                split=asked["split"],
                operator=signed_in_user(request),
                reason=asked["reason"],
                now=clock.now(),
            )
        except _ERRORS as error:
            self.message_user(request, f"Case {case.pk}: {_why(error)}", messages.ERROR)
        else:
            self.log_change(request, case, f"Split proposed: {asked['reason']}")
            self.message_user(request, f"Case {case.pk} split, proposed", messages.SUCCESS)
        return None

    @admin.action(description="Not in M-PESA's books, with a reason", permissions=["decide"])
    def not_in_books(
        self, request: HttpRequest, queryset: "QuerySet[SuspenseCase]"
    ) -> HttpResponse | None:
        """Close a case whose receipt M-Pesa's portal and statement do not have."""
        return self._dismiss(
            request,
            queryset,
            ReasonForm,
            SuspenseCase.Decision.NOT_IN_BOOKS,
            "M-PESA's portal and statement do not have this receipt: the money never came, and"
            " leaves suspense. M-PESA is asked about the deposit again. Look again after 72 hours"
            " before you decide: a payment may show late.",
        )

    @admin.action(description="Refunded in M-PESA's portal, with a reason", permissions=["decide"])
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
            " and the customer reads that M-PESA paid it back. M-PESA takes up to 72 hours for a"
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
        description="Correct the amount by M-PESA's portal, with a reason", permissions=["decide"]
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
            "The case then holds what M-PESA's own record says, once and for ever, and stays open:"
            " decide next whose it is. With a larger amount, what you decided alone today counts"
            " too.",
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
        description="Record that M-PESA took a payment by hand back, with a reason",
        permissions=["reverse"],
    )
    def reverse(
        self, request: HttpRequest, queryset: "QuerySet[SuspenseCase]"
    ) -> HttpResponse | None:
        """Reverse what a decided case gave; where it has a deposit, that one's page does it too.

        Of a payment that was shared out each share is reversed alone.
        """
        is_shared = queryset.filter(share_count__isnull=False).exists()
        return ask_to_reverse(
            self,
            request,
            queryset,
            ReverseShareForm if is_shared else ReverseForm,
            lambda case, asked: services.find_credit_of_case(case, asked.get("share")),
        )

    def _ask_about_one(
        self,
        request: HttpRequest,
        queryset: "QuerySet[SuspenseCase]",
        form_class: type[ReasonForm],
        title: str,
        consequence: str,
        template: str = "payments/decide_case.html",
    ) -> HttpResponse | dict[str, Any] | None:
        """Return what the form says about the one case that is ticked, or the page to answer."""
        if queryset.count() != 1:
            self.message_user(request, "Choose one case", messages.ERROR)
            return None
        form = form_class(sent_form(request))
        if form.is_valid():
            return form.cleaned_data
        return ask(
            self, request, template, form, title=title, rows=queryset,
            consequence=consequence, limit=conf.approval_limit(),
        )  # fmt: skip


def _decides_alone(decide: Callable[..., object], decision: dict[str, Any]) -> bool:
    """Carry a decision out; return whether one operator may. Only the database knows their day."""
    try:
        decide(**decision)
    except ApprovalMissing:
        return False
    return True


#: The right that each decision takes, as the page says it.
_RIGHTS = {
    "resolve": "Takes the right to decide cases.",
    "propose": "Takes the right to propose.",
    "split": "Takes the right to propose.",
    "not_in_books": "Takes the right to decide cases, or to propose.",
    "refunded": "Takes the right to decide cases, or to propose.",
    "belongs_to_deposit": "Takes the right to decide cases, or to propose.",
    "correct": "Takes the right to decide cases, or to propose.",
    "reverse": "Takes the right to record reversals.",
}
#: The kind of proposal that a decision makes.
_KINDS = {
    "resolve": Proposal.Kind.RESOLVE_CASE,
    "propose": Proposal.Kind.RESOLVE_CASE,
    "split": Proposal.Kind.SPLIT_CASE,
    "not_in_books": Proposal.Kind.DISMISS_CASE,
    "refunded": Proposal.Kind.DISMISS_CASE,
    "belongs_to_deposit": Proposal.Kind.DISMISS_CASE,
    "correct": Proposal.Kind.CORRECT_CASE,
}


def _why_not(name: str, case: SuspenseCase, operator: User, kinds: set[str]) -> str:
    """Return why nobody, or not this operator, can decide a case like this; "": they can."""
    payment = getattr(case, "payment", None)
    owners = {case.transaction and case.transaction.user_id, payment and payment.proposed_user_id}
    if operator.pk in owners:
        return "It is a payment of yours: nobody decides about money of their own."
    is_open = case.status == SuspenseCase.Status.OPEN
    if name == "reverse":
        is_given = case.decision in {"", "credited"} and case.true_amount is not None
        return "" if not is_open and is_given else "No customer was credited with it."
    if not is_open:
        return "It is decided already."
    if _KINDS[name] in kinds:
        return "It is proposed already; approve or reject that first."
    if case.true_amount is None and name in {"correct", "split"}:
        return "The case holds no money."
    if name == "correct" and case.corrected_amount is not None:
        return "Its amount is corrected already."
    if name == "resolve" and case.transaction is None:
        return "Paid by hand, without a deposit: propose its customer."
    return ""


def _who_decides(name: str, case: SuspenseCase, operator: User) -> str:
    if name in {"propose", "split"}:
        return "Two operators, always: you propose, a colleague approves."
    amount = case.true_amount
    if name == "reverse" and case.share_count is not None:
        return "Each share alone; two operators above the limit of one."
    if services.needs_second_operator(amount):
        return f"Two operators: above KES {conf.approval_limit():,}."
    if name in {"resolve", "correct"} and services.list_above_day(
        [case], operator=operator, now=clock.now()
    ):
        more = "upward " if name == "correct" else ""
        return (
            f"Two operators {more}with what you decided alone today: above"
            f" KES {conf.approval_limit():,}."
        )
    if name == "correct":
        return (
            f"One operator, while the true amount is not above KES {conf.approval_limit():,}, with"
            " what you decided alone today."
        )
    return "One operator."


@admin.register(Proposal)
class ProposalAdmin(ExactSearch, ReadOnlyAdmin):
    """Proposals, each with a page on which the second operator decides."""

    list_display = (
        "id", "proposed_at", "what", "customer", "proposed_by", state, "decided_by",
    )  # fmt: skip
    list_filter = (StateFilter, "kind")
    search_fields = ("subject_id", "customer__phone_number")

    def get_urls(self) -> list[URLPattern]:
        """Return Django's addresses after those of the two decisions."""
        view = self.admin_site.admin_view(self.decide_view)
        route = path("<int:proposal_id>/decide/<slug:name>/", view, name="proposal_decide")
        return [route, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show what is proposed, the evidence, and what approving it would do."""
        found = self.get_queryset(request).select_related("proposed_by", "decided_by", "customer")
        proposal = found.filter(pk=object_id).first() if object_id.isdecimal() else None
        if proposal is None:
            return _redirect_to_home(self, request, object_id)
        if not self.has_view_permission(request, proposal) or request.method != "GET":
            raise PermissionDenied
        return self._page(request, proposal, None)

    def decide_view(self, request: HttpRequest, proposal_id: int, name: str) -> HttpResponse:
        """Approve or reject one proposal; the page comes back where its form is not filled in."""
        proposal = self.get_queryset(request).filter(pk=proposal_id).first()
        if proposal is None:
            message = "No proposal has this id."
            raise Http404(message)
        if (
            not self.has_decide_permission(request)
            or name not in _DECIDE
            or request.method != "POST"
        ):
            raise PermissionDenied
        form_class, service = _DECIDE[name]
        if proposal.kind not in case_facts.MONEY_KINDS:
            form_class = ReasonForm
        form = form_class(request.POST)
        if isinstance(form, ApproveForm):
            form.expected = case_facts.amount_of(proposal)
        if not form.is_valid():
            return self._page(request, proposal, form)
        self._decide_one(request, proposal, name, service, form.cleaned_data["reason"])
        return redirect("admin:users_proposal_change", proposal.pk)

    def _page(
        self, request: HttpRequest, proposal: Proposal, sent: ReasonForm | None
    ) -> TemplateResponse:
        case, is_about_money = None, proposal.kind in case_facts.MONEY_KINDS
        if proposal.kind in case_facts.CASE_KINDS:
            cases = SuspenseCase.objects.select_related("transaction__user", "entry", "payment")
            case = cases.get(pk=proposal.subject_id)
        now = clock.now()
        is_open, is_waiting = proposal.status == Proposal.Status.OPEN, proposal.is_waiting(now)
        entries = case_facts.list_entries(case) if case else case_facts.list_credit(proposal)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Proposal {proposal.pk}",
            "opts": self.opts,
            "proposal": proposal,
            "is_about_money": is_about_money,
            "amount": case_facts.amount_of(proposal),
            "case": case,
            "witnesses": case_facts.find_witnesses(case) if case else None,
            "accounts": case_facts.list_accounts(
                entries, case_facts.preview_proposal(proposal) if is_waiting else ()
            ),
            "then_words": case_facts.say_then(proposal) if is_waiting else (),
            "state": proposal.state(now),
            "is_open": is_open,
            "is_waiting": is_waiting,
            "why_not": self._why_not_decide(request, proposal),
            "approve_form": sent
            if isinstance(sent, ApproveForm)
            else (ApproveForm if is_about_money else ReasonForm)(),
            "reject_form": sent
            if sent is not None and not isinstance(sent, ApproveForm)
            else ReasonForm(auto_id="reject_%s"),
            "is_refused": sent is not None,
        }
        return TemplateResponse(request, "console/proposal.html", context)

    def _why_not_decide(self, request: HttpRequest, proposal: Proposal) -> str:
        """Return why this operator cannot approve it; "": they can."""
        operator = signed_in_user(request)
        if proposal.status != Proposal.Status.OPEN:
            return "It is decided."
        if not proposal.is_waiting(clock.now()):
            return "It expired after 24 hours: propose it again, if it is still right."
        if not self.has_decide_permission(request):
            return "Takes the right to decide proposals."
        if operator.pk == proposal.proposed_by_id:
            return "You proposed it: a colleague approves it. You may reject it."
        is_shared = proposal.kind == Proposal.Kind.SPLIT_CASE
        customers = (
            {share.user_id for share in Split.read(proposal.detail).shares}
            if is_shared
            else {proposal.customer_id}
        )
        if operator.pk in customers:
            return "It is money of yours."
        return ""

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Proposal]":
        """Leave out proposals about accounts, which have a page, and approvers, of their own."""
        found: QuerySet[Proposal] = super().get_queryset(request)
        return found.exclude(kind__in=Proposal.OF_ACCOUNTS)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Return whether the operator may decide: the permission to change proposals."""
        return request.user.has_perm("users.change_proposal")

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


_DECIDE: dict[str, tuple[type[ReasonForm], Any]] = {
    "approve": (ApproveForm, services.approve_proposal),
    "reject": (ReasonForm, _reject),
}
