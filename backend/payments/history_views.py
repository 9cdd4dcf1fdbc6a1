"""Read what became of deposits: the timeline of one's own, and M-Pesa's provider status."""

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock, schema
from payments import provider_status_selectors, selectors
from payments.serializers import ProviderStatusSerializer, TimelineSerializer
from users.current import signed_in_user


class TimelineView(APIView):
    """What happened to one deposit."""

    @extend_schema(
        operation_id="transaction_timeline",
        responses={200: TimelineSerializer, **schema.errors(401, 403, 404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        """Return the events of one's own deposit, oldest first; anybody else's is not found."""
        events = selectors.find_timeline(user_id=signed_in_user(request).pk, transaction_id=pk)
        if events is None:
            raise NotFound
        return Response(TimelineSerializer({"events": events}).data)


class ProviderStatusView(APIView):
    """How quickly M-Pesa confirms right now."""

    @extend_schema(
        operation_id="weather", responses={200: ProviderStatusSerializer, **schema.errors(401, 403)}
    )
    def get(self, request: Request) -> Response:
        """Return how long confirmations take, and whether M-Pesa is slow or down."""
        found = provider_status_selectors.get_provider_status(clock.now())
        return Response(ProviderStatusSerializer(found).data)
