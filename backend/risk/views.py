"""A customer's own limits over HTTP. What they mean is decided in risk.services."""

from datetime import datetime

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from common import clock
from common.schema import errors
from risk import selectors, services
from risk.serializers import (
    CapsSerializer,
    OwnLimitsSerializer,
    PauseSerializer,
    SelfExclusionSerializer,
)
from risk.throttles import OwnLimitsPerUser
from users.current import signed_in_user
from users.models import User
from users.throttles import PasswordThrottle

_CHANGED = {200: OwnLimitsSerializer, **errors(400, 401, 403, 413, 415, 429)}


def _answer(user: User, now: datetime) -> Response:
    own = selectors.get_own_limits(user, now)
    return Response(OwnLimitsSerializer(own).data)


class OwnLimitsView(APIView):
    """The caps a customer has set for themselves, per day and week in Nairobi."""

    def get_throttles(self) -> list[BaseThrottle]:
        """Count changes only: looking is free."""
        return [OwnLimitsPerUser()] if self.request.method == "PUT" else []

    @extend_schema(
        operation_id="own_limits", responses={200: OwnLimitsSerializer, **errors(401, 403)}
    )
    def get(self, request: Request) -> Response:
        """Return the caps that count, those that follow, and the ends of breaks still running."""
        return _answer(signed_in_user(request), clock.now())

    @extend_schema(operation_id="own_limits_set", request=CapsSerializer, responses=_CHANGED)
    def put(self, request: Request) -> Response:
        """Set both caps; null removes one. Lowering acts at once, the rest after 24 hours."""
        body = CapsSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        user, now = signed_in_user(request), clock.now()
        services.set_caps(user=user, wanted=body.caps(), now=now)
        return _answer(user, now)


class PauseView(APIView):
    """A pause of 1, 7 or 30 days without deposits; more than one needs the password."""

    throttle_classes = [OwnLimitsPerUser, PasswordThrottle]

    @extend_schema(operation_id="own_limits_pause", request=PauseSerializer, responses=_CHANGED)
    def post(self, request: Request) -> Response:
        """Begin a pause, or lengthen it. It is never shortened, and ends automatically."""
        body = PauseSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        user, now = signed_in_user(request), clock.now()
        services.pause_as_customer(user=user, **body.validated_data, now=now)
        return _answer(user, now)


class SelfExclusionView(APIView):
    """An exclusion of 6, 12 or 60 months, confirmed with the password."""

    throttle_classes = [PasswordThrottle]

    @extend_schema(
        operation_id="own_limits_self_exclusion",
        request=SelfExclusionSerializer,
        responses=_CHANGED,
    )
    def post(self, request: Request) -> Response:
        """Begin an exclusion, or lengthen it. The customer cannot end it."""
        body = SelfExclusionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        user, now = signed_in_user(request), clock.now()
        services.exclude(user=user, **body.validated_data, now=now)
        return _answer(user, now)
