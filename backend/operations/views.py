"""What browsers tell the operators about the page. Anybody may, signed in or not."""

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.schema import errors
from operations import page_errors
from operations.serializers import PageErrorSerializer
from operations.throttles import PageErrorsPerAddress
from users.authentication import SessionAuthentication
from users.schema import SESSION_OR_NOTHING


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
