"""KYC decisions: a submission and its customer's status change in one transaction, once.

Every function locks the customer's row first, then the submission's.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

import pghistory
from django.db import IntegrityError
from django.db import transaction as db_transaction

from common.db import broken_constraint
from kyc import selectors
from kyc.models import KycSubmission
from kyc.provider import CheckResult, ProviderAnswer
from kyc.reasons import REASONS
from users.models import User

logger = logging.getLogger(__name__)

_ID_CONSTRAINT = "kyc_id_verifies_once"
_MAX_REASON_LENGTH = 500
_VERIFIED = User.KycStatus.VERIFIED


class AlreadyDecided(Exception):
    """The submission was decided already."""


class IdNumberTaken(Exception):
    """Another account is verified with this ID number."""


class OwnIdentity(Exception):
    """The operator is the customer, and may not decide."""


class SubmissionPending(Exception):
    """The customer has an undecided submission; decide that one instead."""


class SubmissionMissing(Exception):
    """The customer has no submission that counts, so they cannot be verified."""


class ReasonMissing(ValueError):
    """The decision comes without a reason, or with an unknown reason code."""


@dataclass(frozen=True, kw_only=True)
class _Decision:
    status: KycSubmission.Status
    reason: str
    operator: User | None = None
    tier: User.Tier | None = None
    reason_code: str = ""
    provider_reference: str = ""


def verify(
    *, submission: KycSubmission, operator: User, tier: User.Tier, reason: str, now: datetime
) -> None:
    """Verify a submission; its customer becomes VERIFIED and gets the tier.

    Raises:
        ReasonMissing: the reason is empty.
        OwnIdentity: it is the operator's own.
        AlreadyDecided: somebody was faster; theirs stands.
        IdNumberTaken: another account is verified with this ID number.
    """
    decision = _Decision(
        status=KycSubmission.Status.VERIFIED, operator=operator, tier=tier, reason=_written(reason)
    )
    _decide(submission.pk, decision, now)


def reject(
    *, submission: KycSubmission, operator: User, reason_code: str, reason: str, now: datetime
) -> None:
    """Reject a submission. The customer reads the text of `reason_code`, but never `reason`.

    Raises:
        ReasonMissing: the reason is empty, or kyc.reasons has no such code.
        OwnIdentity: it is the operator's own.
        AlreadyDecided: somebody was faster; theirs stands.
    """
    if reason_code not in REASONS:
        raise ReasonMissing
    decision = _Decision(
        status=KycSubmission.Status.REJECTED,
        operator=operator,
        reason_code=reason_code,
        reason=_written(reason),
    )
    _decide(submission.pk, decision, now)


def apply_answer(*, submission_id: int, answer: ProviderAnswer, now: datetime) -> None:
    """Apply a provider's answer, unless it is REFERRED or an operator has decided meanwhile."""
    if answer.result is CheckResult.REFERRED:
        return
    is_verified = answer.result is CheckResult.VERIFIED
    decision = _Decision(
        status=KycSubmission.Status.VERIFIED if is_verified else KycSubmission.Status.REJECTED,
        tier=User.Tier.FULL if is_verified else None,
        reason=(answer.detail.strip() or "no detail given")[:_MAX_REASON_LENGTH],
        reason_code=answer.mismatch.value if answer.mismatch else "",
        provider_reference=answer.provider_reference[:64],
    )
    try:
        _decide(submission_id, decision, now)
    except AlreadyDecided:
        logger.info("KYC submission %s was decided before its provider answered", submission_id)
    except IdNumberTaken:
        logger.warning(
            "KYC submission %s waits for an operator: another account has its ID", submission_id
        )


def decide_about_customer(
    *, user: User, operator: User, tier: User.Tier | None, reason: str, now: datetime
) -> None:
    """Decide about a customer again: another tier, or REJECTED if `tier` is None.

    A tier needs a verified submission that is not revoked, except to lower it: nobody is verified
    without one. Rejecting revokes the submission, so that its ID number is free again.

    Raises:
        ReasonMissing: the reason is empty.
        OwnIdentity: the operator is the customer.
        SubmissionPending: the customer has an undecided submission.
        SubmissionMissing: a tier for a customer without a verified submission that is not revoked.
    """
    reason = _written(reason)
    if operator.pk == user.pk:
        raise OwnIdentity
    with pghistory.context(operator=operator.pk, reason=reason), db_transaction.atomic():
        customer = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        submissions = customer.kyc_submissions.all()
        if submissions.filter(status=KycSubmission.Status.PENDING).exists():
            raise SubmissionPending
        valid = submissions.filter(status=KycSubmission.Status.VERIFIED, revoked_at__isnull=True)
        if tier is not None:
            # A customer who was verified without a submission, as imported ones are, can only be
            # lowered.
            is_lowered = (customer.kyc_status, tier) == (_VERIFIED, User.Tier.BASIC)
            if not is_lowered and not valid.exists():
                raise SubmissionMissing
            _move_customer(customer.pk, User.KycStatus.VERIFIED, tier)
            return
        _move_customer(customer.pk, User.KycStatus.REJECTED, None)
        valid.update(revoked_at=now, revoked_by=operator, revocation_reason=reason)


def _written(reason: str) -> str:
    if not reason.strip():
        raise ReasonMissing
    return reason.strip()


def _decide(submission_id: int, decision: _Decision, now: datetime) -> None:
    """Decide a PENDING submission and update its customer, in one transaction."""
    operator_id = decision.operator.pk if decision.operator else None
    try:
        with (
            pghistory.context(operator=operator_id, reason=decision.reason),
            db_transaction.atomic(),
        ):
            _decide_locked(_lock(submission_id), decision, now)
    except IntegrityError as error:
        if broken_constraint(error) != _ID_CONSTRAINT:
            raise
        raise IdNumberTaken from error


def _lock(submission_id: int) -> KycSubmission:
    """Lock the customer, then the submission; return the submission, read under the lock."""
    found = KycSubmission.objects.filter(pk=submission_id)
    User.objects.select_for_update(no_key=True).get(pk=found.values("user_id")[:1])
    return found.select_for_update(no_key=True).get()


def _decide_locked(submission: KycSubmission, decision: _Decision, now: datetime) -> None:
    if submission.status != KycSubmission.Status.PENDING:
        raise AlreadyDecided
    if decision.operator and decision.operator.pk == submission.user_id:
        raise OwnIdentity
    is_verified = decision.status == KycSubmission.Status.VERIFIED
    # Check first; if two accounts are verified at once with one ID number, the constraint
    # rejects the second.
    if is_verified and selectors.is_id_number_taken(submission):
        raise IdNumberTaken
    _move_customer(submission.user_id, User.KycStatus(decision.status.value), decision.tier)
    submission.status = decision.status
    submission.decided_at = now
    submission.decided_by = decision.operator
    submission.tier = decision.tier
    submission.reason = decision.reason
    submission.reason_code = decision.reason_code
    submission.provider_reference = decision.provider_reference
    submission.save()


def _move_customer(user_id: int, status: User.KycStatus, tier: User.Tier | None) -> None:
    change = {"kyc_status": status} if tier is None else {"kyc_status": status, "tier": tier}
    User.objects.filter(pk=user_id).update(**change)
