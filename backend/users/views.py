"""Signing up, in and out (docs/api.md §3). The rules live in users.services."""

from datetime import datetime
from typing import Any, cast

from django.contrib.auth import login, logout
from django.middleware.csrf import get_token
from django.utils.decorators import method_decorator
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import extend_schema
from knox.models import AuthToken
from rest_framework.exceptions import NotFound, Throttled
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.schema import errors
from users import number_proof, privacy, services
from users.authentication import SessionAuthentication
from users.codes import LIFETIME, RightCode
from users.errors import CodeEnded, InvalidCode
from users.models import User
from users.schema import SESSION_OR_NOTHING
from users.serializers import (
    CredentialsSerializer,
    CsrfSerializer,
    MeSerializer,
    NumberSerializer,
    ProofStartedSerializer,
    SignUpSerializer,
    TokenSerializer,
)
from users.sms.sender import reaches_phones
from users.throttles import LogInThrottle, SignUpThrottle, count_code

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
            **errors(
                400, 403, 409, 410, 413, 415, 429,
                s400=("validation_error", "invalid_code"), s409=("phone_number_taken",),
                s410=("code_ended",),
            ),
        },
        auth=SESSION_OR_NOTHING,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Store the customer and open a session."""
        body = SignUpSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        now = clock.now()
        proof = _check_proof(request, body.validated_data, now)
        # Counted only now: a body that creates nothing must not use up the rate of an address that
        # others share. A taken number is counted, because its answer tells of an account.
        wait_s = SignUpThrottle().seconds_to_wait(request)
        if wait_s is not None:
            raise Throttled(wait_s)
        accepted = body.validated_data.pop("privacy_version", "")
        user = services.sign_up(**body.validated_data, proof=proof, now=now)
        privacy.accept(user, version=accepted, request=request._request, now=now)
        login(request._request, user)
        return _me(user, status=201)


def _check_proof(request: Request, body: dict[str, Any], now: datetime) -> RightCode | None:
    """Take handle and code out of the body, and return the code if it is right; None without one.

    Raises:
        InvalidCode, CodeEnded: as users.codes.check_code; it counts as a wrong password does.
        Throttled: this address has had too many wrong ones.
    """
    handle, code = body.pop("proof", None), body.pop("code", None)
    if handle is None:
        return None
    wait_s = LogInThrottle().seconds_until_free(request)
    if wait_s is not None:
        raise Throttled(wait_s)
    try:
        return number_proof.check_proof(
            handle=handle, code=code, phone_number=body["phone_number"], now=now
        )
    except (InvalidCode, CodeEnded):
        LogInThrottle().seconds_to_wait(request)
        raise


@method_decorator(never_cache, name="dispatch")
class SignUpCodeView(APIView):
    """A proof, before sign-up, that the number is the customer's."""

    authentication_classes = [SessionAuthentication]
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="auth_signup_code",
        request=NumberSerializer,
        responses={
            202: ProofStartedSerializer,
            **errors(400, 403, 404, 413, 415, 429, 503, s503=("sms_unavailable",)),
        },
        auth=SESSION_OR_NOTHING,
    )
    def post(self, request: Request) -> Response:
        """Send a code by SMS. The answer is the same whether the number has an account or not."""
        if not reaches_phones():
            raise NotFound
        body = NumberSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        count_code(request)
        now = clock.now()
        handle = number_proof.start_proof(
            request._request,
            phone_number=body.validated_data["phone_number"],
            language=get_language(),
            now=now,
        )
        answer = {"proof": handle, "expires_at": now + LIFETIME}
        return Response(ProofStartedSerializer(answer).data, status=202)


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
