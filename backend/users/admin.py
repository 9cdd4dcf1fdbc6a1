"""Admin of accounts: operators find, rename and deactivate them, each change with a reason.

Passwords and rights are proposed, and a second operator approves them. Phone numbers are masked in
lists, password hashes are never shown, and no account is deleted, since its deposits must keep
their owner.
"""

from typing import TYPE_CHECKING, Any

import pghistory
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.core.exceptions import PermissionDenied
from django.db import transaction as db_transaction
from django.http import Http404, HttpRequest
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from common import clock
from common.admin import BoundedAdmin
from users import account_proposals
from users.account_forms import RIGHTS, AddUserForm, ChangeUserForm, ReasonForm
from users.account_proposals_admin import AccountProposalAdmin, proposing, told_change
from users.admin_search import ExactSearch
from users.current import signed_in_user
from users.erasure_admin import ErasureRequestAdmin, propose_all
from users.models import User
from users.phone import mask_phone_number
from users.phone_change_admin import PhoneChangeAdmin
from users.rights_admin import GroupAdmin, RightsHistoryAdmin
from users.token_admin import AuthTokenAdmin

# Django's admin class takes its type parameter in stubs only.
if TYPE_CHECKING:
    BaseUserAdmin = DjangoUserAdmin[User]
else:
    BaseUserAdmin = DjangoUserAdmin

__all__ = [
    "AccountProposalAdmin", "AuthTokenAdmin", "ErasureRequestAdmin", "GroupAdmin",
    "PhoneChangeAdmin", "RightsHistoryAdmin", "UserAdmin",
]  # fmt: skip

_PROPOSED = "What you change here is proposed; another operator approves it."


@admin.register(User)
class UserAdmin(ExactSearch, BoundedAdmin, BaseUserAdmin):
    """The admin of accounts."""

    form = ChangeUserForm
    add_form = AddUserForm
    ordering = ("-id",)
    list_display = (
        "masked_phone_number", "full_name", "kyc_status", "tier", "is_active", "is_staff",
    )  # fmt: skip
    list_display_links = ("masked_phone_number",)
    list_filter = ("kyc_status", "tier", "is_active", "is_staff")
    search_fields = ("id", "phone_number")
    actions = ("propose_erasure",)
    fieldsets = (
        (None, {"fields": ("phone_number", "full_name", "is_active")}),
        ("KYC", {"fields": ("kyc_status", "tier")}),
        ("Rights", {"fields": RIGHTS, "description": _PROPOSED}),
        ("Dates", {"fields": ("created_at", "last_login")}),
        ("Why", {"fields": ("reason",)}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("phone_number", "full_name", "reason")}),
    )

    def has_propose_erasure_permission(self, request: HttpRequest) -> bool:
        """Return whether the operator may propose to erase customers."""
        return request.user.has_perm("users.propose_erasure")

    @admin.action(
        description="Propose to close the account, and erase name and number",
        permissions=["propose_erasure"],
    )
    def propose_erasure(self, request: HttpRequest, queryset: Any) -> Any:
        """Ask for the reason, then propose to erase each customer."""
        return propose_all(self, request, queryset, list(queryset))

    @admin.display(description="phone number", ordering="phone_number")
    def masked_phone_number(self, user: User) -> str:
        """Return the masked phone number, which is enough to tell accounts apart."""
        return mask_phone_number(user.phone_number)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Make the phone number read-only (prompts go to it), and rights where none is proposed."""
        if obj is None:
            return ()
        fixed = ("phone_number", "kyc_status", "tier", "created_at", "last_login")
        is_own = obj.pk == request.user.pk
        may_propose = request.user.has_perm("users.propose_rights") and not is_own
        return fixed if may_propose else (*fixed, *RIGHTS)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Let only those who may propose rights change another operator's account.

        A superuser's account is changed by superusers.
        """
        may = super().has_change_permission(request, obj)
        if not may or obj is None or obj == request.user or request.user.is_superuser:
            return may
        if obj.is_superuser:
            return False
        return not obj.is_staff or request.user.has_perm("users.propose_rights")

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Return False: accounts are deactivated instead of deleted."""
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Save the account; the history table's triggers store operator and reason."""
        reason = form.cleaned_data["reason"]
        with pghistory.context(operator=request.user.pk, reason=reason):
            if not change:
                # Nobody can log in before two operators set a password.
                obj.set_unusable_password()
                super().save_model(request, obj, form, change)
                return
            # Save only the changed columns: others may have changed since the row was read.
            columns = {field.name for field in obj._meta.concrete_fields}
            obj.save(update_fields=columns & set(form.changed_data) - _proposed(form))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Propose the rights in place of saving them."""
        proposed = _proposed(form)
        if not change or not proposed & set(form.changed_data):
            return
        user = User.objects.get(pk=form.instance.pk)
        after = {name: form.cleaned_data[name] for name in RIGHTS}
        after["is_active"] = "is_active" in proposed or user.is_active
        for name in ("groups", "user_permissions"):
            after[name] = [row.pk for row in after[name]]
        with proposing(self, request):
            account_proposals.propose_rights_of_user(
                user=user,
                after=after,
                operator=signed_in_user(request),
                reason=form.cleaned_data["reason"],
                now=clock.now(),
            )

    def user_change_password(
        self,
        request: HttpRequest,
        id: str,
        form_url: str = "",  # Django's name
    ) -> Any:
        """Propose a one-time password for another account, with a reason.

        Operators change their own where the current one is asked: their session may be stolen.
        """
        if id == str(request.user.pk):
            return redirect(f"{self.admin_site.name}:password_change")
        if not request.user.has_perm("users.propose_password"):
            raise PermissionDenied
        account = self.get_object(request, unquote(id))
        if account is None:
            raise Http404
        form = ReasonForm(request.POST if request.method == "POST" else None)
        if not form.is_valid():
            context = {
                **self.admin_site.each_context(request),
                "title": "Propose a one-time password",
                "account": account,
                "form": form,
            }
            return TemplateResponse(request, "users/propose_password.html", context)
        reason = form.cleaned_data["reason"]
        with db_transaction.atomic(), proposing(self, request):
            account_proposals.propose_password(
                user=account, operator=signed_in_user(request), reason=reason, now=clock.now()
            )
            self.log_change(request, account, f"proposed a one-time password: {reason}")
        return redirect(f"{self.admin_site.name}:users_user_change", account.pk)

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        """Return the text of the admin's own history: the changed fields and the reason."""
        return told_change(form, _proposed(form))


def _proposed(form: Any) -> set[str]:
    """Return the fields of an account's form that are proposed in place of saved.

    Besides rights, switching an operator on. Off is saved at once: a stolen account is locked out
    by the operator who sees it, and nobody has to be found first.
    """
    was = form.initial
    is_switched_on = form.cleaned_data.get("is_active") and was.get("is_active") is False
    if is_switched_on and (was.get("is_staff") or was.get("is_superuser")):
        return {*RIGHTS, "is_active"}
    return set(RIGHTS)
