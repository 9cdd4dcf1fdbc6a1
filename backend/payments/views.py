"""Start a deposit, read deposits, take M-Pesa's callbacks. Views translate; services decide."""

import math
import re
from functools import partial
from typing import Any, NoReturn, cast

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import get_language
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.generics import ListAPIView
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from common import clock, schema
from common.api import error_response
from common.errors import Money
from common.negotiation import AlwaysTheFirst
from common.pagination import NewestFirst
from common.parsers import StrictJSONParser
from common.proxies import client_address
from common.throttles import count
from payments import (
    allowance,
    conf,
    errors,
    limit_errors,
    own_deposit,
    selectors,
    services,
    throttles,
)
from payments.authentication import PushSignIn, PushTokenAuthentication
from payments.models import Transaction
from payments.serializers import (
    CallbackAnswerSerializer,
    CallbackSerializer,
    LimitsSerializer,
    PinEnteredSerializer,
    PushAnswerSerializer,
    StkPushSerializer,
    TransactionFilters,
    TransactionSerializer,
    TransactionStatusSerializer,
)
from risk.sightings import find_request_source
from users.authentication import DevelopmentHeaderAuthentication, SessionAuthentication
from users.current import signed_in_user
from users.models import User
from users.sign_in import JoinedRow, find_kept_row

# drf-spectacular accepts dictionaries as well, although its type annotation does not say so.
_ANY_SIGN_IN = cast("Any", [{"token": []}, {"session": []}, {"developmentHeader": []}])
_KEY_PATTERN = "[ -~]{1,255}"
_KEY = re.compile(_KEY_PATTERN)
_CALLBACK_ERRORS = schema.errors(
    400, 413, 429, 503, s400=("malformed_callback",), s503=("callback_not_stored",)
)
_ACCEPTED = {"ResultCode": 0, "ResultDesc": "Accepted"}
_PUSH_LIMITS = (throttles.PushPerUser, throttles.PushPerPhone, throttles.PushPerAddress)


