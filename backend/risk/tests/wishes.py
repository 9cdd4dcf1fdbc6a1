"""Builds customers and their own limits for tests."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from risk import services
from risk.caps import Caps
from risk.models import OwnLimits
from users.models import User

NOON = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
DAY = timedelta(hours=24)
PASSWORD = "a-good-password"
_numbers = itertools.count(1)


def make_customer(**fields: Any) -> User:
    """Store a verified customer with a number of her own."""
    fields = {"full_name": "Asha Mwangi", "kyc_status": "VERIFIED", **fields}
    return User.objects.create_user(f"2547{next(_numbers):08d}", PASSWORD, **fields)


def set_caps(
    user: User, daily: int | None, weekly: int | None = None, now: datetime = NOON
) -> OwnLimits:
    """Ask for caps, and return the row."""
    services.set_caps(user=user, wanted=Caps(daily, weekly), now=now)
    return OwnLimits.objects.get(user=user)


def pause(user: User, days: int = 7, now: datetime = NOON) -> OwnLimits:
    """Begin a pause, and return the row."""
    services.pause(user=user, days=days, now=now)
    return OwnLimits.objects.get(user=user)


def exclude(user: User, months: int = 6, now: datetime = NOON) -> OwnLimits:
    """Begin an exclusion, and return the row."""
    services.exclude(user=user, months=months, password=PASSWORD, now=now)
    return OwnLimits.objects.get(user=user)
