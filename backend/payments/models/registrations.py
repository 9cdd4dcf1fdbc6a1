"""Which addresses for payments by hand M-Pesa was told, as far as we know."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from common.guards import append_only, no_truncate


class PaybillRegistration(models.Model):
    """A step of registering the addresses for payments by hand, at one host of Daraja.

    M-Pesa does not tell which addresses it has, so these rows are the only record. Two rows have
    one `attempt`: SENT before the request, so that a process that dies leaves the doubt visible,
    and then the answer. The addresses are kept as a hash and masked: anybody who knows their secret
    can report payments.
    """

    class Outcome(models.TextChoices):
        """What became of the request (docs/glossary.md, registration)."""

        SENT = "sent"
        REGISTERED = "registered"
        ALREADY_REGISTERED = "already_registered"  # with which addresses, M-Pesa does not say
        REJECTED = "rejected"
        NOT_SENT = "not_sent"
        UNKNOWN = "unknown"

    attempt = models.UUIDField()
    outcome = models.CharField(max_length=18, choices=Outcome)
    daraja_host = models.CharField(max_length=255)
    business_short_code = models.CharField(max_length=7)
    version = models.CharField(max_length=2)
    response_type = models.CharField(max_length=9)
    addresses_sha256 = models.CharField(max_length=64)
    validation_url_masked = models.CharField(max_length=500)
    confirmation_url_masked = models.CharField(max_length=500)
    answer = models.CharField(max_length=255, blank=True, db_default="")
    recorded_by = models.CharField(max_length=150)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        # Its rows are written by the command alone.
        default_permissions: ClassVar = ("view",)
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["attempt"],
                condition=Q(outcome="sent"),
                name="payments_registration_sent_once",
            ),
            models.UniqueConstraint(
                fields=["attempt"],
                condition=~Q(outcome="sent"),
                name="payments_registration_one_answer",
            ),
            models.CheckConstraint(
                condition=Q(
                    outcome__in=[
                        "sent", "registered", "already_registered", "rejected", "not_sent",
                        "unknown",
                    ],
                    version__in=["v1", "v2"],
                    response_type__in=["Completed", "Cancelled"],
                ),
                name="payments_registration_words",
            ),
            models.CheckConstraint(
                condition=Q(
                    business_short_code__regex=r"^[1-9][0-9]{4,6}$",
                    addresses_sha256__regex=r"^[0-9a-f]{64}$",
                    recorded_by__regex=r"\S",
                    daraja_host__regex=r"\S",
                ),
                name="payments_registration_fields",
            ),
            # The secret itself, which has 32 characters or more, is never stored.
            models.CheckConstraint(
                condition=Q(
                    validation_url_masked__regex=r"/\*{4}[A-Za-z0-9_-]{0,4}/validation/$",
                    confirmation_url_masked__regex=r"/\*{4}[A-Za-z0-9_-]{0,4}/confirmation/$",
                ),
                name="payments_registration_masked",
            ),
        ]  # fmt: skip
        triggers: ClassVar = [append_only(), no_truncate()]

    def __str__(self) -> str:
        return f"{self.business_short_code} at {self.daraja_host}: {self.outcome}"