class StkPushView(APIView):
    """Start a deposit: put an M-Pesa prompt on the account's own phone."""

    authentication_classes = [
        PushTokenAuthentication,
        SessionAuthentication,
        DevelopmentHeaderAuthentication,
    ]
    throttle_classes = _PUSH_LIMITS
    # The form parsers are for the browsable API's form. Like JSON, a form that is sent with a
    # session needs a CSRF token.
    parser_classes = [StrictJSONParser, FormParser, MultiPartParser]
    # A blocked account is not refused here but by the service, because the errors for rate, body
    # and key come first (docs/api.md §3).
    permission_classes = [IsAuthenticated]
    serializer_class = StkPushSerializer
    #: Whether the request got as far as its idempotency key.
    is_begun = False

    def check_throttles(self, request: Request) -> None:
        """Count a push by all limits in one round trip, and stop at the first that is full.

        Looking at the page, or asking what it allows, opens no prompt and is not counted. A
        customer who has had too many must not use up the count of an address, which thousands may
        share.
        """
        if request.method != "POST":
            return
        exceeded = count([throttle().limit_of(request) for throttle in _PUSH_LIMITS])
        if exceeded is not None:
            self.throttled(request, exceeded.wait_s)

    def throttled(self, request: Request, wait: float | None) -> NoReturn:
        """Refuse in words that say, as every error of a deposit does, whether money moved."""
        raise limit_errors.TooManyPushes(max(math.ceil(wait or 0), 1), money=self.error_money)

    @property
    def error_money(self) -> Money:
        """Say what an error that knows nothing of the deposit says about its money.

        An earlier try with the same key may be on the phone until the key was looked at, and a
        database that is lost later leaves this very try unclear.
        """
        is_certain = not self.is_begun and "Idempotency-Key" not in self.request.headers
        return Money.NOT_MOVED if is_certain else Money.UNKNOWN

    def get_serializer(self) -> StkPushSerializer:
        """Let the browsable API draw its form."""
        return StkPushSerializer()

    @extend_schema(
        operation_id="stk_push",
        request=StkPushSerializer,
        # Given by hand: from the classes, drf-spectacular would name another scheme for ours.
        auth=_ANY_SIGN_IN,
        parameters=[
            OpenApiParameter(
                "Idempotency-Key",
                {"type": "string", "maxLength": 255, "pattern": f"^{_KEY_PATTERN}$"},
                OpenApiParameter.HEADER,
                description="1 to 255 characters. The same key and body give the same answer "
                "for 24 hours, and never a second prompt.",
            )
        ],
        responses={
            200: PushAnswerSerializer,
            202: PushAnswerSerializer,
            **schema.errors(
                400,
                401,
                403,
                409,
                413,
                415,
                422,
                429,
                502,
                503,
                s400=("invalid_amount", "invalid_phone_number", "invalid_idempotency_key"),
                s403=(
                    "csrf_failed",
                    "kyc_required",
                    "account_blocked",
                    "self_excluded",
                    "risk_denied",
                    "risk_review",
                ),
                s409=("deposit_in_progress", "idempotency_in_progress", "subscriber_busy"),
                s422=("idempotency_key_reused",),
                s429=("rate_limited", "limit_exceeded"),
                s502=("mpesa_authentication_failed", "mpesa_rejected"),
                s503=("mpesa_busy", "mpesa_unavailable"),
            ),
        },
    )
    def post(self, request: Request) -> HttpResponse:
        """Prompt for `amount` whole KES. 202: sent, outcome unknown, followed up automatically."""
        user = signed_in_user(request)
        serializer = StkPushSerializer(data=request.data, context={"user": user})
        if not serializer.is_valid():
            lowest, highest = conf.amounts_of(user)
            fields = {key: list(map(str, value)) for key, value in serializer.errors.items()}
            raise errors.InvalidAmount(lowest, highest, fields=fields, money=self.error_money)
        key = _read_idempotency_key(request)
        self.is_begun = True
        outcome = services.initiate_deposit(
            user=user,
            amount=serializer.validated_data["amount"],
            idempotency_key=key,
            now=clock.now(),
            source=find_request_source(request._request),
            numbers=request.auth.numbers if isinstance(request.auth, PushSignIn) else None,
        )
        response = _push_response(request, outcome)
        if outcome.is_replay:
            response["Idempotent-Replayed"] = "true"
        return response


def _read_idempotency_key(request: Request) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _KEY.fullmatch(key):
        raise errors.InvalidIdempotencyKey
    return key


def _push_response(request: Request, outcome: services.PushOutcome) -> HttpResponse:
    if outcome.error is not None:
        return error_response(request, outcome.error)
    is_accepted = outcome.checkout_request_id is not None
    message = selectors.describe_prompt(outcome.checkout_request_id)
    return Response(
        {
            "message": "STK Push initiated successfully",
            "checkout_id": outcome.checkout_request_id,
            "transaction_id": outcome.transaction_id,
            "customer_message": message.in_language(get_language()),
            "money": Money.UNKNOWN,
        },
        status=200 if is_accepted else 202,
    )


class LimitsView(APIView):
    """What the customer may deposit: at once, today, this week."""

    @extend_schema(
        operation_id="deposit_limits",
        responses={200: LimitsSerializer, **schema.errors(401, 403)},
    )
    def get(self, request: Request) -> Response:
        """Return the limits in whole KES."""
        user = signed_in_user(request)
        remaining = allowance.get_remaining_allowance(user, clock.now())
        return Response(LimitsSerializer(remaining).data)


