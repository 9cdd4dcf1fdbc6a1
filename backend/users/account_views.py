"""Views in which signed-in users change password or phone number, confirmed by the password."""

from typing import Any

from django.contrib.auth import update_session_auth_hash
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from common import clock
from common.schema import errors
from users import phone_change, services
from users.authentication import SessionAuthentication
from users.current import signed_in_user
from users.models import PhoneChange
from users.serializers import (
    PasswordChangeSerializer,
    PasswordStatusSerializer,
    PhoneChangeAnswerSerializer,
    PhoneChangeRequestSerializer,
)
from users.throttles import PasswordThrottle, PhoneChangeThrottle


class PasswordView(APIView):
    """The password."""

    def get_throttles(self) -> list[BaseThrottle]:
        """Count changes only: looking tries nothing."""
        return [PasswordThrottle()] if self.request.method == "POST" else []

    @extend_schema(
        operation_id="auth_password_status",
        responses={200: PasswordStatusSerializer, **errors(401, 403)},
    )
    def get(self, request: Request) -> Response:
        """Answer when our team set the password, or null once the customer has chosen a new one."""
        set_at = services.find_password_set_by_operator(signed_in_user(request))
        return Response(PasswordStatusSerializer({"set_by_us_at": set_at}).data)

    @extend_schema(
        operation_id="auth_password",
        request=PasswordChangeSerializer,
        responses={204: None, **errors(400, 401, 403, 413, 415, 429)},
    )
    def post(self, request: Request) -> Response:
        """Replace the password. This session goes on under a new key; every other sign-in ends."""
        user = signed_in_user(request)
        body = PasswordChangeSerializer(data=request.data, context={"user": user})
        body.is_valid(raise_exception=True)
        services.change_password(user, **body.validated_data)
        if isinstance(request.successful_authenticator, SessionAuthentication):
            update_session_auth_hash(request._request, user)
        return Response(status=204)


class PhoneChangeView(APIView):
    """The wish for another phone number. An operator decides, once ownership is proven."""

    def get_throttles(self) -> list[BaseThrottle]:
        """Count requests only: looking and withdrawing try nothing."""
        return [PhoneChangeThrottle()] if self.request.method == "POST" else []

    @extend_schema(
        operation_id="auth_phone",
        responses={200: PhoneChangeAnswerSerializer, **errors(401, 403)},
    )
    def get(self, request: Request) -> Response:
        """Answer the latest request, or null."""
        return _answer(phone_change.find_latest_change(signed_in_user(request)))

    @extend_schema(
        operation_id="auth_phone_request",
        request=PhoneChangeRequestSerializer,
        responses={
            201: PhoneChangeAnswerSerializer,
            **errors(
                400, 401, 403, 409, 413, 415, 429,
                s409=("phone_number_taken", "phone_change_pending", "number_waits"),
            ),
        },
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Ask for another number. On approval every session and token of the user ends."""
        user = signed_in_user(request)
        body = PhoneChangeRequestSerializer(data=request.data, context={"user": user})
        body.is_valid(raise_exception=True)
        change = phone_change.request_change(user, **body.validated_data, now=clock.now())
        return _answer(change, status=201)

    @extend_schema(
        operation_id="auth_phone_withdraw",
        request=None,
        responses={204: None, **errors(401, 403)},
    )
    def delete(self, request: Request) -> Response:
        """Take the request back; harmless when none waits."""
        phone_change.withdraw_change(signed_in_user(request), now=clock.now())
        return Response(status=204)


def _answer(change: PhoneChange | None, *, status: int = 200) -> Response:
    body: dict[str, Any] = {"change": change}
    return Response(PhoneChangeAnswerSerializer(body).data, status=status)
