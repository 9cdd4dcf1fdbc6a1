"""The admin's log-in: number, password and a code, for operators only, for a working day."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from common import clock
from users import second_factor
from users.browser import counted_as_log_in
from users.models import User

#: From the log-in on, whatever happens in between.
SESSION_LIFETIME = timedelta(hours=8)


class SecondFactorForm(AdminAuthenticationForm):
    """One error for a mistake in any of the three, so that none can be tried alone."""

    error_messages = {
        **AdminAuthenticationForm.error_messages,
        "invalid_login": (
            "Please enter the phone number, password and code of an operator. A code works once."
        ),
    }
    code = forms.CharField(
        max_length=32,
        help_text="From your authenticator app, or a recovery code.",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        """Look at the password only when a code came with it, then at the code."""
        if "code" not in self.cleaned_data:
            return self.cleaned_data
        cleaned: dict[str, Any] = super().clean()
        user = self.get_user()
        if isinstance(user, User):
            self._verify(user, cleaned["code"])
        return cleaned

    def _verify(self, user: User, code: str) -> None:
        device = second_factor.verify(user, code)
        if device is None:
            # A wrong code counts like a wrong password: it leads to the same lock.
            credentials = {"username": user.phone_number}
            user_login_failed.send(__name__, credentials=credentials, request=self.request)
            raise self.get_invalid_login_error()
        # django-otp writes it into the session at the log-in.
        user.otp_device = device  # type: ignore[attr-defined]


def _is_verified(user: object) -> bool:
    """Say whether the second factor was given in this session (django-otp sets the attribute)."""
    return getattr(user, "otp_device", None) is not None


class SecondFactorAdminSite(AdminSite):
    """Django's admin for operators who gave a code in this session."""

    login_form = SecondFactorForm
    login_template = "users/admin_login.html"

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and _is_verified(request.user)

    @method_decorator(never_cache)
    @method_decorator(counted_as_log_in)
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the form, or open a session that expires."""
        response = super().login(request, extra_context)
        if request.method == "POST" and _is_verified(request.user):
            request.session.set_expiry(clock.now() + SESSION_LIFETIME)
        return response