class TransactionListView(ListAPIView[Transaction]):
    """One's own deposits, newest first."""

    serializer_class = TransactionSerializer
    pagination_class = NewestFirst
    queryset = Transaction.objects.none()

    def get_queryset(self) -> "QuerySet[Transaction, Any]":
        """Narrow one's own deposits by the filters in the address."""
        filters = TransactionFilters(data=self.request.query_params)
        filters.is_valid(raise_exception=True)
        found = selectors.list_transactions(signed_in_user(self.request), clock.now())
        return selectors.narrow(found, filters.validated_data)

    @extend_schema(
        operation_id="transactions",
        parameters=[TransactionFilters],
        responses={200: TransactionSerializer(many=True), **schema.errors(400, 401, 403, 404)},
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a page of deposits."""
        return super().get(request, *args, **kwargs)


class TransactionView(APIView):
    """One deposit in full."""

    serializer: type[BaseSerializer[Transaction]] = TransactionSerializer

    @extend_schema(
        operation_id="transaction",
        responses={200: TransactionSerializer, **schema.errors(401, 403, 404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        """Return one's own deposit; anybody else's is not found."""
        txn = self._find(signed_in_user(request), pk)
        if txn is None:
            raise NotFound
        return Response(self.serializer(txn).data)

    def row_joined_at_sign_in(self) -> JoinedRow:
        """Say which row the sign-in's query reads as well: this deposit."""
        return own_deposit.row_joined_at_sign_in(self.kwargs["pk"], clock.now())

    def _find(self, user: User, pk: int) -> Transaction | None:
        """Return the deposit that the sign-in's query read, or look for it."""
        read = find_kept_row(self.request)
        if read is None:
            return selectors.find_transaction(user=user, transaction_id=pk, now=clock.now())
        return None if read.row is None else own_deposit.read_deposit(read.row)


class TransactionStatusView(TransactionView):
    """One deposit in at most 300 bytes, for polling."""

    serializer = TransactionStatusSerializer

    @extend_schema(
        operation_id="transaction_status",
        responses={200: TransactionStatusSerializer, **schema.errors(401, 403, 404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        """Return how the deposit stands and when to ask again."""
        return super().get(request, pk)


class PinEnteredView(APIView):
    """The customer says that they have entered their PIN."""

    throttle_classes = [throttles.PinEnteredPerUser]

    @extend_schema(
        operation_id="transaction_pin_entered",
        request=None,
        responses={200: TransactionStatusSerializer, **schema.errors(401, 403, 404, 413, 415, 429)},
    )
    def post(self, request: Request, pk: int) -> Response:
        """Ask M-Pesa now how one's own deposit stands. Repeating it is harmless, and asks no more.

        The answer is that of `status/`; it moves no money, and what M-Pesa answers is seen there.
        """
        user, now = signed_in_user(request), clock.now()
        txn = selectors.find_transaction(user=user, transaction_id=pk, now=now)
        if txn is None:
            raise NotFound
        services.query_soon(transaction_id=txn.pk, now=now)
        return Response(PinEnteredSerializer(txn).data)


class CallbackView(APIView):
    """M-Pesa's report about one deposit, at the deposit's own secret address.

    No log-in, no CSRF, no redirect: Daraja knows none of them (docs/daraja.md §4).
    """

    authentication_classes = []
    permission_classes = [AllowAny]
    renderer_classes = [JSONRenderer]
    # Answers any Accept header: a 406 would lose M-Pesa's report of a payment.
    content_negotiation_class = AlwaysTheFirst

    @extend_schema(
        operation_id="callback",
        request=CallbackSerializer,
        responses={200: CallbackAnswerSerializer, **_CALLBACK_ERRORS},
        auth=[],
    )
    def post(self, request: Request, token: str | None = None) -> Response:
        """Store the callback, settle it, and answer once that is committed."""
        services.record_callback(
            token=token,
            # Not request.data: the inbox stores the body exactly as it came.
            body=request.body,
            headers=dict(request.headers),
            source_address=client_address(request),
            now=clock.now(),
            admit_stranger=partial(self._admit_stranger, request),
        )
        return Response(_ACCEPTED)

    def _admit_stranger(self, request: Request) -> None:
        """Count only callers without a deposit's token: M-Pesa is never limited."""
        counted = (throttles.UnknownCallbackPerAddress(), throttles.UnknownCallbackPerNetwork())
        exceeded = count([throttle.limit_of(request) for throttle in counted])
        if exceeded is not None:
            self.throttled(request, exceeded.wait_s)


class HintView(CallbackView):
    """The same report without a token: only a hint, whose query alone moves money."""

    @extend_schema(
        operation_id="callback_hint",
        request=CallbackSerializer,
        responses={200: CallbackAnswerSerializer, **_CALLBACK_ERRORS},
        auth=[],
    )
    def post(self, request: Request, token: str | None = None) -> Response:
        """Take the hint."""
        return super().post(request, None)
