"""Reads KYC status and submissions, for the customer and for operators."""

from dataclasses import dataclass

from django.db.models import QuerySet

from common.messages import Message
from kyc.models import KycSubmission
from kyc.reasons import WITHDRAWN, reason_text
from users.models import User
from users.tiers import tier_in_force


@dataclass(frozen=True, kw_only=True)
class KycSummary:
    """A customer's KYC status. `submission` is the latest, or None if it did not set the status."""

    kyc_status: str
    tier: str
    submission: KycSubmission | None
    reason: Message | None
    may_submit: bool


def describe(user: User) -> KycSummary:
    """Return the customer's KYC status, read afresh from the database."""
    user.refresh_from_db(fields=["kyc_status", "tier"])
    latest = user.kyc_submissions.first()
    # If an operator decided without a submission, an older submission does not explain the status.
    explains = latest is not None and status_of(latest) == user.kyc_status
    is_pending = latest is not None and latest.status == KycSubmission.Status.PENDING
    return KycSummary(
        kyc_status=user.kyc_status,
        tier=tier_in_force(user).value,
        submission=latest if explains else None,
        reason=_reason_of(latest) if latest is not None and explains else None,
        may_submit=user.kyc_status != User.KycStatus.VERIFIED and not is_pending,
    )


def is_being_checked(user: User) -> bool:
    """Return whether the customer's latest submission waits for a decision."""
    latest = user.kyc_submissions.first()
    return latest is not None and latest.status == KycSubmission.Status.PENDING


def status_of(submission: KycSubmission) -> str:
    """Return a submission's status, but REJECTED if its verification was revoked."""
    is_revoked = submission.revoked_at is not None
    return KycSubmission.Status.REJECTED if is_revoked else submission.status


def _reason_of(submission: KycSubmission) -> Message | None:
    if submission.revoked_at is not None:
        return WITHDRAWN
    return reason_text(submission.reason_code) if submission.reason_code else None


def list_same_id(submission: KycSubmission) -> "QuerySet[KycSubmission, KycSubmission]":
    """List other accounts' submissions with the same ID number, newest first."""
    return KycSubmission.objects.filter(
        id_number_fingerprint=submission.id_number_fingerprint
    ).exclude(user_id=submission.user_id)


def is_id_number_taken(submission: KycSubmission) -> bool:
    """Return whether another submission with the same ID number is verified and not revoked."""
    return (
        KycSubmission.objects.filter(
            id_number_fingerprint=submission.id_number_fingerprint,
            status=KycSubmission.Status.VERIFIED,
            revoked_at__isnull=True,
        )
        .exclude(pk=submission.pk)
        .exists()
    )
