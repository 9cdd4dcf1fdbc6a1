"""The product's URLs of push, callback and status, so that the same middlewares run."""

from django.urls import path
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.negotiation import AlwaysTheFirst


class EmptyView(APIView):
    """Answers at once, without authentication, throttles or database."""

    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = []
    renderer_classes = [JSONRenderer]
    content_negotiation_class = AlwaysTheFirst

    def get(self, request: Request, **_: object) -> Response:
        """Return next to nothing."""
        return Response({"ok": True})

    post = get


urlpatterns = [
    path("api/payments/callback/<token>/", EmptyView.as_view()),
    path("api/payments/transactions/<int:pk>/status/", EmptyView.as_view()),
    path("api/payments/stk-push/", EmptyView.as_view()),
]
