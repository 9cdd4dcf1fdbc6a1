"""KYC submissions with their decisions, and records of each operator's look at an ID number."""

from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from common.guards import Guard, Refuse, append_only, changed, no_truncate
from common.history import Inserted, Updated, keep_history
from kyc.id_numbers import mask_id_number
from users.models import User

_UNDECIDED = Q(decided_at__isnull=True, decided_by__isnull=True, reason="")
_DECIDED = Q(decided_at__isnull=False) & ~Q(reason="")


# A submission's status must agree with its customer's `kyc_status`. The customer is updated first;
# this trigger then checks that the submission's new status is the customer's. The reverse check is
# a trigger on users_user, made by migration 0002_customer_agrees.
_FOLLOW_CUSTOMER = """
IF NOT EXISTS (SELECT 1 FROM users_user
                WHERE id = NEW.user_id AND kyc_status = NEW.status) THEN
    RAISE EXCEPTION 'KYC submission %: it is not what its person is', NEW.id
        USING ERRCODE = 'check_violation';
END IF;
RETURN NULL;
"""


def _refuse_update(name: str, condition: str, text: str) -> Refuse:
    return Refuse(
        name=name,
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition(condition),
        message=f"KYC submission %: {text}",
        values=("OLD.id",),
    )


def _follow(name: str, **options: Any) -> Guard:
    return Guard(
        name=name, level=pgtrigger.Row, when=pgtrigger.After, func=_FOLLOW_CUSTOMER, **options
    )


@keep_history(
    Inserted(),
    Updated(),
    fields=[
        "status", "tier", "decided_by", "reason", "reason_code", "revoked_by", "revocation_reason",
    ],
    model_name="KycSubmissionHistory",
)  # fmt: skip
class KycSubmission(models.Model):
    """One attempt to be verified. It is decided once; triggers reject every other change.

    The ID number is stored only encrypted, as a keyed fingerprint, and as its last four characters.
    """

    class Status(models.TextChoices):
        """Whether the submission was decided, and how."""

        PENDING = "PENDING"
        VERIFIED = "VERIFIED"
        REJECTED = "REJECTED"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="kyc_submissions"
    )
    full_name = models.CharField(max_length=150)
    id_number_encrypted = models.TextField()
    id_number_fingerprint = models.CharField(max_length=64)
    id_number_last_four = models.CharField(max_length=4)
    # The constraint kyc_of_age rejects customers under 18 on the day of submission in Nairobi.
    date_of_birth = models.DateField()
    provider = models.CharField(max_length=32)
    provider_reference = models.CharField(max_length=64, blank=True, db_default="")
    status = models.CharField(
        max_length=8, choices=Status, default=Status.PENDING, db_default=Status.PENDING
    )
    submitted_at = models.DateTimeField(db_default=Now())
    decided_at = models.DateTimeField(null=True, blank=True)
    # NULL on a decided submission means that the provider decided.
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    tier = models.CharField(max_length=5, choices=User.Tier, null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True, db_default="")
    # The code, in kyc.reasons, of the text that the customer reads.
    reason_code = models.CharField(max_length=32, blank=True, db_default="")
    # Set when a verification is revoked; its ID number may then verify another account.
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    revocation_reason = models.CharField(max_length=500, blank=True, db_default="")

    class Meta:
        verbose_name = "KYC submission"
        ordering: ClassVar = ["-id"]
        permissions: ClassVar = [("unmask_id_number", "Can see ID numbers")]
        indexes: ClassVar = [
            models.Index(fields=["id_number_fingerprint"], name="kyc_fingerprint"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(status="PENDING"), name="kyc_one_pending"
            ),
            models.UniqueConstraint(
                fields=["id_number_fingerprint"],
                condition=Q(status="VERIFIED", revoked_at__isnull=True),
                name="kyc_id_verifies_once",
            ),
            models.CheckConstraint(
                condition=Q(status="PENDING", reason_code="", tier__isnull=True) & _UNDECIDED
                | Q(status="VERIFIED", reason_code="", tier__isnull=False)
                & Q(tier__in=["basic", "full"])
                & _DECIDED
                | Q(status="REJECTED", tier__isnull=True) & ~Q(reason_code="") & _DECIDED,
                name="kyc_decision_complete",
            ),
            models.CheckConstraint(
                condition=~Q(provider="manual", decided_at__isnull=False)
                | Q(decided_by__isnull=False),
                name="kyc_manual_has_operator",
            ),
            models.CheckConstraint(
                condition=~Q(decided_by=F("user")) & ~Q(revoked_by=F("user")),
                name="kyc_nobody_decides_own",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True, revocation_reason="")
                | Q(status="VERIFIED", revoked_at__isnull=False, revoked_by__isnull=False)
                & ~Q(revocation_reason=""),
                name="kyc_revocation_complete",
            ),
            models.CheckConstraint(
                condition=Q(id_number_fingerprint__regex=r"^[0-9a-f]{64}$")
                & Q(id_number_last_four__regex=r"^[A-Z0-9]{4}$")
                & ~Q(id_number_encrypted__regex=r"^[A-Z0-9]{0,12}$")
                & ~Q(full_name=""),
                name="kyc_facts",
            ),
        ]
        triggers: ClassVar = [
            Refuse(
                name="submission_begins_pending",
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition("NEW.status <> 'PENDING'"),
                message="a KYC submission begins PENDING",
            ),
            Refuse(
                name="submission_stays",
                operation=pgtrigger.Delete,
                message="KYC submission % is evidence and stays",
                values=("OLD.id",),
            ),
            _refuse_update(
                "handed_in_never_changes",
                changed(
                    "id", "user_id", "full_name", "id_number_last_four", "date_of_birth",
                    "provider", "submitted_at",
                ),
                "what was handed in never changes",
            ),
            # Key rotation re-encrypts the same ID number; it sets kyc.rotating_keys for its
            # transaction.
            _refuse_update(
                "id_number_never_changes",
                changed("id_number_encrypted", "id_number_fingerprint")
                + " AND current_setting('kyc.rotating_keys', true) IS DISTINCT FROM 'on'",
                "its ID number never changes",
            ),
            _refuse_update(
                "submission_decided_once",
                "OLD.status <> 'PENDING' AND "
                + changed(
                    "status", "decided_at", "decided_by_id", "tier", "reason", "reason_code",
                    "provider_reference",
                ),
                "it is decided once",
            ),
            _refuse_update(
                "submission_revoked_once",
                "OLD.revoked_at IS NOT NULL AND "
                + changed("revoked_at", "revoked_by_id", "revocation_reason"),
                "it is revoked once",
            ),
            _follow("submission_follows_insert", operation=pgtrigger.Insert),
            _follow(
                "submission_follows",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.status <> NEW.status"),
            ),
            no_truncate(),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"KYC {self.pk} {self.status}"

    @property
    def masked_id_number(self) -> str:
        """Return the ID number masked but for its last four characters."""
        return mask_id_number(self.id_number_last_four)


class Unmasking(models.Model):
    """A record that an operator saw an ID number, committed before showing it; append-only."""

    submission = models.ForeignKey(
        KycSubmission, on_delete=models.PROTECT, related_name="unmaskings"
    )
    operator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=500)
    shown_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(reason=""), name="kyc_unmasking_reason"),
        ]
        triggers: ClassVar = [append_only(), no_truncate()]

    def __str__(self) -> str:
        return f"ID number of {self.submission_id}, seen by {self.operator_id}"
