"""How a request says who sends it: session, token, or, in development only, a header.

An account that was switched off is still recognised here, so that users.permissions can answer
403 `account_blocked` instead of an unhelpful 401.
"""

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.utils import timezone
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from rest_framework.authentication import BaseAuthentication
from rest_framework.authentication import SessionAuthentication as DjangoSessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from common.api import CsrfFailed
from users.models import User
from users.phone import InvalidPhoneNumber, parse_phone_number

#: The challenge of every 401. Not `Basic`: a browser would open its own password box.
CHALLENGE = "Token"


class TokenAuthentication(KnoxTokenAuthentication):  # type: ignore[misc] # knox has no types
    """`Authorization: Token …`, knox's: hashed at rest, expiring. A bad one is a 401."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, Any]:
        """Return the token's user, or refuse text that can be no token before any lookup."""
        if not (token.isascii() and token.isalnum()):
            raise AuthenticationFailed
        user, auth_token = super().authenticate_credentials(token)
        return user, auth_token

    def validate_user(self, auth_token: Any) -> tuple[User, Any]:
        """Return also an account that was switched off (knox would answer 401)."""
        return auth_token.user, auth_token

    def _cleanup_token(self, auth_token: Any) -> bool:
        """Drop this token when it has expired. Knox reads all of the user's tokens each time."""
        if auth_token.expiry is None or auth_token.expiry >= timezone.now():
            return False
        auth_token.delete()
        return True


class SessionAuthentication(DjangoSessionAuthentication):
    """The browser's session; unsafe methods need its CSRF token."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        """Return the session's user, active or not, after the CSRF check."""
        user = getattr(request._request, "user", None)
        if user is None or not user.is_authenticated:
            return None
        self.enforce_csrf(request)
        return user, None

    def enforce_csrf(self, request: Request) -> None:
        """Refuse with the code `csrf_failed`; DRF's own error has none."""
        try:
            super().enforce_csrf(request)
        except PermissionDenied as error:
            raise CsrfFailed from error

    def authenticate_header(self, request: Request) -> str:
        """Name the challenge, which makes the refusal a 401 rather than a 403."""
        return CHALLENGE


class DevelopmentHeaderAuthentication(BaseAuthentication):
    """`X-User-Phone-Number: 2547…`, the seed's curl line: with DEBUG and MPESA_DEBUG only.

    It comes last and gives way to any Authorization header, so it never replaces a real sign-in.
    """

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        """Return the user of that number; a number of nobody is a 401."""
        phone_number = request.META.get("HTTP_X_USER_PHONE_NUMBER")
        if phone_number is None or not settings.DEV_HEADER_ENABLED:
            return None
        if "HTTP_AUTHORIZATION" in request.META:
            return None
        try:
            found = parse_phone_number(phone_number)
            return get_user_model().objects.get(phone_number=found), None
        except (InvalidPhoneNumber, User.DoesNotExist) as error:
            raise AuthenticationFailed from error

    def authenticate_header(self, request: Request) -> str:
        """Name the challenge of a 401."""
        return CHALLENGE
