"""The forms of the admin's pages about accounts, groups and their proposals."""

from typing import TYPE_CHECKING

from django import forms
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError

from common.admin import reason_field
from users.models import User
from users.phone import InvalidPhoneNumber, parse_phone_number

# Django's forms take their type parameter in stubs only.
if TYPE_CHECKING:
    UserForm = forms.ModelForm[User]
    GroupModelForm = forms.ModelForm[Group]
else:
    UserForm = GroupModelForm = forms.ModelForm

_KEPT = "Internal; kept in the history of the account."
#: The fields of rights on an account's page: what is changed in them is proposed.
RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


class ReasonForm(forms.Form):
    """Asks for the reason of a decision."""

    reason = reason_field("Internal; kept with the proposal.")


class AddUserForm(UserForm):
    """Creates an account, without a password: one takes two operators."""

    reason = reason_field(_KEPT)

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
    """Changes name and active flag, and proposes rights; the kyc app changes the KYC fields."""

    reason = reason_field(_KEPT)

    class Meta:
        model = User
        fields = ("full_name", "is_active", *RIGHTS)


class GroupForm(GroupModelForm):
    """Creates a group, or proposes other permissions of one."""

    reason = reason_field("Internal; kept in the history of rights.")

    class Meta:
        model = Group
        fields = ("name", "permissions")
