"""Customers and operators as an operator sees them: found, verified with a reason, switched off.

Numbers are masked in lists, hashes are never shown, and nobody is deleted: money has a history.
"""

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pghistory
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest

from users.models import User
from users.phone import InvalidPhoneNumber, mask_phone_number, parse_phone_number
from users.phone_change_admin import PhoneChangeAdmin

# Django's forms and admin classes take their type parameter in stubs only.
if TYPE_CHECKING:
    UserCreationForm = AdminUserCreationForm[User]
    UserForm = forms.ModelForm[User]
    BaseUserAdmin = DjangoUserAdmin[User]
else:
    UserCreationForm = AdminUserCreationForm
    UserForm = forms.ModelForm
    BaseUserAdmin = DjangoUserAdmin

__all__ = ["PhoneChangeAdmin", "UserAdmin"]

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
    """What an operator may decide about an account."""

    kyc_reason = forms.CharField(
        max_length=500,
        required=False,
        label="reason for the KYC decision",
        help_text="Needed to change the status; kept in the account's history.",
    )

    class Meta:
        model = User
        fields = ("full_name", "is_active", "kyc_status", *_RIGHTS)

    def clean(self) -> dict[str, Any]:
        """Refuse a KYC decision without its reason."""
        cleaned = super().clean() or {}
        if "kyc_status" in self.changed_data and not cleaned.get("kyc_reason"):
            self.add_error("kyc_reason", "Write why: the decision is kept with its reason.")
        return cleaned


@admin.register(User)
class UserAdmin(BaseUserAdmin):
    """Accounts."""

    form = ChangeUserForm
    add_form = AddUserForm
    ordering = ("-id",)
    list_display = ("masked_phone_number", "full_name", "kyc_status", "is_active", "is_staff")
    list_display_links = ("masked_phone_number",)
    list_filter = ("kyc_status", "is_active", "is_staff")
    search_fields = ("phone_number", "full_name")
    fieldsets = (
        (None, {"fields": ("phone_number", "full_name", "is_active")}),
        ("KYC", {"fields": ("kyc_status", "kyc_reason")}),
        ("Rights", {"fields": _RIGHTS}),
        ("Dates", {"fields": ("created_at", "last_login")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("phone_number", "full_name")}),
        ("Password", {"classes": ("wide",), "fields": ("password1", "password2")}),
    )

    @admin.display(description="phone number", ordering="phone_number")
    def masked_phone_number(self, user: User) -> str:
        """Return enough of the number to tell people apart."""
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
        fixed = ("phone_number", "created_at", "last_login")
        return fixed if request.user.is_superuser else (*fixed, *_RIGHTS)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Keep operators from taking over an account that has more rights than theirs."""
        is_above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return super().has_change_permission(request, obj) and not is_above

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nobody is deleted; an account is switched off."""
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Save, with the operator and the reason in the history that triggers keep."""
        reason = form.cleaned_data.get("kyc_reason", "")
        with pghistory.context(operator=request.user.pk, reason=reason):
            super().save_model(request, obj, form, change)

    def construct_change_message(
        self, request: HttpRequest, form: Form, formsets: Any, add: bool = False
    ) -> list[dict[str, Any]]:
        """Write the KYC decision and its reason into the account's history."""
        message = super().construct_change_message(request, form, formsets, add)
        if "kyc_status" in form.changed_data:
            decision = f"KYC {form.cleaned_data['kyc_status']}: {form.cleaned_data['kyc_reason']}"
            message.append({"changed": {"fields": [decision]}})
        return message
