"""Authentication of API requests: by session, token, or in development by a header.

Users of deactivated accounts are authenticated too, so that users.permissions can answer 403
`account_blocked` instead of an unhelpful 401.
"""

from typing import Any, cast

from django.conf import settings
from django.contrib.auth import get_user_model
from django.utils import timezone
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from knox.crypto import hash_token
from rest_framework.authentication import BaseAuthentication
from rest_framework.authentication import SessionAuthentication as DjangoSessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from common.api import CsrfFailed
from users import sign_in
from users.models import User
from users.phone import InvalidPhoneNumber, parse_phone_number
from users.session_account import accept_account
from users.sessions import SessionStore

#: The WWW-Authenticate header of every 401. For `Basic` a browser would open a password dialog.
CHALLENGE = "Token"


class TokenAuthentication(KnoxTokenAuthentication):  # type: ignore[misc] # knox has no types
    """`Authorization: Token …`: knox tokens, stored as hashes, which expire; a bad one is a 401."""

    _request: Request

    def authenticate(self, request: Request) -> tuple[User, Any] | None:
        """Return (user, token), also for an inactive user; None without an Authorization header."""
        self._request = request
        signed_in: tuple[User, Any] | None = super().authenticate(request)
        return signed_in

    def authenticate_credentials(self, token: bytes) -> tuple[User, Any]:
        """Return (user, token); reject malformed tokens before any query."""
        if not (token.isascii() and token.isalnum()):
            raise AuthenticationFailed
        joined = sign_in.joined_row_of(self._request)
        found = sign_in.find_by_token(hash_token(token.decode()), joined)
        if found is None or self._cleanup_token(found.token):
            raise AuthenticationFailed
        if joined is not None:
            sign_in.keep_row(self._request, found)
        # Also for an inactive user, for whom knox would answer 401.
        return found.user, found.token

    def _cleanup_token(self, auth_token: Any) -> bool:
        """Delete this token if it has expired, and return whether it had.

        Knox's own method would read all tokens of the user each time.
        """
        if auth_token.expiry is None or auth_token.expiry >= timezone.now():
            return False
        auth_token.delete()
        return True


class SessionAuthentication(DjangoSessionAuthentication):
    """The session cookie of a browser; unsafe methods need the CSRF token too."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        """Return the session's user, active or not, after the checks of account and CSRF.

        Raises:
            SessionChanged: the request is meant for another account (users.session_account).
            CsrfFailed: an unsafe request without the session's CSRF token.
        """
        user = self._read_together(request) or self._read_apart(request)
        if user is None:
            return None
        # Before the CSRF token, which a log-in changes: a page of the account before learns why.
        accept_account(request, user)
        self.enforce_csrf(request)
        return user, None

    @staticmethod
    def _read_together(request: Request) -> User | None:
        """Return the user, if one query can read session, user and the view's row together."""
        session = getattr(request._request, "session", None)
        if not isinstance(session, SessionStore):
            return None
        wanted = sign_in.joined_row_of(request)
        joined = wanted or sign_in.joined_row_of_remembered_user(session)
        if joined is None:
            return None
        found = sign_in.find_by_session(session, joined, timezone.now())
        if found is None:
            return None
        if wanted is not None:
            sign_in.keep_row(request, found)
        return found.user

    @staticmethod
    def _read_apart(request: Request) -> User | None:
        """Return the session's user as Django's own middleware reads it."""
        user = getattr(request._request, "user", None)
        if user is None or not user.is_authenticated:
            return None
        session = getattr(request._request, "session", None)
        if isinstance(session, SessionStore):
            sign_in.remember_owner(session, user)
        return cast("User", user)

    def enforce_csrf(self, request: Request) -> None:
        """Check CSRF, with the error code `csrf_failed` instead of DRF's `permission_denied`."""
        try:
            super().enforce_csrf(request)
        except PermissionDenied as error:
            raise CsrfFailed from error

    def authenticate_header(self, request: Request) -> str:
        """Return the WWW-Authenticate header; without one DRF would answer 403 instead of 401."""
        return CHALLENGE


class DevelopmentHeaderAuthentication(BaseAuthentication):
    """`X-User-Phone-Number: 2547…`, for curl in development; needs DEBUG and MPESA_DEBUG.

    It comes last and is ignored beside an Authorization header, so it never replaces a sign-in.
    """

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        """Return the user with that phone number; an unknown number is a 401."""
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
        """Return the WWW-Authenticate header of a 401."""
        return CHALLENGE
