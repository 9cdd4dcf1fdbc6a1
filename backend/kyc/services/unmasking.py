"""Shows an ID number to an operator, after recording the operator, the time and the reason."""

import logging
from datetime import datetime

from django.db import transaction as db_transaction

from kyc import conf
from kyc.models import KycSubmission, Unmasking
from kyc.services.decisions import ReasonMissing
from users.models import User

logger = logging.getLogger(__name__)


def show_id_number(*, submission: KycSubmission, operator: User, reason: str, now: datetime) -> str:
    """Return the ID number, after committing a record (`Unmasking`) that this operator sees it.

    Raises:
        ReasonMissing: the reason is empty.
        UnreadableIdNumber: its encryption key is missing; the record is kept.
    """
    if not reason.strip():
        raise ReasonMissing
    with db_transaction.atomic(durable=True):
        Unmasking.objects.create(
            submission=submission, operator=operator, reason=reason.strip(), shown_at=now
        )
    shown = {"submission": submission.pk, "operator": operator.pk}
    logger.info("ID number of a KYC submission shown to an operator", extra=shown)
    return conf.get_cipher().decrypt(submission.id_number_encrypted)
