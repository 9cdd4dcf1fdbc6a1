"""Tables of the yardstick."""

from django.conf import settings
from django.db import models


class Wallet(models.Model):
    """A customer's balance."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="wallet")
    balance = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        app_label = "twin"

    def __str__(self) -> str:
        return f"wallet {self.pk}"


class Transaction(models.Model):
    """A deposit."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="transactions")
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    phone_number = models.CharField(max_length=15)
    status = models.CharField(max_length=10, default="PENDING", db_index=True)
    merchant_request_id = models.CharField(max_length=100, blank=True)
    checkout_request_id = models.CharField(max_length=100, unique=True, null=True)
    mpesa_receipt_number = models.CharField(max_length=50, blank=True, db_index=True)
    result_desc = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        app_label = "twin"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"transaction {self.pk}"


class LedgerEntry(models.Model):
    """One line of a customer's wallet."""

    wallet = models.ForeignKey(Wallet, models.CASCADE, related_name="entries")
    transaction = models.ForeignKey(Transaction, models.CASCADE, related_name="entries")
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    balance_after = models.DecimalField(max_digits=14, decimal_places=2)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "twin"

    def __str__(self) -> str:
        return f"entry {self.pk}"


class Notification(models.Model):
    """A message to the customer."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    text = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "twin"

    def __str__(self) -> str:
        return f"notification {self.pk}"
