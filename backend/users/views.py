"""Signing up, in and out (docs/api.md §3). The rules live in users.services."""

from typing import cast

from django.contrib.auth import login, logout
from django.middleware.csrf import get_token
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import extend_schema
from knox.models import AuthToken
from rest_framework.exceptions import Throttled
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.schema import errors
from users import privacy, services
from users.authentication import SessionAuthentication
from users.models import User
from users.schema import SESSION_OR_NOTHING
from users.serializers import (
    CredentialsSerializer,
    CsrfSerializer,
    MeSerializer,
    SignUpSerializer,
    TokenSerializer,
)
from users.throttles import SignUpThrottle

_LOG_IN_CODES = {"s401": ("invalid_credentials",), "s403": ("account_blocked", "csrf_failed")}


def _me(user: User, *, status: int = 200) -> Response:
    return Response(MeSerializer(user).data, status=status)


def _checked_user(request: Request) -> User:
    """Return the user whom the body's credentials name."""
    body = CredentialsSerializer(data=request.data)
    body.is_valid(raise_exception=True)
    user = services.check_credentials(request._request, **body.validated_data)
    # A request for a token opens no session, so tell the middlewares the user here.
    request.user = user
    return user


@method_decorator(never_cache, name="dispatch")
class CsrfView(APIView):
    """The CSRF token, for pages that cannot read the cookie."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(operation_id="auth_csrf", responses={200: CsrfSerializer, **errors(406)})
    def get(self, request: Request) -> Response:
        """Answer the token and set its cookie."""
        return Response({"csrf_token": get_token(request._request)})


@method_decorator(never_cache, name="dispatch")
class SignUpView(APIView):
    """A new account."""

    # Only sessions are read, so that a request with a session cookie needs a CSRF token.
    authentication_classes = [SessionAuthentication]
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="auth_signup",
        request=SignUpSerializer,
        responses={
            201: MeSerializer,
            **errors(400, 403, 409, 413, 415, 429, s409=("phone_number_taken",)),
        },
        auth=SESSION_OR_NOTHING,
    )
    def post(self, request: Request) -> Response:
        """Store the customer and open a session."""
        body = SignUpSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        # Counted only now: a body that creates nothing must not use up the rate of an address that
        # others share. A taken number is counted, because its answer tells of an account.
        wait_s = SignUpThrottle().seconds_to_wait(request)
        if wait_s is not None:
            raise Throttled(wait_s)
        accepted = body.validated_data.pop("privacy_version", "")
        user = services.sign_up(**body.validated_data)
        privacy.accept(user, version=accepted, request=request._request, now=clock.now())
        login(request._request, user)
        return _me(user, status=201)


@method_decorator(never_cache, name="dispatch")
class LogInView(APIView):
    """A session for a browser."""

    authentication_classes = [SessionAuthentication]
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="auth_login",
        request=CredentialsSerializer,
        responses={200: MeSerializer, **errors(400, 401, 403, 413, 415, 429, **_LOG_IN_CODES)},
        auth=SESSION_OR_NOTHING,
    )
    def post(self, request: Request) -> Response:
        """Open a session under a new key."""
        user = _checked_user(request)
        login(request._request, user)
        return _me(user)


@method_decorator(never_cache, name="dispatch")
class TokenView(APIView):
    """A token for a program."""

    authentication_classes = [SessionAuthentication]
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="auth_token",
        request=CredentialsSerializer,
        responses={200: TokenSerializer, **errors(400, 401, 403, 413, 415, 429, **_LOG_IN_CODES)},
        auth=SESSION_OR_NOTHING,
    )
    def post(self, request: Request) -> Response:
        """Make a token. It is shown this once: only its hash is stored."""
        stored, token = services.issue_token(_checked_user(request))
        answer = {"token": token, "expires_at": stored.expiry}
        return Response(TokenSerializer(answer).data)


@method_decorator(never_cache, name="dispatch")
class LogOutView(APIView):
    """The end of a session, or of the token that asks for it."""

    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="auth_logout", request=None, responses={204: None, **errors(401, 403)}
    )
    def post(self, request: Request) -> Response:
        """Sign out; harmless when signed out already."""
        if isinstance(request.auth, AuthToken):
            request.auth.delete()
        logout(request._request)
        return Response(status=204)


@method_decorator(never_cache, name="dispatch")
class MeView(APIView):
    """The signed-in user's account."""

    @extend_schema(operation_id="auth_me", responses={200: MeSerializer, **errors(401, 403)})
    def get(self, request: Request) -> Response:
        """Answer who is signed in."""
        return _me(cast("User", request.user))
