"""Payments by hand: the customer's account number, and M-Pesa's validations and confirmations."""

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
from payments import conf
from payments.serializers import CallbackAnswerSerializer
from payments.services import paybill
from users.current import signed_in_user

_TAKEN = {"ResultCode": "0", "ResultDesc": "Accepted"}
_REJECTED = {
    paybill.WRONG_ACCOUNT: "Invalid account number",
    paybill.WRONG_AMOUNT: "Invalid amount",
    paybill.WRONG_SHORT_CODE: "Invalid short code",
    paybill.OTHER_ERROR: "Try again later",
}
_CONFIRMED = {"ResultCode": 0, "ResultDesc": "Success"}


class PaybillSerializer(serializers.Serializer[Any]):
    """What a customer types in M-Pesa's menu to pay by hand."""

    paybill = serializers.CharField()
    account_number = serializers.RegexField(
        "^[2-9][0-9]{9}$", help_text="The customer's own, for ever."
    )
    payee_name = serializers.CharField(help_text="The name that M-Pesa shows before the PIN.")


class PaybillNoticeSerializer(serializers.Serializer[Any]):
    """The body M-Pesa sends (for the schema only; payments.daraja.confirmations reads it)."""

    TransID = serializers.CharField()
    TransAmount = serializers.CharField()
    BillRefNumber = serializers.CharField(required=False)


class ValidationAnswerSerializer(serializers.Serializer[Any]):
    """What M-Pesa hears of a validation: 0 takes the payment, C2B000xx rejects it."""

    ResultCode = serializers.CharField()
    ResultDesc = serializers.CharField()


class PaybillView(APIView):
    """How one pays by hand: paybill, one's own account number, the payee's name."""

    @extend_schema(
        operation_id="paybill",
        responses={200: PaybillSerializer, **schema.errors(401, 403, 404)},
    )
    def get(self, request: Request) -> Response:
        """Return the customer's own account number; 404 where payments by hand are off."""
        if not conf.takes_payments_by_hand():
            raise NotFound
        details = paybill.find_details(signed_in_user(request), now=clock.now())
        return Response(vars(details))


class _MpesaView(APIView):
    """M-Pesa's side: no log-in, no CSRF, any Accept header; the path's secret is the proof."""

    authentication_classes = []
    permission_classes = [AllowAny]
    renderer_classes = [JSONRenderer]
    content_negotiation_class = AlwaysTheFirst

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Answer anybody else 404 whatever the method, as an address that does not exist.

        Raises:
            NotFound: the secret is wrong, or payments by hand are off.
        """
        super().initial(request, *args, **kwargs)
        if not paybill.is_secret(kwargs["secret"]):
            raise NotFound


class ValidationView(_MpesaView):
    """M-Pesa asks whether a payment may be taken, before the payer's money moves."""

    @extend_schema(
        operation_id="paybill_validation",
        request=PaybillNoticeSerializer,
        responses={200: ValidationAnswerSerializer, **schema.errors(404, 413)},
        auth=[],
    )
    def post(self, request: Request, secret: str) -> Response:
        """Answer from one look-up; nothing is stored."""
        rejection = paybill.validate_payment(request.body, now=clock.now())
        if rejection is None:
            return Response(_TAKEN)
        return Response({"ResultCode": rejection, "ResultDesc": _REJECTED[rejection]})


class ConfirmationView(_MpesaView):
    """M-Pesa reports a payment that it has taken. It does so once."""

    @extend_schema(
        operation_id="paybill_confirmation",
        request=PaybillNoticeSerializer,
        responses={
            200: CallbackAnswerSerializer,
            **schema.errors(
                400, 404, 413, 503, s400=("malformed_callback",), s503=("callback_not_stored",)
            ),
        },
        auth=[],
    )
    def post(self, request: Request, secret: str) -> Response:
        """Store the confirmation, settle it, and answer once that is committed."""
        paybill.record_confirmation(
            # Not request.data: the inbox stores the body exactly as it came.
            body=request.body,
            headers=dict(request.headers),
            source_address=client_address(request),
            now=clock.now(),
        )
        return Response(_CONFIRMED)
