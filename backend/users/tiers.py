"""The deposit limits of each KYC tier; the amounts already deposited are summed elsewhere."""

from dataclasses import dataclass

from django.conf import settings

from users.models import User


@dataclass(frozen=True, kw_only=True)
class TierLimits:
    """The most that one deposit, and one day's deposits together, may be, in whole KES."""

    max_amount: int
    daily_limit: int


def tier_in_force(user: User) -> User.Tier:
    """Return the user's tier; with KYC_REQUIRED=False everyone has the full tier."""
    return User.Tier(user.tier) if settings.KYC_REQUIRED else User.Tier.FULL


def limits_of(tier: User.Tier) -> TierLimits:
    """Return the limits of a tier; basic is never above full, whatever the settings say."""
    full = TierLimits(
        max_amount=settings.DEPOSIT_MAX_AMOUNT, daily_limit=settings.DEPOSIT_DAILY_LIMIT
    )
    if tier == User.Tier.FULL:
        return full
    return TierLimits(
        max_amount=min(settings.DEPOSIT_TIER_BASIC_MAX, full.max_amount),
        daily_limit=min(settings.DEPOSIT_TIER_BASIC_DAILY, full.daily_limit),
    )
