"""The KYC status that a new account starts with; the kyc app changes it later."""

from django.conf import settings

from users.models import User


def first_status() -> User.KycStatus:
    """Return VERIFIED with the mock KYC provider (rejected in production), else PENDING."""
    is_believed = settings.KYC_PROVIDER == "mock"
    return User.KycStatus.VERIFIED if is_believed else User.KycStatus.PENDING
