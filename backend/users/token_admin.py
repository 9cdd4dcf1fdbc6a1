"""API tokens as an operator sees them: listed and ended with a reason, never made or read.

The packages' own pages are taken away: knox' would make a token for anybody, and django-otp's would
show the secrets of a second factor, or let one operator make one for another.
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

# They register their pages when they are imported, which Django would do later than this.
for package in ("knox", "django_otp.plugins.otp_totp", "django_otp.plugins.otp_static"):
    import_module(f"{package}.admin")
admin.site.unregister([AuthToken, TOTPDevice, StaticDevice])


class EndForm(forms.Form):
    """Why the user's programs are signed out."""

    reason = reason_field("Internal; kept in the history of the account.")


@admin.register(AuthToken)
class AuthTokenAdmin(ReadOnlyAdmin):
    """API tokens: whose they are, and until when they are valid."""

    list_display = ("token_key", "user", "created", "expiry")
    search_fields = ("token_key", "user__phone_number")
    fields = ("token_key", "user", "created", "expiry")
    actions = ("end",)

    def has_end_permission(self, request: HttpRequest) -> bool:
        """Ending a token needs the right to delete tokens."""
        return request.user.has_perm("knox.delete_authtoken")

    @admin.action(description="End, with a reason", permissions=["end"])
    def end(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Ask why, then delete; the history of the token's owner keeps who and why."""
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
