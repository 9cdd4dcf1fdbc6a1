"""What pushes and queries share: idempotency keys, Daraja's token, the pace of queries."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from payments.models.deposits import Transaction


class IdempotencyKey(models.Model):
    """One idempotency key of one user, kept for 24 hours, with the answer that will be replayed.

    `fingerprint` is the SHA-256 of what the first request asked for (the amount). `claim` names the
    request that owns the key while it runs: one that stalled and lost its claim cannot open a
    deposit with this key.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    claim = models.UUIDField()
    claimed_at = models.DateTimeField()
    transaction = models.OneToOneField(
        Transaction, on_delete=models.PROTECT, null=True, blank=True, related_name="idempotency_key"
    )
    # The answer to replay (services.idempotency.StoredAnswer); NULL while the request is under way.
    answer = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "key"], name="payments_idempotency_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["created_at"], name="payments_idempotency_age")]

    def __str__(self) -> str:
        return f"key of user {self.user_id}"


class DarajaToken(models.Model):
    """Daraja's access token for all processes, and the lease of the process that renews it.

    A new token may end the last one (docs/daraja.md §1), so all processes share this one.
    `fingerprint` is a hash of base address and consumer key.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    access_token = models.TextField(db_default="", blank=True)
    fingerprint = models.CharField(max_length=64, db_default="", blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=1), name="payments_daraja_token_single")
        ]

    def __str__(self) -> str:
        return "Daraja token"


class QueryPace(models.Model):
    """The single row by which all workers together keep DARAJA_QUERY_RATE and pause in an
    outage."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    next_slot_at = models.DateTimeField(null=True, blank=True)
    paused_until = models.DateTimeField(null=True, blank=True)
    failures_in_a_row = models.PositiveIntegerField(db_default=0, default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=1), name="payments_query_pace_single")
        ]

    def __str__(self) -> str:
        return "query pace"
