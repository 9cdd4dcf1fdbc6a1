"""Admin of API tokens: operators list them and end them with a reason, but make or read none.

The packages' own admin pages are removed: knox's could make a token for any user, and django-otp's
would show the secrets of a second factor, or let one operator enrol another.
"""

from importlib import import_module
from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction as db_transaction
from django.http import HttpRequest, HttpResponse
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from knox.models import AuthToken

from common.admin import ReadOnlyAdmin, ask, reason_field, sent_form
from users.admin_search import ExactSearch

# These modules register their pages when imported. Import them now: Django would do it later, after
# the `unregister` below.
for package in ("knox", "django_otp.plugins.otp_totp", "django_otp.plugins.otp_static"):
    import_module(f"{package}.admin")
admin.site.unregister([AuthToken, TOTPDevice, StaticDevice])


class EndForm(forms.Form):
    """Asks why the tokens are ended."""

    reason = reason_field("Internal; kept in the history of the account.")


@admin.register(AuthToken)
class AuthTokenAdmin(ExactSearch, ReadOnlyAdmin):
    """API tokens with their owner and expiry, and an action to end them."""

    list_display = ("token_key", "user", "created", "expiry")
    search_fields = ("token_key", "user__phone_number")
    fields = ("token_key", "user", "created", "expiry")
    actions = ("end",)

    def has_end_permission(self, request: HttpRequest) -> bool:
        """Return whether the operator may end tokens: it takes the right to delete them."""
        return request.user.has_perm("knox.delete_authtoken")

    @admin.action(description="End, with a reason", permissions=["end"])
    def end(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Ask for the reason, then delete; the admin's history of the owner keeps both."""
        form = EndForm(sent_form(request))
        if not form.is_valid():
            template, title = "users/end_tokens.html", "End tokens"
            return ask(self, request, template, form, title=title, rows=queryset)
        with db_transaction.atomic():
            for token in queryset:
                said = f"ended token {token.token_key}: {form.cleaned_data['reason']}"
                self.log_change(request, token.user, said)
                token.delete()
        self.message_user(request, "Ended")
        return None
