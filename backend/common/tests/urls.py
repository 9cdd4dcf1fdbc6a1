"""The real addresses, and a few that fail in every way a view can."""

from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseServerError
from django.urls import include, path
from rest_framework import exceptions, serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.api import error_response
from common.errors import DomainError
from common.messages import Message

SECRET = "the exception's own text"


class Busy(DomainError):
    """An error whose code is registered."""

    code = "mpesa_busy"
    error = "M-Pesa is busy"
    customer_message = Message(en="Please wait.", sw="Tafadhali subiri.")


class SomethingNew(DomainError):
    """An error whose code is not registered."""

    code = "something_new"
    error = "New"
    customer_message = Message(en="New.", sw="Mpya.")


BUSY = Busy(retry_after_s=30, transaction_id=7)


class _Inner(serializers.Serializer[Any]):
    name = serializers.CharField()


class _Outer(serializers.Serializer[Any]):
    inner = _Inner()
    several = _Inner(many=True)
    kind = serializers.ChoiceField(choices=["a"])


_FAILURES: dict[str, Exception] = {
    "domain": BUSY,
    "unlisted": SomethingNew(),
    "fields": SomethingNew(fields={"amount": ["x"]}),
    "crash": RuntimeError(SECRET),
    "missing": Http404(SECRET),
    "forbidden": PermissionDenied(SECRET),
    "suspicious": SuspiciousOperation(SECRET),
    "plain": exceptions.ValidationError(["a plain list"]),
    "listed": exceptions.ValidationError({"rows": [{}, {"name": ["bad"]}]}),
    "nothing": exceptions.ValidationError([]),
    "throttled": exceptions.Throttled(wait=1.2),
    "database": OperationalError(SECRET),
    "unavailable": exceptions.APIException(SECRET),
}


class FailingView(APIView):
    """Fails as its address says."""

    permission_classes = [AllowAny]

    def get(self, request: Request, how: str) -> Response:
        """Fail."""
        raise _FAILURES[how]

    def post(self, request: Request, how: str) -> Response:
        """Validate a nested body."""
        _Outer(data=request.data).is_valid(raise_exception=True)
        return Response({})


class PrivateView(APIView):
    """Wants a sign-in by default."""

    def get(self, request: Request) -> Response:
        """Answer."""
        return Response({})


def plain_failure(request: HttpRequest, how: str) -> HttpResponse:
    """Fail outside of DRF."""
    if how == "answered":
        return error_response(request, BUSY)
    if how == "page":
        return HttpResponseServerError("<h1>oops</h1>", headers={"X-Kept": "yes"})
    raise _FAILURES[how]


urlpatterns = [
    path("api/fail/<str:how>/", FailingView.as_view()),
    path("api/plain/<str:how>/", plain_failure),
    path("api/private/", PrivateView.as_view()),
    path("pages/plain/<str:how>/", plain_failure),
    path("", include("config.urls")),
]
