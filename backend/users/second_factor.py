"""The operators' second factor: an authenticator app, and ten codes for when the phone is lost.

Devices are made by `manage.py second_factor` alone. Secrets are returned once and never logged.
"""

import logging
import secrets
from base64 import b32encode
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction as db_transaction
from django.utils.crypto import salted_hmac
from django_otp.models import Device
from django_otp.oath import TOTP, hotp
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from users.models import User

logger = logging.getLogger(__name__)

_RECOVERY_CODES = 10
# Without letters and digits that look alike.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # pragma: allowlist secret


class AlreadyEnrolled(Exception):
    """This user has a second factor, and it was not asked to replace it."""


@dataclass(frozen=True)
class Enrolment:
    """What the operator sees this once."""

    key: str
    address: str
    recovery_codes: list[str]


def enrol(user: User, *, replace: bool = False) -> Enrolment:
    """Give somebody a second factor. A replaced one ends the admin sessions it opened.

    Raises:
        AlreadyEnrolled: there is one, and `replace` is False.
    """
    with db_transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if is_enrolled(user) and not replace:
            raise AlreadyEnrolled
        TOTPDevice.objects.filter(user=user).delete()
        StaticDevice.objects.filter(user=user).delete()
        app = TOTPDevice.objects.create(user=user, name="authenticator app")
        codes = [_recovery_code() for _ in range(_RECOVERY_CODES)]
        paper = StaticDevice.objects.create(user=user, name="recovery codes")
        for code in codes:
            paper.token_set.create(token=_stored(code))
    logger.info("second factor enrolled", extra={"user": user.pk, "replaced": replace})
    return Enrolment(b32encode(app.bin_key).decode(), app.config_url, codes)


def is_enrolled(user: User) -> bool:
    """Say whether this user has a second factor."""
    return bool(TOTPDevice.objects.filter(user=user).exists())


def verify(user: User, code: str) -> Device | None:
    """Return the device that the code is from, or None. Each code works once.

    django-otp slows wrong ones down: 1, 2, 4, 8 ... seconds per device.
    """
    code = code.replace(" ", "").replace("-", "").lower()
    is_from_app = code.isascii() and code.isdigit()
    kind, token = (TOTPDevice, code) if is_from_app else (StaticDevice, _stored(code))
    with db_transaction.atomic():
        device = kind.objects.select_for_update().filter(user=user, confirmed=True).first()
        is_right = device is not None and device.verify_token(token)
    return device if is_right else None


def current_code(user: User) -> str:
    """Return a code that works now, of an account that is only for play.

    Raises:
        PermissionError: DEBUG is off.
    """
    if not settings.DEBUG:
        raise PermissionError
    app = TOTPDevice.objects.get(user=user)
    clock = TOTP(app.bin_key, app.step, app.t0, app.digits, app.drift)
    # A code that was used is refused; the next one is accepted already.
    step = max(clock.t(), app.last_t + 1)
    return f"{hotp(app.bin_key, step, app.digits):0{app.digits}}"


def _recovery_code() -> str:
    letters = [secrets.choice(_ALPHABET) for _ in range(10)]
    return f"{''.join(letters[:5])}-{''.join(letters[5:])}"


def _stored(code: str) -> str:
    """Return what the database keeps: the codes cannot be read from it."""
    plain = code.replace("-", "")
    return salted_hmac(__name__, plain, algorithm="sha256").hexdigest()[:16]
