"""Views of the privacy notice, of consent to it, and of the wish to close the account."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from common import clock
from common.schema import errors
from users import erasure, privacy
from users.current import signed_in_user
from users.privacy_serializers import (
    ClosingRequestSerializer,
    ClosingSerializer,
    ConsentRequestSerializer,
    ConsentSerializer,
    NoticeSerializer,
)
from users.throttles import ClosingThrottle


class NoticeView(APIView):
    """The numbers of the privacy notice."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="auth_privacy_notice", responses={200: NoticeSerializer, **errors(406)}
    )
    def get(self, request: Request) -> Response:
        """Answer the notice's version, and how long what is kept."""
        return Response(NoticeSerializer(privacy.current_notice()).data)


class ConsentView(APIView):
    """Which version of the privacy notice the user has accepted."""

    @extend_schema(
        operation_id="auth_privacy", responses={200: ConsentSerializer, **errors(401, 403)}
    )
    def get(self, request: Request) -> Response:
        """Answer the present version and the one accepted last; nothing is refused without one."""
        return _consent(request)

    @extend_schema(
        operation_id="auth_privacy_accept",
        request=ConsentRequestSerializer,
        responses={200: ConsentSerializer, **errors(400, 401, 403, 413, 415)},
    )
    def post(self, request: Request) -> Response:
        """Record that the user accepts the present version; another one is not recorded."""
        body = ConsentRequestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        privacy.accept(
            signed_in_user(request),
            version=body.validated_data["version"],
            request=request._request,
            now=clock.now(),
        )
        return _consent(request)


class ClosingView(APIView):
    """The wish to close the account and be erased. Operators answer it."""

    def get_throttles(self) -> list[BaseThrottle]:
        """Count requests only: looking and withdrawing try nothing."""
        return [ClosingThrottle()] if self.request.method == "POST" else []

    @extend_schema(
        operation_id="auth_closing", responses={200: ClosingSerializer, **errors(401, 403)}
    )
    def get(self, request: Request) -> Response:
        """Answer the latest wish, what prevents it now, and for how long what is kept."""
        return _closing(request)

    @extend_schema(
        operation_id="auth_closing_request",
        request=ClosingRequestSerializer,
        responses={201: ClosingSerializer, **errors(400, 401, 403, 413, 415, 429)},
    )
    def post(self, request: Request) -> Response:
        """Ask for it, with the password; once it waits, the same again changes nothing."""
        body = ClosingRequestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        password = body.validated_data["current_password"]
        erasure.ask(signed_in_user(request), password=password, now=clock.now())
        return _closing(request, status=201)

    @extend_schema(
        operation_id="auth_closing_withdraw",
        request=None,
        responses={204: None, **errors(401, 403)},
    )
    def delete(self, request: Request) -> Response:
        """Take the wish back; harmless when none waits."""
        erasure.withdraw(signed_in_user(request), now=clock.now())
        return Response(status=204)


def _consent(request: Request) -> Response:
    latest = privacy.find_latest_consent(signed_in_user(request))
    answer: dict[str, Any] = {
        "version": privacy.VERSION,
        "accepted_version": latest and latest.version,
        "accepted_at": latest and latest.accepted_at,
    }
    return Response(ConsentSerializer(answer).data)


def _closing(request: Request, *, status: int = 200) -> Response:
    user = signed_in_user(request)
    answer: dict[str, Any] = {
        "request": erasure.find_latest_request(user),
        "hindrances": erasure.find_hindrances(user, now=clock.now()),
        "keep_years": settings.RETENTION_YEARS,
    }
    return Response(ClosingSerializer(answer).data, status=status)
