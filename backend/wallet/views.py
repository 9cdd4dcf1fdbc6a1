"""Views of the customer's wallet: balance and postings, read-only."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import schema
from common.pagination import NewestFirst
from users.current import signed_in_user
from wallet import selectors
from wallet.models import Posting
from wallet.serializers import EntrySerializer, WalletSerializer


class WalletView(APIView):
    """The balance."""

    @extend_schema(
        operation_id="wallet", responses={200: WalletSerializer, **schema.errors(401, 403)}
    )
    def get(self, request: Request) -> Response:
        """Return the signed-in customer's balance in KES."""
        balance = selectors.get_balance(signed_in_user(request).pk)
        return Response(
            WalletSerializer({"balance": balance, "currency": "KES"}).data,
            headers={"Cache-Control": "no-store"},
        )


class EntryListView(ListAPIView[Posting]):
    """The statement: every movement of the wallet, newest first."""

    serializer_class = EntrySerializer
    pagination_class = NewestFirst
    queryset = Posting.objects.none()

    @extend_schema(
        operation_id="wallet_entries",
        responses={200: EntrySerializer(many=True), **schema.errors(401, 403, 404)},
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a page of the statement."""
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> "QuerySet[Posting, Any]":
        """Only one's own lines."""
        return selectors.list_postings(signed_in_user(self.request).pk)
