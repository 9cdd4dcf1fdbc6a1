"""The privacy notice: its version, what it promises, and who accepted which version."""

from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

from common.proxies import UNKNOWN_ADDRESS, client_address
from users import erasure
from users.models import Consent, User

#: The day of the notice's text (kibeezy-poly/features/privacy). A new one asks everybody again.
VERSION = "2026-12-01"
#: What of an address is kept, as in the security log.
_KEPT_BITS = {4: 24, 6: 48}


@dataclass(frozen=True)
class Notice:
    """What the notice says in numbers, read from what the code does."""

    version: str
    keep_years: int
    answer_days: int
    contact: str


def current_notice() -> Notice:
    """Return the notice in force."""
    return Notice(
        version=VERSION,
        keep_years=settings.RETENTION_YEARS,
        answer_days=erasure.ANSWER_WITHIN.days,
        contact=settings.PRIVACY_CONTACT,
    )


def find_latest_consent(user: User) -> Consent | None:
    """Return what the user accepted last, or None."""
    return Consent.objects.filter(user=user).first()


def accept(user: User, *, version: str, request: HttpRequest, now: datetime) -> None:
    """Record that the user accepted a version, once; of another than the present one nothing."""
    if version != VERSION:
        return
    # One statement: two tabs at the same time record one.
    Consent.objects.bulk_create(
        [Consent(user=user, version=version, accepted_at=now, network=_network(request))],
        ignore_conflicts=True,
    )


def _network(request: HttpRequest) -> str:
    address = client_address(request)
    if address == UNKNOWN_ADDRESS:
        return ""
    bits = _KEPT_BITS[ip_address(address).version]
    return str(ip_network((address, bits), strict=False))
