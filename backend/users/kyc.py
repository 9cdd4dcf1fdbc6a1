"""What is known of a person on the day of the sign-up. An operator decides later, in the admin."""

from django.conf import settings

from users.models import User

#: KYC_PROVIDER: `manual` waits for an operator, `mock` (refused in production) believes everybody.
_FIRST_STATUS = {"manual": User.KycStatus.PENDING, "mock": User.KycStatus.VERIFIED}


def first_status() -> User.KycStatus:
    """Return the kyc_status of a new account."""
    return _FIRST_STATUS[settings.KYC_PROVIDER]
