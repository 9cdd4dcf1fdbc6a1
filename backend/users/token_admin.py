"""API tokens as an operator sees them: listed and ended, never made or read.

The packages' own pages are taken away: knox' would make a token for anybody, and django-otp's would
show the secrets of a second factor, or let one operator make one for another.
"""

from importlib import import_module

from django.contrib import admin
from django.http import HttpRequest
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from knox.models import AuthToken

from common.admin import ReadOnlyAdmin

# They register their pages when they are imported, which Django would do later than this.
for package in ("knox", "django_otp.plugins.otp_totp", "django_otp.plugins.otp_static"):
    import_module(f"{package}.admin")
admin.site.unregister([AuthToken, TOTPDevice, StaticDevice])


@admin.register(AuthToken)
class AuthTokenAdmin(ReadOnlyAdmin):
    """Whose programs may act as whom, and until when."""

    list_display = ("token_key", "user", "created", "expiry")
    search_fields = ("token_key", "user__phone_number")
    fields = ("token_key", "user", "created", "expiry")

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Ending a token needs the right to delete tokens."""
        return request.user.has_perm("knox.delete_authtoken")
