"""Submitting: commits the submission, then asks the KYC provider, then stores its answer."""

import logging
import traceback
from dataclasses import dataclass, field
from datetime import date, datetime

import pghistory
from django.db import transaction as db_transaction

from common.db import release_connection
from kyc import conf, errors
from kyc.models import KycSubmission
from kyc.provider import IdentityClaim, KycProvider, ProviderAnswer, ProviderError
from kyc.services.decisions import apply_answer
from users.models import User

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class IdentityDetails:
    """What a customer submits; `id_number` as `parse_id_number` returns it."""

    full_name: str
    id_number: str = field(repr=False)
    date_of_birth: date


def submit(*, user: User, details: IdentityDetails, now: datetime) -> None:
    """Store the customer's details as a submission, and ask the KYC provider about it once.

    Without a clear answer the submission stays PENDING for an operator.

    Raises:
        AlreadyVerified: the customer is verified.
        AlreadySubmitted: a submission is undecided, also one sent at the same time.
    """
    provider = conf.get_provider()
    submission = _store(user.pk, details, provider.name, now)
    answer = _ask(provider, submission.pk, details)
    if answer is not None:
        apply_answer(submission_id=submission.pk, answer=answer, now=now)


def _store(
    user_id: int, details: IdentityDetails, provider_name: str, now: datetime
) -> KycSubmission:
    """Commit the PENDING submission and its customer's status, with the customer's row locked."""
    cipher = conf.get_cipher()
    with pghistory.context(reason="KYC details handed in"), db_transaction.atomic():
        customer = User.objects.select_for_update(no_key=True).get(pk=user_id)
        _refuse_unfit(customer)
        User.objects.filter(pk=user_id).update(kyc_status=User.KycStatus.PENDING)
        return KycSubmission.objects.create(
            user=customer,
            full_name=details.full_name,
            id_number_encrypted=cipher.encrypt(details.id_number),
            id_number_fingerprint=cipher.fingerprint(details.id_number),
            id_number_last_four=details.id_number[-4:],
            date_of_birth=details.date_of_birth,
            provider=provider_name,
            submitted_at=now,
        )


def _refuse_unfit(customer: User) -> None:
    if customer.kyc_status == User.KycStatus.VERIFIED:
        raise errors.AlreadyVerified
    if customer.kyc_submissions.filter(status=KycSubmission.Status.PENDING).exists():
        raise errors.AlreadySubmitted


def _ask(
    provider: KycProvider, submission_id: int, details: IdentityDetails
) -> ProviderAnswer | None:
    """Ask the provider without a transaction or connection held; return None for no answer."""
    claim = IdentityClaim(
        reference=f"KYC-{submission_id}",
        full_name=details.full_name,
        id_number=details.id_number,
        date_of_birth=details.date_of_birth,
    )
    release_connection()
    try:
        return provider.check(claim)
    except ProviderError as error:
        what = f"{type(error).__name__}: {error.detail}"
    except Exception:  # noqa: BLE001  # after any error an operator decides the stored submission
        what = traceback.format_exc()
    # A library's error text may quote the ID number that it was given.
    logger.warning(
        "KYC submission %s waits for an operator: %s",
        submission_id,
        what.replace(details.id_number, "[masked]"),
    )
    return None
