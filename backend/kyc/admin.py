"""Admin of KYC submissions: read-only, with actions that decide them and ask for a reason.

ID numbers are masked; showing one is a separate action, which is recorded (`Unmasking`).
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html_join

from common import clock
from common.admin import ModelAdmin, ReadOnlyAdmin, ask, sent_form
from kyc import selectors, services
from kyc.encryption import UnreadableIdNumber
from kyc.forms import CustomerForm, RejectForm, UnmaskForm, VerifyForm
from kyc.models import KycSubmission, Unmasking
from users.admin import UserAdmin
from users.admin_search import ExactSearch
from users.current import signed_in_user
from users.models import User

Submissions = QuerySet[KycSubmission, KycSubmission]


@dataclass(frozen=True)
class _Row:
    """A submission or customer to decide about, with other accounts' submissions of the same ID."""

    pk: int
    about: KycSubmission | User
    same_id: list[KycSubmission]


def _row(about: KycSubmission | User) -> _Row:
    same_id = list(selectors.list_same_id(about)) if isinstance(about, KycSubmission) else []
    return _Row(about.pk, about, same_id)


def _ask(
    page: ModelAdmin, request: HttpRequest, queryset: Any, form: forms.Form, title: str
) -> TemplateResponse:
    rows = [_row(about) for about in queryset]
    return ask(page, request, "kyc/decide.html", form, title=title, rows=rows)


@admin.register(KycSubmission)
class KycSubmissionAdmin(ExactSearch, ReadOnlyAdmin):
    """The submissions, with actions to verify, reject and show the ID number."""

    list_display = (
        "id", "submitted_at", "full_name", "user", "status", "masked_id_number",
        "is_id_elsewhere", "provider", "revoked_at",
    )  # fmt: skip
    list_filter = ("status", "provider", "submitted_at")
    list_select_related = ("user",)
    search_fields = ("id", "user__phone_number")
    exclude = ("id_number_encrypted", "id_number_fingerprint", "id_number_last_four")
    readonly_fields = ("masked_id_number", "same_id_elsewhere")
    actions = ("verify", "reject", "show_id_number")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Annotate each submission: has another account submitted the same ID number?"""
        others = KycSubmission.objects.filter(
            id_number_fingerprint=OuterRef("id_number_fingerprint")
        ).exclude(user=OuterRef("user"))
        return super().get_queryset(request).annotate(is_elsewhere=Exists(others))

    @admin.display(description="ID number")
    def masked_id_number(self, submission: KycSubmission) -> str:
        """Return the ID number masked but for its last four characters."""
        return submission.masked_id_number

    @admin.display(description="ID on other accounts", boolean=True)
    def is_id_elsewhere(self, submission: Any) -> bool:
        """Return whether another account has submitted the same ID number."""
        return bool(submission.is_elsewhere)

    @admin.display(description="same ID number on other accounts")
    def same_id_elsewhere(self, submission: KycSubmission) -> str:
        """List the submissions of other accounts with this ID number."""
        others = (f"{other} ({other.user})" for other in selectors.list_same_id(submission))
        return ", ".join(others) or "none"

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Return whether the operator may decide: it takes the right to change submissions."""
        return request.user.has_perm("kyc.change_kycsubmission")

    def has_unmask_permission(self, request: HttpRequest) -> bool:
        """Return whether the operator may see ID numbers: it takes the right `unmask_id_number`."""
        return request.user.has_perm("kyc.unmask_id_number")

    @admin.action(description="Verify, with a reason", permissions=["decide"])
    def verify(self, request: HttpRequest, queryset: Submissions) -> HttpResponse | None:
        """Ask for tier and reason, then verify."""
        form = VerifyForm(sent_form(request))
        if not form.is_valid():
            return _ask(self, request, queryset, form, "Verify customers")
        for submission in queryset:
            self._decide(request, submission, services.verify, "Verified", form.cleaned_data)
        return None

    @admin.action(description="Reject, with a reason", permissions=["decide"])
    def reject(self, request: HttpRequest, queryset: Submissions) -> HttpResponse | None:
        """Ask for the text that the customer reads and for the internal reason, then reject."""
        form = RejectForm(sent_form(request))
        if not form.is_valid():
            return _ask(self, request, queryset, form, "Reject submissions")
        for submission in queryset:
            self._decide(request, submission, services.reject, "Rejected", form.cleaned_data)
        return None

    def _decide(
        self,
        request: HttpRequest,
        submission: KycSubmission,
        service: Any,
        word: str,
        decision: dict[str, Any],
    ) -> None:
        operator = signed_in_user(request)
        try:
            service(submission=submission, operator=operator, now=clock.now(), **decision)
        except services.AlreadyDecided:
            text = f"Submission {submission.pk} is decided already"
            self.message_user(request, text, messages.WARNING)
        except services.OwnIdentity:
            text = f"Submission {submission.pk}: nobody decides about themselves"
            self.message_user(request, text, messages.ERROR)
        except services.IdNumberTaken:
            text = f"Submission {submission.pk}: another account is verified with this ID number"
            self.message_user(request, text, messages.ERROR)
        else:
            said = ", ".join(decision.values())
            self.log_change(request, submission, f"{word}: {said}")
            self.message_user(request, f"Submission {submission.pk}: {word}", messages.SUCCESS)

    @admin.action(description="Show ID number (is written down)", permissions=["unmask"])
    def show_id_number(self, request: HttpRequest, queryset: Submissions) -> HttpResponse | None:
        """Ask for a reason, record it, then show the ID number of one submission."""
        if queryset.count() != 1:
            self.message_user(request, "Choose one submission", messages.ERROR)
            return None
        form = UnmaskForm(sent_form(request))
        if not form.is_valid():
            return _ask(self, request, queryset, form, "Show an ID number")
        submission = queryset.get()
        try:
            id_number = services.show_id_number(
                submission=submission,
                operator=signed_in_user(request),
                reason=form.cleaned_data["reason"],
                now=clock.now(),
            )
        except UnreadableIdNumber:
            text = "This number cannot be read: its key is missing from FIELD_ENCRYPTION_KEYS"
            self.message_user(request, text, messages.ERROR)
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": "ID number",
            "submission": submission,
            "id_number": id_number,
        }
        return TemplateResponse(request, "kyc/id_number.html", context)


