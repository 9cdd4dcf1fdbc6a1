"""The inbox of callbacks."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.db.models.lookups import LessThanOrEqual

from common.guards import Refuse, changed, no_truncate
from common.retention import cut_of_body
from payments.models.deposits import Transaction

#: The most bytes stored of a stranger's callback body; callback_store cuts it to this.
_STRANGERS_BYTES = 4096
_BODY_BYTES = models.Func(
    F("raw_body"), function="octet_length", output_field=models.IntegerField()
)
VERDICTS = ("received", "applied", "duplicate", "hint", "unmatched", "mismatched", "malformed")


class CallbackEvent(models.Model):
    """The inbox: one callback as it arrived, with its verdict.

    Only 1 KiB of a stranger's callback is stored (sql/functions/callback_inbox.sql).
    """

    class Verdict(models.TextChoices):
        """What the stored callback did (docs/glossary.md, verdict of a callback)."""

        RECEIVED = "received"  # not settled, because an error came: to be replayed
        APPLIED = "applied"
        DUPLICATE = "duplicate"
        HINT = "hint"
        UNMATCHED = "unmatched"
        MISMATCHED = "mismatched"
        MALFORMED = "malformed"

    transaction = models.ForeignKey(
        Transaction, on_delete=models.PROTECT, null=True, blank=True, related_name="callbacks"
    )
    has_token = models.BooleanField(help_text="It came to the deposit's own secret address.")
    source_address = models.GenericIPAddressField(null=True, blank=True)
    headers = models.JSONField(default=dict)
    raw_body = models.BinaryField()
    verdict = models.CharField(max_length=10, choices=Verdict, default=Verdict.RECEIVED)
    note = models.CharField(max_length=255, blank=True, db_default="")
    received_at = models.DateTimeField(db_default=Now())
    processed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            # Only strangers' callbacks are deleted by their age.
            models.Index(
                fields=["received_at"], name="payments_callback_age", condition=Q(has_token=False)
            ),
            models.Index(
                fields=["id"], name="payments_callback_open", condition=Q(verdict="received")
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(verdict__in=VERDICTS),
                name="payments_callback_verdict",
            ),
            models.CheckConstraint(
                condition=Q(has_token=True) | Q(LessThanOrEqual(_BODY_BYTES, _STRANGERS_BYTES)),
                name="payments_callback_size",
            ),
        ]
        triggers: ClassVar = [
            Refuse(
                name="callback_stays",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.has_token"),
                message="callback % is evidence and stays",
                values=("OLD.id",),
            ),
            Refuse(
                name="callback_never_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    changed(
                        "id", "raw_body", "headers", "source_address", "has_token", "received_at"
                    )
                    # What is past its age may be cut down to its receipt (docs/retention.md).
                    + f" AND NOT ({cut_of_body('id', 'has_token', 'received_at')})"
                ),
                message="callback % is evidence and never changes",
                values=("OLD.id",),
            ),
            no_truncate(),
        ]

    def __str__(self) -> str:
        return f"callback {self.pk} {self.verdict}"
