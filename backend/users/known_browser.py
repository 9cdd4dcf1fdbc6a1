"""Known browsers: wrong passwords from a browser that its owner signed in with count separately.

Otherwise anybody who knows a phone number could lock its owner out, by wrong passwords from the
same network or from a few addresses. The browser's cookie gives no access: it only selects the
count of failures. A program gets the cookie with its token, and is known while it sends it back.
"""

import secrets
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import salted_hmac

from users.models import User

COOKIE = "known"
COOKIE_AGE = timedelta(days=90)

# The name of a browser that gave a second factor begins with this; no other name can, because
# token_urlsafe writes no dot.
_GAVE_CODE = "code."

#: Names of the routes that open a session or make a token.
LOG_IN_ROUTES = {
    "auth-signup", "auth-login", "auth-token", "auth-recovery-confirm", "rest_framework:login",
    "admin:login",
}  # fmt: skip


def hash_number(number: str) -> str:
    """Return a keyed hash of the phone number, equal for all its spellings."""
    spelling = User.objects.normalise(number)
    return salted_hmac("users.lockout", spelling, algorithm="sha256").hexdigest()


def find_browser(request: HttpRequest, hashed_number: str) -> str | None:
    """Return the random name in this browser's cookie if the number's owner has signed in with it.

    None for a missing, forged or expired cookie, or one of another number.
    """
    try:
        owner, browser = signing.loads(
            request.COOKIES.get(COOKIE, ""), salt=__name__, max_age=COOKIE_AGE
        )
    except signing.BadSignature:
        return None
    return str(browser) if owner == hashed_number else None


def has_given_code(request: HttpRequest, number: str) -> bool:
    """Return whether the number's owner has given a second factor with this browser."""
    browser = find_browser(request, hash_number(number))
    return browser is not None and browser.startswith(_GAVE_CODE)


class KnownBrowserMiddleware:
    """Sets a browser's cookie at every sign-in, with a new random name each time.

    If a cookie is stolen, its failures no longer count against the owner after the next sign-in.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        place = request.resolver_match.view_name if request.resolver_match else ""
        is_open = request.method == "POST" and place in LOG_IN_ROUTES and response.status_code < 400
        if is_open and isinstance(request.user, User):
            _remember(response, request.user)
        return response


def _remember(response: HttpResponseBase, user: User) -> None:
    # django-otp sets the attribute when a session gives a second factor.
    mark = _GAVE_CODE if getattr(user, "otp_device", None) is not None else ""
    known = [hash_number(user.phone_number), mark + secrets.token_urlsafe(16)]
    response.set_cookie(
        COOKIE,
        signing.dumps(known, salt=__name__),
        max_age=COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
