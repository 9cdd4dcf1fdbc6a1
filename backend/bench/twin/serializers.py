"""The fields of the yardstick's requests and answers."""

from typing import Any

from rest_framework import serializers

from bench.twin.models import Transaction, Wallet


class PushSerializer(serializers.Serializer[Any]):
    """A deposit."""

    amount = serializers.IntegerField(min_value=1, max_value=150_000)


class _Item(serializers.Serializer[Any]):
    Name = serializers.CharField()
    Value = serializers.JSONField(required=False)


class _Metadata(serializers.Serializer[Any]):
    Item = _Item(many=True)


class _Callback(serializers.Serializer[Any]):
    MerchantRequestID = serializers.CharField()
    CheckoutRequestID = serializers.CharField()
    ResultCode = serializers.IntegerField()
    ResultDesc = serializers.CharField()
    CallbackMetadata = _Metadata(required=False)


class _Body(serializers.Serializer[Any]):
    stkCallback = _Callback()  # noqa: N815  # Daraja's field name


class CallbackSerializer(serializers.Serializer[Any]):
    """What M-Pesa reports."""

    Body = _Body()


class TransactionSerializer(serializers.ModelSerializer[Transaction]):
    """One deposit."""

    class Meta:
        model = Transaction
        exclude = ["user"]


class WalletSerializer(serializers.ModelSerializer[Wallet]):
    """One wallet."""

    class Meta:
        model = Wallet
        fields = ["balance", "updated_at"]
