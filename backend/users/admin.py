"""Admin of accounts: operators find, rename and deactivate them, each change with a reason.

Phone numbers are masked in lists, password hashes are never shown, and no account is deleted, since
its deposits must keep their owner.
"""

from typing import TYPE_CHECKING, Any

import pghistory
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm
from django.core.exceptions import ValidationError
from django.db import transaction as db_transaction
from django.http import HttpRequest
from django.shortcuts import redirect

from common.admin import BoundedAdmin, reason_field
from common.db import refused_as
from users.admin_search import ExactSearch
from users.models import User
from users.phone import InvalidPhoneNumber, mask_phone_number, parse_phone_number
from users.phone_change_admin import PhoneChangeAdmin
from users.rights_admin import GroupAdmin, RightsHistoryAdmin
from users.token_admin import AuthTokenAdmin

# Django's forms and admin classes take their type parameter in stubs only.
if TYPE_CHECKING:
    UserCreationForm = AdminUserCreationForm[User]
    UserForm = forms.ModelForm[User]
    PasswordForm = AdminPasswordChangeForm[User]
    BaseUserAdmin = DjangoUserAdmin[User]
else:
    UserCreationForm = AdminUserCreationForm
    UserForm = forms.ModelForm
    PasswordForm = AdminPasswordChangeForm
    BaseUserAdmin = DjangoUserAdmin

__all__ = ["AuthTokenAdmin", "GroupAdmin", "PhoneChangeAdmin", "RightsHistoryAdmin", "UserAdmin"]

_KEPT = "Internal; kept in the history of the account."
#: What the guard `password_apart` says.
_APART = "the approver of its number sets no password"
_RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


class _SameOperator(Exception):
    """The operator approved the account's number, and sets no password of it."""


class AddUserForm(UserCreationForm):
    """Creates an account."""

    class Meta:
        model = User
        fields = ("phone_number", "full_name")

    def clean_phone_number(self) -> str:
        """Return the phone number as an MSISDN."""
        try:
            return parse_phone_number(self.cleaned_data["phone_number"])
        except InvalidPhoneNumber as error:
            raise ValidationError("This is not a Kenyan mobile number.") from error


class ChangeUserForm(UserForm):
    """Changes name, active flag and rights; the kyc app changes `kyc_status` and `tier`."""

    reason = reason_field(_KEPT)

    class Meta:
        model = User
        fields = ("full_name", "is_active", *_RIGHTS)


class SetPasswordForm(PasswordForm):
    """Sets an account's password, or removes it."""

    reason = reason_field(_KEPT)

    @property
    def changed_data(self) -> list[str]:
        """Return `password`: a valid form always changes it, also when it removes it."""
        return ["password"]


@admin.register(User)
class UserAdmin(ExactSearch, BoundedAdmin, BaseUserAdmin):
    """The admin of accounts."""

    form = ChangeUserForm
    add_form = AddUserForm
    change_password_form = SetPasswordForm
    # pragma: allowlist nextline secret
    change_user_password_template = "users/change_password.html"  # noqa: S105  # a path
    ordering = ("-id",)
    list_display = (
        "masked_phone_number", "full_name", "kyc_status", "tier", "is_active", "is_staff",
    )  # fmt: skip
    list_display_links = ("masked_phone_number",)
    list_filter = ("kyc_status", "tier", "is_active", "is_staff")
    search_fields = ("id", "phone_number")
    fieldsets = (
        (None, {"fields": ("phone_number", "full_name", "is_active")}),
        ("KYC", {"fields": ("kyc_status", "tier")}),
        ("Rights", {"fields": _RIGHTS}),
        ("Dates", {"fields": ("created_at", "last_login")}),
        ("Why", {"fields": ("reason",)}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("phone_number", "full_name")}),
        ("Password", {"classes": ("wide",), "fields": ("password1", "password2")}),
    )

    @admin.display(description="phone number", ordering="phone_number")
    def masked_phone_number(self, user: User) -> str:
        """Return the masked phone number, which is enough to tell accounts apart."""
        return mask_phone_number(user.phone_number)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Make the phone number read-only (prompts go to it), and rights too but for superusers."""
        if obj is None:
            return ()
        fixed = ("phone_number", "kyc_status", "tier", "created_at", "last_login")
        return fixed if request.user.is_superuser else (*fixed, *_RIGHTS)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Let only superusers change another operator's account: its password gives its rights."""
        is_operator = obj is not None and (obj.is_staff or obj.is_superuser) and obj != request.user
        is_above = is_operator and not request.user.is_superuser
        return super().has_change_permission(request, obj) and not is_above

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Return False: accounts are deactivated instead of deleted."""
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Save the account; the history table's triggers store operator and reason."""
        reason = form.cleaned_data.get("reason", "new account")
        with pghistory.context(operator=request.user.pk, reason=reason):
            if not change:
                super().save_model(request, obj, form, change)
                return
            # Save only the changed columns: others may have changed since the row was read.
            columns = {field.name for field in obj._meta.concrete_fields}
            obj.save(update_fields=columns & set(form.changed_data))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save groups and rights; their history gets operator and reason too."""
        reason = form.cleaned_data.get("reason", "new account")
        with pghistory.context(operator=request.user.pk, reason=reason):
            super().save_related(request, form, formsets, change)

    def user_change_password(
        self,
        request: HttpRequest,
        id: str,
        form_url: str = "",  # Django's name
    ) -> Any:
        """Set another account's password; the history gets operator and reason.

        Operators change their own where the current one is asked: their session may be stolen.
        """
        if id == str(request.user.pk):
            return redirect(f"{self.admin_site.name}:password_change")
        reason = request.POST.get("reason", "").strip()[:255]
        try:
            with (
                refused_as(_SameOperator, _APART),
                db_transaction.atomic(),
                pghistory.context(operator=request.user.pk, reason=reason),
            ):
                return super().user_change_password(request, id, form_url)
        except _SameOperator:
            says = "You approved this account's number, so another operator sets its password."
            self.message_user(request, says, messages.ERROR)
            return redirect(request.path)

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        """Return the text of the admin's own history: the changed fields and the reason."""
        if add:
            return super().construct_change_message(request, form, formsets, add)
        changed = ", ".join(name for name in form.changed_data if name != "reason")
        return f"{changed or 'nothing'}: {form.cleaned_data['reason']}"
