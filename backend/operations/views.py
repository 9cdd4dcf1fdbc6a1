"""What browsers tell the operators about the page, and what customers may have of their data."""

import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.schema import errors
from common.security_log import log_event
from operations import customer_export, page_errors
from operations.serializers import PageErrorSerializer
from operations.throttles import PageErrorsPerAddress
from users.authentication import SessionAuthentication
from users.current import signed_in_user
from users.privacy_serializers import ClosingRequestSerializer
from users.schema import SESSION_OR_NOTHING
from users.services import confirm_password
from users.throttles import ExportThrottle


class PageErrorsView(APIView):
    """An error of the page, for the log."""

    # Only the session, as at log-in: a request with a session needs a CSRF token, others need none.
    authentication_classes = [SessionAuthentication]
    permission_classes = [AllowAny]
    throttle_classes = [PageErrorsPerAddress]

    @extend_schema(
        operation_id="page_errors",
        request=PageErrorSerializer,
        responses={204: None, **errors(400, 403, 413, 415, 429, s403=("csrf_failed",))},
        auth=SESSION_OR_NOTHING,
    )
    def post(self, request: Request) -> Response:
        """Mask the error and log it; nothing is stored."""
        body = PageErrorSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        page_errors.record(**body.validated_data)
        return Response(status=204)


class MyDataView(APIView):
    """Everything that is held about the customer, as a file."""

    throttle_classes = [ExportThrottle]

    @extend_schema(
        operation_id="auth_my_data",
        request=ClosingRequestSerializer,
        responses={
            (200, "application/json"): OpenApiTypes.OBJECT,
            **errors(400, 401, 403, 413, 415, 429),
        },
    )
    def post(self, request: Request) -> HttpResponse:
        """Return all tables' rows about the customer as JSON, for the password."""
        user = signed_in_user(request)
        body = ClosingRequestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        password = body.validated_data["current_password"]
        confirm_password(user, password, field="current_password")
        export: dict[str, Any] = customer_export.export_own_data(user, now=clock.now())
        log_event("customer_exported", user=user.pk, reason="by the customer, on the page")
        text = json.dumps(export, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
        return HttpResponse(
            text,
            content_type="application/json; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="kibeezy-my-data.json"'},
        )