@admin.register(Unmasking)
class UnmaskingAdmin(ExactSearch, ReadOnlyAdmin):
    """The records that an operator saw an ID number, with time and reason."""

    list_display = ("id", "shown_at", "operator", "submission", "reason")
    list_filter = ("shown_at",)
    search_fields: ClassVar = ("submission__id",)


admin.site.unregister(User)


@admin.register(User)
class CustomerAdmin(UserAdmin):
    """The admin of accounts, with an action to change a customer's tier or revoke KYC."""

    # The erasure is proposed from here too; to name one action alone would drop it.
    actions: Any = (*UserAdmin.actions, "decide_kyc")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        fixed = super().get_readonly_fields(request, obj)
        return fixed if obj is None else (*fixed, "submissions")

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Show the customer's submissions beside the KYC status."""
        fieldsets = super().get_fieldsets(request, obj)
        return [
            (title, {**group, "fields": (*group["fields"], "submissions")})
            if title == "KYC"
            else (title, group)
            for title, group in fieldsets
        ]

    @admin.display(description="submissions")
    def submissions(self, customer: User) -> str:
        """Link to the customer's submissions."""
        links = (
            (reverse("admin:kyc_kycsubmission_change", args=[submission.pk]), str(submission))
            for submission in customer.kyc_submissions.all()
        )
        return format_html_join(", ", '<a href="{}">{}</a>', links) or "none"

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Return whether the operator may decide: it takes the right to change submissions."""
        return request.user.has_perm("kyc.change_kycsubmission")

    @admin.action(description="Change the tier, or reject and revoke", permissions=["decide"])
    def decide_kyc(
        self, request: HttpRequest, queryset: "QuerySet[User, User]"
    ) -> HttpResponse | None:
        """Ask for decision and reason, then decide."""
        form = CustomerForm(sent_form(request))
        if not form.is_valid():
            return _ask(self, request, queryset, form, "Decide about customers")
        for customer in queryset:
            self._decide(request, customer, form)
        return None

    def _decide(self, request: HttpRequest, customer: User, form: CustomerForm) -> None:
        reason = form.cleaned_data["reason"]
        try:
            services.decide_about_customer(
                user=customer,
                operator=signed_in_user(request),
                tier=form.tier(),
                reason=reason,
                now=clock.now(),
            )
        except services.OwnIdentity:
            text = f"{customer}: nobody decides about themselves"
            self.message_user(request, text, messages.ERROR)
        except services.SubmissionPending:
            text = f"{customer} has handed in details: decide about the submission"
            self.message_user(request, text, messages.ERROR)
        except services.SubmissionMissing:
            text = f"{customer} has no verified submission: nobody is verified without one"
            self.message_user(request, text, messages.ERROR)
        else:
            self.log_change(request, customer, f"KYC {form.cleaned_data['decision']}: {reason}")
            self.message_user(request, f"{customer}: decided", messages.SUCCESS)
