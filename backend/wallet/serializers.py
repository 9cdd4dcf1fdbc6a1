"""Shapes of the wallet's answers."""

from datetime import UTC
from typing import Any

from rest_framework import serializers

from common.days import DaySpanSerializer
from wallet.models import Posting
from wallet.statement import MAX_DAYS


class WalletSerializer(serializers.Serializer[Any]):
    """The balance, as text with two decimals."""

    balance = serializers.DecimalField(max_digits=14, decimal_places=2)
    currency = serializers.CharField()


class EntrySerializer(serializers.ModelSerializer[Posting]):
    """One line of the statement. `amount` is positive for money in, negative for money out."""

    entry_id = serializers.IntegerField()
    description = serializers.CharField(source="entry.description")
    amount = serializers.DecimalField(source="signed_amount", max_digits=14, decimal_places=2)
    transaction_id = serializers.SerializerMethodField()
    mpesa_receipt_number = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(source="entry.created_at", default_timezone=UTC)

    class Meta:
        model = Posting
        fields = (
            "id",
            "entry_id",
            "description",
            "amount",
            "transaction_id",
            "mpesa_receipt_number",
            "created_at",
        )

    def get_transaction_id(self, posting: Posting) -> int | None:
        """Return the deposit behind the line, if one is."""
        deposit = getattr(posting.entry, "deposit", None)
        return deposit.pk if deposit else None

    def get_mpesa_receipt_number(self, posting: Posting) -> str | None:
        """Return the M-Pesa code of the deposit behind the line, once known."""
        deposit = getattr(posting.entry, "deposit", None)
        return deposit.mpesa_receipt_number if deposit else None


class StatementQuery(DaySpanSerializer):
    """The days of a statement, both included, at most 366."""

    are_days_required = True
    max_days = MAX_DAYS
