"""The admin's log-in: operators give phone number, password and a code; it lasts 8 hours."""

import logging
from datetime import timedelta
from functools import wraps
from typing import Any

from django import forms
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import BadRequest, ValidationError
from django.db import DataError, NotSupportedError, ProgrammingError
from django.db import transaction as db_transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from common import clock
from common.security_log import log_event
from users import known_browser, second_factor
from users.browser import answers_locks
from users.models import User

logger = logging.getLogger(__name__)

#: Counted from the log-in; activity does not extend it.
SESSION_LIFETIME = timedelta(hours=8)


class SecondFactorForm(AdminAuthenticationForm):
    """The log-in form; number, password and code share one error, so none can be guessed alone."""

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
        """Check the password only if a code was sent, then the code."""
        if "code" not in self.cleaned_data:
            return self.cleaned_data
        cleaned: dict[str, Any] = super().clean()
        user = self.get_user()
        if isinstance(user, User):
            self._verify(user, cleaned["code"])
        return cleaned

    def _verify(self, user: User, code: str) -> None:
        is_known = self.request is not None and known_browser.has_given_code(
            self.request, user.phone_number
        )
        device = second_factor.verify(user, code, is_known=is_known)
        if device is None:
            log_event("second_factor_wrong", request=self.request, user=user.pk)
            # A wrong code counts towards the same lock as a wrong password.
            credentials = {"username": user.phone_number}
            user_login_failed.send(__name__, credentials=credentials, request=self.request)
            raise self.get_invalid_login_error()
        log_event("second_factor_right", request=self.request, level=logging.INFO, user=user.pk)
        # At the log-in django-otp stores this device in the session.
        user.otp_device = device  # type: ignore[attr-defined]


#: What becomes of a value that a machine typed into a list's address. PostgreSQL: out of range, no
#: number, a broken pattern, an operator that the column does not have. Django: a year beyond the
#: calendar, a range of one end, a number that is no address.
_UNREADABLE = (
    DataError, ProgrammingError, NotSupportedError,
    ValueError, TypeError, IndexError, OverflowError,
)  # fmt: skip
_NUL = "\x00"


def _is_readable(form: QueryDict, page: object) -> bool:
    """Return whether a form has no NUL and names rows by keys that can be keys of the page."""
    values = [value for name, found in form.lists() for value in (name, *found)]
    if any(_NUL in str(value) for value in values):
        return False
    if not isinstance(page, ModelAdmin):
        return True
    try:
        for key in form.getlist(ACTION_CHECKBOX_NAME):
            page.model._meta.pk.to_python(key)
    except ValidationError:
        return False
    return True


def _is_verified(user: object) -> bool:
    """Return whether this session has given a second factor; django-otp sets the attribute."""
    return getattr(user, "otp_device", None) is not None


class SecondFactorAdminSite(AdminSite):
    """Django's admin, open to operators who gave a code in this session."""

    login_form = SecondFactorForm
    login_template = "users/admin_login.html"

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and _is_verified(request.user)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Wrap a page: an address or form whose values the database cannot read is answered 400.

        The body of a page with `reads_large_body` is left to it: it first asks for the right.
        """
        is_large = getattr(view, "reads_large_body", False)
        page = getattr(view, "__self__", None)
        is_list = getattr(view, "__name__", "") == "changelist_view"

        @wraps(view)
        def careful(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            is_form = request.method == "POST" and not is_large
            if is_form and not _is_readable(request.POST, page):
                raise BadRequest("a form that cannot be read")
            if request.method != "GET" or not request.GET or not is_list:
                answer: HttpResponse = view(request, *args, **kwargs)
                return answer
            try:
                with db_transaction.atomic():
                    listed: HttpResponse = view(request, *args, **kwargs)
                    if isinstance(listed, TemplateResponse):
                        # The list's last queries run here; rendered again, nothing happens.
                        listed.render()
                    return listed
            except _UNREADABLE as error:
                logger.warning("an address of the admin cannot be read", exc_info=True)
                raise BadRequest("a filter that cannot be read") from error

        return super().admin_view(careful, cacheable)

    @method_decorator(never_cache)
    @method_decorator(answers_locks)
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the form, or open a session that expires after SESSION_LIFETIME."""
        response = super().login(request, extra_context)
        if request.method == "POST" and _is_verified(request.user):
            request.session.set_expiry(clock.now() + SESSION_LIFETIME)
        return response
