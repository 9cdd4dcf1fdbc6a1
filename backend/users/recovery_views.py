"""The way back in after a forgotten password: ask for a code, then confirm it with a new password.

Both are open to everybody; docs/api.md §3 says what they tell and what they do not.
"""

from typing import Any

from django.contrib.auth import login
from django.utils.decorators import method_decorator
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import Throttled
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.fields import TextField
from common.schema import errors
from users import known_browser, lockout, recovery
from users.authentication import SessionAuthentication
from users.codes import LIFETIME
from users.errors import CodeEnded, InvalidCode
from users.models import User
from users.schema import SESSION_OR_NOTHING
from users.serializers import (
    CodeField,
    MeSerializer,
    NumberSerializer,
    PasswordField,
    refuse_weak_password,
)
from users.throttles import LogInThrottle, count_code


class RecoveryStartedSerializer(serializers.Serializer[Any]):
    """The recovery that was begun, the same for every number."""

    recovery = serializers.CharField(help_text="Goes with the code to the confirmation.")
    expires_at = serializers.DateTimeField(help_text="When the code ends.")


class RecoveryConfirmSerializer(serializers.Serializer[Any]):
    """The code from the SMS, and the password to set."""

    recovery = TextField(max_length=64, help_text="From the answer of POST /api/auth/recovery/.")
    code = CodeField()
    new_password = PasswordField()

    def validate_new_password(self, value: str) -> str:
        """Refuse what is weak for everybody, before a guess is counted."""
        try:
            refuse_weak_password("new_password", value, User())
        except serializers.ValidationError as error:
            raise serializers.ValidationError(_only(error.detail)) from error
        return value


def _only(detail: Any) -> Any:
    return detail["new_password"]


@method_decorator(never_cache, name="dispatch")
class RecoveryView(APIView):
    """A recovery of a password."""

    authentication_classes = [SessionAuthentication]
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="auth_recovery",
        request=NumberSerializer,
        responses={
            202: RecoveryStartedSerializer,
            **errors(400, 403, 413, 415, 429, 503, s503=("sms_unavailable",)),
        },
        auth=SESSION_OR_NOTHING,
    )
    def post(self, request: Request) -> Response:
        """Send a code by SMS. The answer is the same whether the number has an account or not."""
        body = NumberSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        number = body.validated_data["phone_number"]
        # Customers who signed in with this browser before are counted by their number alone: many
        # share an address.
        if not _is_known(request, number):
            count_code(request)
        now = clock.now()
        handle = recovery.start_recovery(
            request._request, phone_number=number, language=get_language(), now=now
        )
        answer = {"recovery": handle, "expires_at": now + LIFETIME}
        return Response(RecoveryStartedSerializer(answer).data, status=202)


@method_decorator(never_cache, name="dispatch")
class RecoveryConfirmView(APIView):
    """The end of a recovery."""

    authentication_classes = [SessionAuthentication]
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="auth_recovery_confirm",
        request=RecoveryConfirmSerializer,
        responses={
            200: MeSerializer,
            **errors(
                400, 403, 410, 413, 415, 429,
                s400=("validation_error", "invalid_code"), s410=("code_ended",),
            ),
        },
        auth=SESSION_OR_NOTHING,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Set the password and open a session. All other sessions and tokens of the account end."""
        body = RecoveryConfirmSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wait_s = LogInThrottle().seconds_until_free(request)
        if wait_s is not None:
            raise Throttled(wait_s)
        try:
            user = recovery.confirm_recovery(
                handle=body.validated_data["recovery"],
                code=body.validated_data["code"],
                new_password=body.validated_data["new_password"],
                language=get_language(),
                now=clock.now(),
            )
        except (InvalidCode, CodeEnded):
            # A wrong code counts against the address as a wrong password does.
            LogInThrottle().seconds_to_wait(request)
            raise
        lockout.forget_failures(request._request, user)
        login(request._request, user)
        return Response(MeSerializer(user).data)


def _is_known(request: Request, number: str) -> bool:
    hashed = known_browser.hash_number(number)
    return known_browser.find_browser(request._request, hashed) is not None
