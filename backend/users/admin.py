"""Customers and operators as an operator sees them: found, renamed, switched off, with a reason.

Numbers are masked in lists, hashes are never shown, and nobody is deleted: money has a history.
"""

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pghistory
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from common.admin import reason_field
from users.models import User
from users.phone import InvalidPhoneNumber, mask_phone_number, parse_phone_number
from users.phone_change_admin import PhoneChangeAdmin
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

__all__ = ["AuthTokenAdmin", "PhoneChangeAdmin", "UserAdmin"]

_KEPT = "Internal; kept in the history of the account."
_RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


class AddUserForm(UserCreationForm):
    """A new account, made by an operator."""

    class Meta:
        model = User
        fields = ("phone_number", "full_name")

    def clean_phone_number(self) -> str:
        """Return the number as it is stored."""
        try:
            return parse_phone_number(self.cleaned_data["phone_number"])
        except InvalidPhoneNumber as error:
            raise ValidationError("This is not a Kenyan mobile number.") from error


class ChangeUserForm(UserForm):
    """What an operator may change of an account. Whether to believe it is kyc's decision."""

    reason = reason_field(_KEPT)

    class Meta:
        model = User
        fields = ("full_name", "is_active", *_RIGHTS)


class SetPasswordForm(PasswordForm):
    """Another password for somebody, or none."""

    reason = reason_field(_KEPT)

    @property
    def changed_data(self) -> list[str]:
        """Name what a valid form always changes, also when it takes the password away."""
        return ["password"]


@admin.register(User)
class UserAdmin(BaseUserAdmin):
    """Accounts."""

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
    search_fields = ("phone_number", "full_name")
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
        """Return enough of the number to tell accounts apart."""
        return mask_phone_number(user.phone_number)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """Find a number under any spelling."""
        with suppress(InvalidPhoneNumber):
            search_term = parse_phone_number(search_term)
        return super().get_search_results(request, queryset, search_term)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Keep the number fixed (prompts go to it), and rights to those who have them all."""
        if obj is None:
            return ()
        fixed = ("phone_number", "kyc_status", "tier", "created_at", "last_login")
        return fixed if request.user.is_superuser else (*fixed, *_RIGHTS)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Keep operators from taking over another operator's account, whose rights differ."""
        is_operator = obj is not None and (obj.is_staff or obj.is_superuser) and obj != request.user
        is_above = is_operator and not request.user.is_superuser
        return super().has_change_permission(request, obj) and not is_above

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nobody is deleted; an account is switched off."""
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Save, with operator and reason in the history that triggers keep."""
        reason = form.cleaned_data.get("reason", "new account")
        with pghistory.context(operator=request.user.pk, reason=reason):
            if not change:
                super().save_model(request, obj, form, change)
                return
            # Only what was changed: the rest may have moved since it was read.
            columns = {field.name for field in obj._meta.concrete_fields}
            obj.save(update_fields=columns & set(form.changed_data))

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        """Say what was changed and why, in the history that the operator reads."""
        if add:
            return super().construct_change_message(request, form, formsets, add)
        changed = ", ".join(name for name in form.changed_data if name != "reason")
        return f"{changed or 'nothing'}: {form.cleaned_data['reason']}"
