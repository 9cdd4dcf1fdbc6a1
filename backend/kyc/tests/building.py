"""Customers, what they hand in, and operators, for the tests of KYC."""

import itertools
from datetime import UTC, date, datetime
from typing import Any

from kyc import services
from kyc.models import KycSubmission
from kyc.services import IdentityDetails
from users.models import User

NOON = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ID_NUMBER = "28765678"
_numbers = itertools.count(1)


def make_customer(**fields: Any) -> User:
    """Store a customer with a number of her own, not verified yet."""
    return User.objects.create(
        phone_number=f"2547{next(_numbers):08d}", full_name="Asha Mwangi", **fields
    )


def make_operator() -> User:
    """Store an operator with every right."""
    return make_customer(is_staff=True, is_superuser=True)


def make_details(id_number: str = ID_NUMBER) -> IdentityDetails:
    """Build what a customer hands in."""
    return IdentityDetails(
        full_name="Asha Wanjiku Mwangi", id_number=id_number, date_of_birth=date(1990, 12, 31)
    )


def hand_in(user: User | None = None, id_number: str = ID_NUMBER) -> KycSubmission:
    """Hand in, and return the submission as it is then."""
    user = user or make_customer()
    services.submit(user=user, details=make_details(id_number), now=NOON)
    return user.kyc_submissions.latest("id")


def verify(submission: KycSubmission, operator: User | None = None, **changes: Any) -> None:
    """Let an operator believe a submission."""
    decision = {"tier": User.Tier.FULL, "reason": "ID seen", "now": LATER, **changes}
    services.verify(submission=submission, operator=operator or make_operator(), **decision)


def reject(submission: KycSubmission, operator: User | None = None, **changes: Any) -> None:
    """Let an operator turn a submission down."""
    decision = {"reason_code": "name_mismatch", "reason": "card says Otieno", "now": LATER}
    services.reject(
        submission=submission, operator=operator or make_operator(), **{**decision, **changes}
    )


def statuses(submission: KycSubmission) -> tuple[str, str]:
    """Return the customer and the submission, read afresh."""
    submission = KycSubmission.objects.select_related("user").get(pk=submission.pk)
    return submission.user.kyc_status, submission.status
