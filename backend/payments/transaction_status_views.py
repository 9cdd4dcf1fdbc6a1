"""M-Pesa's answers to Transaction Status: a result or a time-out, each at an address of its own."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock, schema
from common.negotiation import AlwaysTheFirst
from common.proxies import client_address
from common.throttles import count
from payments import throttles
from payments.serializers import CallbackAnswerSerializer
from payments.services import transaction_status

_ACCEPTED = {"ResultCode": 0, "ResultDesc": "Accepted"}


class TransactionResultSerializer(serializers.Serializer[Any]):
    """The body M-Pesa sends (for the schema only; payments.daraja.transaction_status reads it)."""

    Result = serializers.DictField()


class _MpesaView(APIView):
    """M-Pesa's side: no log-in, no CSRF, any Accept header; the question's token is the proof."""

    authentication_classes = []
    permission_classes = [AllowAny]
    renderer_classes = [JSONRenderer]
    content_negotiation_class = AlwaysTheFirst

    def _turn_away(self, request: Request) -> None:
        """Answer 404, as an unknown address does; count the request, which may guess tokens.

        Raises:
            NotFound: always, unless too many came from the address.
        """
        counted = (throttles.UnknownCallbackPerAddress(), throttles.UnknownCallbackPerNetwork())
        exceeded = count([throttle.limit_of(request) for throttle in counted])
        if exceeded is not None:
            self.throttled(request, exceeded.wait_s)
        raise NotFound


class TransactionResultView(_MpesaView):
    """M-Pesa says what became of a transaction that it was asked about."""

    @extend_schema(
        operation_id="transaction_status_result",
        request=TransactionResultSerializer,
        responses={
            200: CallbackAnswerSerializer,
            **schema.errors(
                400, 404, 413, 429, 503, s400=("malformed_callback",), s503=("callback_not_stored",)
            ),
        },
        auth=[],
    )
    def post(self, request: Request, token: str) -> Response:
        """Store the answer, settle it, and reply once that is committed."""
        outcome = transaction_status.record_result(
            token=token,
            body=request.body,
            source_address=client_address(request),
            now=clock.now(),
        )
        if outcome is None:
            self._turn_away(request)
        return Response(_ACCEPTED)


class TransactionTimeoutView(_MpesaView):
    """M-Pesa says that it did not get to a question in time: what it was about stays unknown."""

    @extend_schema(
        operation_id="transaction_status_timeout",
        request=TransactionResultSerializer,
        responses={
            200: CallbackAnswerSerializer,
            **schema.errors(404, 413, 429, 503, s503=("callback_not_stored",)),
        },
        auth=[],
    )
    def post(self, request: Request, token: str) -> Response:
        """Store that, whatever the body says."""
        is_known = transaction_status.record_timeout(
            token=token,
            body=request.body,
            source_address=client_address(request),
            now=clock.now(),
        )
        if not is_known:
            self._turn_away(request)
        return Response(_ACCEPTED)
