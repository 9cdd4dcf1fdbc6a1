"""Admin of requests for another phone number: an operator decides them with a reason."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from common import clock
from common.admin import ReadOnlyAdmin, ask, reason_field, sent_form
from users import phone_change
from users.admin_search import ExactSearch
from users.current import signed_in_user
from users.errors import NewPhoneNumberTaken
from users.models import PhoneChange
from users.phone import mask_phone_number

_APPROVAL = (
    "The account gets its new number, which is also its log-in name, and every sign-in ends. "
    "Approve only after proof that one customer owns account and number (docs/runbook.md)."
)
_REJECTION = "The number stays as it is. The customer reads your reason."


class ReasonForm(forms.Form):
    """Asks for the decision's reason, which is stored and shown to the customer."""

    reason = reason_field()


@admin.register(PhoneChange)
class PhoneChangeAdmin(ExactSearch, ReadOnlyAdmin):
    """The requests and their decisions, with actions to approve or reject."""

    list_display = ("id", "requested_at", "user", "masked_new", "status", "decided_by")
    list_filter = ("status", "requested_at")
    search_fields = ("user__id", "old_phone_number", "new_phone_number")
    actions = ("approve", "reject")

    @admin.display(description="new number")
    def masked_new(self, change: PhoneChange) -> str:
        """Return the new number masked; only the page of a single request shows it whole."""
        return mask_phone_number(change.new_phone_number)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Return whether the operator may decide: it takes the right to change requests."""
        return request.user.has_perm("users.change_phonechange")

    @admin.action(description="Approve, with a reason", permissions=["decide"])
    def approve(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Ask for the reason, then give each account its new number."""
        return self._decide(request, queryset, "approve", _APPROVAL, phone_change.approve_change)

    @admin.action(description="Reject, with a reason", permissions=["decide"])
    def reject(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Ask for the reason, then reject each request."""
        return self._decide(request, queryset, "reject", _REJECTION, phone_change.reject_change)

    def _decide(
        self,
        request: HttpRequest,
        changes: "QuerySet[PhoneChange]",
        action: str,
        consequence: str,
        decide: Callable[..., None],
    ) -> HttpResponse | None:
        form = ReasonForm(sent_form(request))
        if form.is_valid():
            for change in changes:
                self._decide_one(request, change, action, form.cleaned_data["reason"], decide)
            return None
        return ask(
            self,
            request,
            "users/decide_phone_changes.html",
            form,
            title=f"{action.capitalize()} changes of phone numbers",
            consequence=consequence,
            rows=changes,
        )

    def _decide_one(
        self,
        request: HttpRequest,
        change: PhoneChange,
        action: str,
        reason: str,
        decide: Callable[..., None],
    ) -> None:
        operator = signed_in_user(request)
        problem = None
        try:
            is_operator = change.user.is_staff or change.user.is_superuser
            if is_operator and not operator.is_superuser:
                problem = "this account is an operator's, for somebody with every right"
            else:
                decide(change.pk, operator=operator, reason=reason, now=clock.now())
        except phone_change.NotPending:
            problem = "it was decided already"
        except phone_change.OwnRequest:
            problem = "nobody decides about their own number"
        except phone_change.SameOperator:
            problem = "you set this account's password, so another operator approves its number"
        except NewPhoneNumberTaken as error:
            problem = error.error
        if problem is not None:
            self.message_user(request, f"Request {change.pk}: {problem}", messages.WARNING)
            return
        self.log_change(request, change, f"{action}: {reason}")
        self.message_user(request, f"Request {change.pk}: {action} done", messages.SUCCESS)
