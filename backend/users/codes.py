"""One-time codes by SMS: six digits for one number and purpose, hashed, ten minutes, five guesses.

Who asks gets a handle, and the right code counts only together with it. Nothing here says whether a
number has an account: for one without, the same rows are written and no SMS goes out.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db import transaction as db_transaction
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac

from common.db import delete_in_batches
from common.security_log import log_event
from users import lockout
from users.code_models import DIGITS, MAX_GUESSES, OneTimeCode
from users.errors import CodeEnded, InvalidCode, TooManyCodes
from users.known_browser import hash_number
from users.models import User
from users.sms import outbox

#: How long a code can be used. docs/api.md and the SMS say so too.
LIFETIME = timedelta(minutes=10)
_HOUR = timedelta(hours=1)
#: Rates count the rows of an hour, and support is asked about those of the same day.
_KEPT = timedelta(days=2)
#: One statement, so that of guesses at the same time each is counted, and no sixth is compared.
_GUESS = """
UPDATE users_onetimecode SET guesses = guesses + 1
 WHERE handle_hash = %(handle)s AND purpose = %(purpose)s AND ended_at IS NULL
   AND expires_at > %(now)s AND guesses < %(most)s
RETURNING id, user_id, code_hash, number_hash, guesses
"""


@dataclass(frozen=True)
class RightCode:
    """A code that was typed rightly, and is not used yet."""

    pk: int
    user_id: int | None
    number_hash: str


def send_code(
    request: HttpRequest,
    *,
    purpose: str,
    phone_number: str,
    user: User | None,
    text: Callable[[str], str],
    now: datetime,
    is_right: bool = True,
    is_sent: bool = True,
) -> str:
    """Write a new code for the number and the SMS with it, and return the handle.

    The code before ends. `text` makes the SMS of a code. Without `is_right` no code will ever be
    right, and without `is_sent` no SMS goes out; both take the same statements.

    Raises:
        TooManyCodes: this number has had CODES_PER_NUMBER_HOURLY codes within the hour.
        OutboxFull: SMS_MAX_PER_HOUR messages were written within the hour.
    """
    handle = secrets.token_urlsafe(32)
    code = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
    # What nobody can type takes the code's place.
    kept = code if is_right else secrets.token_hex(DIGITS)
    number_hash = hash_number(phone_number)
    asked_by = lockout.name_of(request, {"username": phone_number})
    with db_transaction.atomic():
        outbox.take_turn(now=now)
        _refuse_flood(asked_by, now)
        OneTimeCode.objects.filter(
            number_hash=number_hash, purpose=purpose, ended_at__isnull=True
        ).update(ended_at=now)
        OneTimeCode.objects.create(
            user=user,
            purpose=purpose,
            number_hash=number_hash,
            asked_by=asked_by,
            handle_hash=_hash_handle(handle),
            code_hash=_hash_code(handle, kept),
            created_at=now,
            expires_at=now + LIFETIME,
        )
        outbox.write(
            text(code),
            user=user,
            phone_number=phone_number,
            send_for=LIFETIME,
            now=now,
            is_withheld=not is_sent,
        )
    return handle


def check_code(*, purpose: str, handle: str, code: str, now: datetime) -> RightCode:
    """Count one guess, and return what the code is for if it is right.

    The count is stored at once, so this must not be called inside a transaction.

    Raises:
        InvalidCode: it is wrong; another guess may be made.
        CodeEnded: there is no such code, or it was used, replaced, too old or guessed too often.
    """
    parameters: dict[str, Any] = {
        "handle": _hash_handle(handle), "purpose": purpose, "now": now, "most": MAX_GUESSES,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_GUESS, parameters)
        row = cursor.fetchone()
    if row is None:
        raise CodeEnded
    pk, user_id, code_hash, number_hash, guesses = row
    is_right = constant_time_compare(code_hash, _hash_code(handle, code))
    # A process of before `is_right` kept real codes for numbers without an account, too.
    if not is_right or (user_id is None and purpose == OneTimeCode.Purpose.RECOVERY):
        log_event("one_time_code_wrong", purpose=purpose, guesses=guesses)
        raise InvalidCode if guesses < MAX_GUESSES else CodeEnded
    return RightCode(pk, user_id, number_hash)


def use_up(code: RightCode, *, now: datetime) -> None:
    """End a code, in the transaction of what it allows: of two at the same time one succeeds.

    Raises:
        CodeEnded: it was used or replaced since it was checked.
    """
    if not OneTimeCode.objects.filter(pk=code.pk, ended_at__isnull=True).update(ended_at=now):
        raise CodeEnded


def purge(*, now: datetime) -> None:
    """Delete codes that are two days old."""
    delete_in_batches(OneTimeCode.objects.filter(created_at__lt=now - _KEPT))


def _refuse_flood(asked_by: str, now: datetime) -> None:
    """Keep strangers from filling one phone with codes, and from spending our money on it."""
    most = settings.CODES_PER_NUMBER_HOURLY
    asked = OneTimeCode.objects.filter(asked_by=asked_by, created_at__gt=now - _HOUR)
    times = list(asked.order_by("-created_at").values_list("created_at", flat=True)[:most])
    if settings.RATELIMIT_ENABLE and len(times) >= most:
        wait_s = max(1, round((times[-1] + _HOUR - now).total_seconds()))
        raise TooManyCodes(retry_after_s=wait_s)


def _hash_handle(handle: str) -> str:
    return salted_hmac("users.codes.handle", handle, algorithm="sha256").hexdigest()


def _hash_code(handle: str, code: str) -> str:
    """Return a keyed hash: with the table alone, a million codes cannot be tried."""
    return salted_hmac("users.codes.code", f"{handle}:{code}", algorithm="sha256").hexdigest()
