"""Double-entry rows: accounts, journal entries, postings. Money moves in wallet.ledger only."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class LedgerAccount(models.Model):
    """A place where money stands.

    Only customers' accounts keep a balance (a trigger moves it with each posting). Clearing and
    suspense are derived from their postings: a house row that every deposit updates would make
    all deposits wait for each other (docs/decisions/0001).
    """

    class Kind(models.TextChoices):
        """What the account stands for."""

        CUSTOMER = "customer"  # liability: what we owe a customer
        CLEARING = "clearing"  # asset: what M-Pesa holds for us
        SUSPENSE = "suspense"  # liability: received, owner not yet decided

    code = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=8, choices=Kind)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="ledger_account",
    )
    balance = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind="customer", user__isnull=False, balance__isnull=False)
                | Q(kind__in=["clearing", "suspense"], user__isnull=True, balance__isnull=True),
                name="wallet_account_kind",
            ),
            models.CheckConstraint(
                condition=Q(balance__isnull=True) | Q(balance__gte=0), name="wallet_balance"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class JournalEntry(models.Model):
    """One movement of money, written once per key and never changed."""

    key = models.CharField(max_length=100, unique=True)
    description = models.CharField(max_length=255)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "journal entries"
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(key=""), name="wallet_entry_key"),
        ]

    def __str__(self) -> str:
        return self.key


class Posting(models.Model):
    """One side of an entry. Debits and credits of an entry are equal; a trigger sees to it."""

    class Side(models.TextChoices):
        """Which column of the account the amount stands in."""

        DEBIT = "debit"
        CREDIT = "credit"

    entry = models.ForeignKey(JournalEntry, on_delete=models.PROTECT, related_name="postings")
    account = models.ForeignKey(
        LedgerAccount, on_delete=models.PROTECT, related_name="postings", db_index=False
    )
    side = models.CharField(max_length=6, choices=Side)
    amount = models.DecimalField(max_digits=14, decimal_places=2)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["account", "-id"], name="wallet_posting_account")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(side__in=["debit", "credit"]), name="wallet_posting_side"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="wallet_posting_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.amount}"


class LedgerSeal(models.Model):
    """A link of the hash chain over the ledger: a batch of entries, in the order of their ids.

    `entry_digests[i]` is sha256 of entry `entry_ids[i]` with its postings, so that the first row
    that was touched can be named. `digest` is sha256 of the previous link's digest and these.
    """

    entry_ids = ArrayField(models.BigIntegerField())
    entry_digests = ArrayField(models.CharField(max_length=64))
    last_entry_id = models.BigIntegerField(unique=True)
    previous_digest = models.CharField(max_length=64, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    sealed_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"up to {self.last_entry_id}"
