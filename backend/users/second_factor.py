"""The operators' second factor: an authenticator app, and ten recovery codes for a lost phone.

Only `manage.py second_factor` and `seed_demo` enrol. Secrets are returned once and never logged.
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
_FAILURES_OF_LONGEST_WAIT = 7
# Recovery codes use no letters and digits that look alike.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # pragma: allowlist secret


class AlreadyEnrolled(Exception):
    """The user has a second factor already, and `replace` is False."""


@dataclass(frozen=True)
class Enrolment:
    """The secrets that the operator is shown once: key, otpauth address and recovery codes."""

    key: str
    address: str
    recovery_codes: list[str]


def enrol(user: User, *, replace: bool = False) -> Enrolment:
    """Give the user a second factor. Replacing one ends the admin sessions that it opened.

    Raises:
        AlreadyEnrolled: the user has one, and `replace` is False.
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
    """Return whether the user has a second factor."""
    return bool(TOTPDevice.objects.filter(user=user).exists())


def verify(user: User, code: str, *, is_known: bool = False) -> Device | None:
    """Return the user's device that made the code, or None. Each code works once.

    After wrong codes django-otp rejects all codes of the device for 1, 2, 4 ... seconds, here at
    most 64, so that a thief of the password alone cannot keep the operator out. From a browser
    that gave a code before (`is_known`) wrong codes neither wait nor make others wait; the lock of
    users.lockout counts that browser's.
    """
    code = code.replace(" ", "").replace("-", "").lower()
    is_from_app = code.isascii() and code.isdigit()
    kind, token = (TOTPDevice, code) if is_from_app else (StaticDevice, _stored(code))
    with db_transaction.atomic():
        device = kind.objects.select_for_update().filter(user=user, confirmed=True).first()
        is_right = device is not None and _is_right(device, token, is_known=is_known)
    return device if is_right else None


def _is_right(device: TOTPDevice | StaticDevice, token: str, *, is_known: bool) -> bool:
    failures, failed_at = device.throttling_failure_count, device.throttling_failure_timestamp
    # The wait is 2 to the power of the failures less one.
    device.throttling_failure_count = 0 if is_known else min(failures, _FAILURES_OF_LONGEST_WAIT)
    if device.verify_token(token):
        return True
    if is_known:
        device.throttling_failure_count = failures
        device.throttling_failure_timestamp = failed_at
        device.save()
    return False


def current_code(user: User) -> str:
    """Return a code that works now, for demo accounts.

    Raises:
        PermissionError: DEBUG is off.
    """
    if not settings.DEBUG:
        raise PermissionError
    app = TOTPDevice.objects.get(user=user)
    clock = TOTP(app.bin_key, app.step, app.t0, app.digits, app.drift)
    # A used code is rejected, but the code of the next 30 seconds is accepted already.
    step = max(clock.t(), app.last_t + 1)
    return f"{hotp(app.bin_key, step, app.digits):0{app.digits}}"


def _recovery_code() -> str:
    letters = [secrets.choice(_ALPHABET) for _ in range(10)]
    return f"{''.join(letters[:5])}-{''.join(letters[5:])}"


def _stored(code: str) -> str:
    """Return the keyed hash of a recovery code; the database stores no code in clear."""
    plain = code.replace("-", "")
    return salted_hmac(__name__, plain, algorithm="sha256").hexdigest()[:16]
