""" "I have paid": a customer names M-Pesa's receipt, and reads what became of it."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle

from common import clock, schema
from common.pagination import NewestFirst
from payments import claim_selectors, conf, errors, services
from payments.claim_selectors import ClaimState
from payments.daraja.receipts import MAX_TEXT_LENGTH
from payments.models import Claim
from payments.throttles import ClaimPerUser
from users.current import signed_in_user

CREDITED_OUTCOMES = ["credited", "already_credited"]
CHECKING_OUTCOMES = ["checking"]
CLAIM_STATES = [state.value for state in ClaimState]


class ClaimTextSerializer(serializers.Serializer[Any]):
    """What the customer sends: the code, or the whole SMS."""

    text = serializers.CharField(
        max_length=MAX_TEXT_LENGTH, help_text="The M-Pesa code, or the whole SMS. It is not stored."
    )


class ClaimCreditedSerializer(serializers.Serializer[Any]):
    """M-Pesa has reported the payment, and it is in the customer's wallet."""

    outcome = serializers.ChoiceField(choices=CREDITED_OUTCOMES)
    transaction_id = serializers.IntegerField()


class ClaimCheckingSerializer(serializers.Serializer[Any]):
    """Nothing that M-Pesa reported credits this customer yet."""

    outcome = serializers.ChoiceField(choices=CHECKING_OUTCOMES)
    customer_message = serializers.CharField()


class ClaimSerializer(serializers.Serializer[Claim]):
    """One of the customer's own claims."""

    id = serializers.IntegerField()
    receipt = serializers.CharField()
    status = serializers.ChoiceField(choices=CLAIM_STATES)
    customer_message = serializers.CharField()
    reason = serializers.CharField(
        allow_null=True, help_text="Of a closed claim: what our team writes about it."
    )
    transaction_id = serializers.IntegerField(allow_null=True, help_text="The credited deposit.")
    created_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(help_text="When our team looks, if it has not ended.")
    ended_at = serializers.DateTimeField(allow_null=True)

    def to_representation(self, instance: Claim) -> dict[str, Any]:
        view = claim_selectors.describe_claim(instance, clock.now())
        return {
            "id": instance.pk,
            "receipt": instance.receipt,
            "status": view.state,
            "customer_message": view.message.in_language(get_language()),
            "reason": instance.note or None,
            "transaction_id": instance.transaction_id,
            "created_at": instance.created_at,
            "ends_at": instance.ends_at,
            "ended_at": instance.ended_at,
        }


class ClaimsView(ListAPIView[Claim]):
    """Customers' claims to have paid: their own list, and a new one. 404 where payments by hand are
    off.
    """

    serializer_class = ClaimSerializer
    pagination_class = NewestFirst
    queryset = Claim.objects.none()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not conf.takes_payments_by_hand():
            raise NotFound

    def get_throttles(self) -> list[BaseThrottle]:
        """Count claims only: looking is free."""
        return [ClaimPerUser()] if self.request.method == "POST" else []

    def get_queryset(self) -> "QuerySet[Claim, Any]":
        """Only one's own."""
        return claim_selectors.list_claims(signed_in_user(self.request))

    @extend_schema(
        operation_id="claims",
        responses={200: ClaimSerializer(many=True), **schema.errors(401, 403, 404)},
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a page of one's own claims, each with how it stands."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="claim_make",
        request=ClaimTextSerializer,
        responses={
            200: ClaimCreditedSerializer,
            202: ClaimCheckingSerializer,
            **schema.errors(
                400, 401, 403, 404, 409, 413, 415, 429,
                s400=("invalid_code",), s409=("claim_in_progress",),
            ),
        },
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Name a payment by its code. It moves no money: what M-Pesa reports of the code does.

        202: looked for in M-Pesa's reports for 72 hours, then by our team. Nothing in the answer
        tells whose payment it is, unless it is one's own.
        """
        body = ClaimTextSerializer(data=request.data)
        if not body.is_valid():
            fields = {key: list(map(str, value)) for key, value in body.errors.items()}
            raise errors.InvalidCode(fields=fields)
        made = services.make_claim(
            user=signed_in_user(request), text=body.validated_data["text"], now=clock.now()
        )
        if made.transaction_id is not None:
            return Response({"outcome": made.outcome, "transaction_id": made.transaction_id})
        message = claim_selectors.describe_checking(made.receipt).in_language(get_language())
        return Response({"outcome": "checking", "customer_message": message}, status=202)
