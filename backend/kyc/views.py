"""A customer's identity over HTTP (docs/api.md §2). The rules live in kyc.services."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from common import clock
from common.schema import errors
from kyc import selectors, services
from kyc.serializers import KycSerializer, SubmissionSerializer
from kyc.throttles import SubmissionPerUser
from users.current import signed_in_user


class KycView(APIView):
    """The customer's KYC status, and handing details in."""

    throttle_classes = [SubmissionPerUser]
    serializer_class = SubmissionSerializer

    def get_throttles(self) -> list[BaseThrottle]:
        """Count submissions only: looking is free."""
        return super().get_throttles() if self.request.method == "POST" else []

    @extend_schema(operation_id="kyc", responses={200: KycSerializer, **errors(401, 403)})
    def get(self, request: Request) -> Response:
        """Return the KYC status, and whether details may be handed in."""
        return Response(KycSerializer(selectors.describe(signed_in_user(request))).data)

    @extend_schema(
        operation_id="kyc_submit",
        request=SubmissionSerializer,
        responses={
            201: KycSerializer,
            **errors(
                400, 401, 403, 409, 413, 415, 429,
                s409=("kyc_already_submitted", "kyc_already_verified"),
            ),
        },
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Hand in name, ID number and date of birth. PENDING until somebody has decided."""
        body = SubmissionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        user = signed_in_user(request)
        services.submit(user=user, details=body.details(), now=clock.now())
        return Response(KycSerializer(selectors.describe(user)).data, status=201)
