"""The yardstick's endpoints."""

from typing import Any

import requests
from django.conf import settings
from django.db import transaction as db_transaction
from django.db.models import QuerySet, Sum
from django.shortcuts import get_object_or_404
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bench.twin import mpesa
from bench.twin.models import LedgerEntry, Notification, Transaction, Wallet
from bench.twin.serializers import (
    CallbackSerializer,
    PushSerializer,
    TransactionSerializer,
    WalletSerializer,
)


class StkPushView(APIView):
    """Start a deposit."""

    def post(self, request: Request) -> Response:
        """Store the deposit, ask Daraja, store its answer."""
        serializer = PushSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        amount = serializer.validated_data["amount"]
        txn = Transaction.objects.create(
            user=request.user, amount=amount, phone_number=request.user.username
        )
        try:
            answer = mpesa.push(
                phone_number=txn.phone_number, amount=amount, reference=f"DEP{txn.pk}"
            )
        except requests.RequestException as error:
            txn.status, txn.result_desc = "FAILED", str(error)[:255]
            txn.save()
            return Response({"error": "M-Pesa is not available"}, status=502)
        txn.merchant_request_id = answer["MerchantRequestID"]
        txn.checkout_request_id = answer["CheckoutRequestID"]
        txn.save()
        return Response(
            {
                "message": "STK Push initiated successfully",
                "checkout_id": txn.checkout_request_id,
                "transaction_id": txn.pk,
                "customer_message": answer["CustomerMessage"],
            }
        )


class CallbackView(APIView):
    """M-Pesa's callback."""

    authentication_classes = []
    permission_classes = [AllowAny]

    def post(self, request: Request) -> Response:
        """Credit the wallet once."""
        serializer = CallbackSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        callback = serializer.validated_data["Body"]["stkCallback"]
        _settle(callback)
        return Response({"ResultCode": 0, "ResultDesc": "Accepted"})


@db_transaction.atomic
def _settle(callback: dict[str, Any]) -> None:
    txn = (
        Transaction.objects.select_for_update()
        .filter(checkout_request_id=callback["CheckoutRequestID"])
        .first()
    )
    if txn is None or txn.status != "PENDING":
        return
    txn.result_desc = callback["ResultDesc"]
    if callback["ResultCode"] != 0:
        txn.status = "FAILED"
        txn.save()
        return
    items = {item["Name"]: item.get("Value") for item in callback["CallbackMetadata"]["Item"]}
    txn.status, txn.mpesa_receipt_number = "COMPLETED", items["MpesaReceiptNumber"]
    txn.save()
    Wallet.objects.get_or_create(user_id=txn.user_id)
    wallet = Wallet.objects.select_for_update().get(user_id=txn.user_id)
    wallet.balance += txn.amount
    wallet.save()
    LedgerEntry.objects.create(
        wallet=wallet, transaction=txn, amount=txn.amount, balance_after=wallet.balance
    )
    if settings.IS_FIRST:
        _check_balance(wallet)
    Notification.objects.create(user_id=txn.user_id, text=f"KES {txn.amount} received")


def _check_balance(wallet: Wallet) -> None:
    """Compare the balance with the sum of the wallet's history, which grows with each credit."""
    total = wallet.entries.aggregate(total=Sum("amount"))["total"]
    if total != wallet.balance:
        message = f"wallet {wallet.pk} does not equal its entries"
        raise RuntimeError(message)


class _OwnTransactions:
    serializer_class = TransactionSerializer
    request: Request

    def get_queryset(self) -> QuerySet[Transaction]:
        """Return only the customer's own deposits."""
        return Transaction.objects.filter(user=self.request.user)  # type: ignore[misc]


class TransactionListView(_OwnTransactions, ListAPIView[Transaction]):
    """The customer's deposits."""


class TransactionView(_OwnTransactions, RetrieveAPIView[Transaction]):
    """One deposit; `first` builds the answer by hand, `textbook` by the serializer."""

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return it."""
        if not settings.IS_FIRST:
            return super().retrieve(request, *args, **kwargs)
        txn = get_object_or_404(Transaction, pk=kwargs["pk"], user=request.user)
        return Response(
            {
                "id": txn.pk,
                "status": txn.status,
                "amount": str(txn.amount),
                "mpesa_receipt_number": txn.mpesa_receipt_number,
                "created_at": txn.created_at,
            }
        )


class WalletView(APIView):
    """The customer's balance."""

    def get(self, request: Request) -> Response:
        """Return it."""
        wallet, _ = Wallet.objects.get_or_create(user=request.user)
        return Response(WalletSerializer(wallet).data)
