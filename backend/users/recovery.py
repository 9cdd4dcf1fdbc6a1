"""Passwords that were forgotten: a code by SMS to the account's number sets a new one.

A number can be in other hands: a SIM card is swapped, or a number that was given back is sold
again. So operators never come in this way, neither does an account that was quiet for long, and for
a while the number cannot be changed (docs/decisions/0076). The same answer and the same statements
for every number keep it unknown which have an account.
"""

import logging
from datetime import datetime, timedelta

import pghistory
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction as db_transaction
from django.db.models import F, Max
from django.http import HttpRequest

from common.messages import Message
from common.security_log import log_event
from users import codes
from users.code_models import OneTimeCode, Recovery
from users.errors import CodeEnded, SmsUnavailable
from users.known_browser import hash_number
from users.models import PhoneChange, User
from users.passwords import normalise
from users.serializers import refuse_weak_password
from users.sms import outbox
from users.sms.sender import is_configured

logger = logging.getLogger(__name__)

_PURPOSE = OneTimeCode.Purpose.RECOVERY
#: At most 160 characters each, the length of one SMS.
CODE_SMS = Message(
    en="{code} is your Kibeezy code for a new password, for 10 minutes. We never ask you for it."
    " Not you? Do nothing, and tell it to nobody.",
    sw="{code} ni msimbo wako wa Kibeezy wa nenosiri jipya, kwa dakika 10. Hatukuulizi kamwe."
    " Si wewe? Usifanye lolote, usimwambie mtu.",
)
DONE_SMS = Message(
    en="Your Kibeezy password was changed by a code sent to this number, and all other phones"
    " were logged out. Not you? Contact support at once.",
    sw="Nenosiri lako la Kibeezy limebadilishwa kwa msimbo uliotumwa hapa; simu nyingine zote"
    " zimetolewa. Si wewe? Wasiliana nasi mara moja.",
)
#: How long the notice may wait for a gateway that is down.
_NOTICE_FOR = timedelta(days=1)


def start_recovery(
    request: HttpRequest, *, phone_number: str, language: str | None, now: datetime
) -> str:
    """Send a code to the number, if its account may be recovered, and return the handle.

    Raises:
        SmsUnavailable: no SMS can be sent now, to any number.
        TooManyCodes: the number has had enough codes for now, with an account or without.
    """
    if not is_configured():
        raise SmsUnavailable
    user = _find_recoverable(phone_number, now)
    try:
        return codes.send_code(
            request,
            purpose=_PURPOSE,
            phone_number=phone_number,
            user=user,
            text=lambda code: CODE_SMS.filled(code=code).in_language(language),
            now=now,
            is_right=user is not None,
            is_sent=user is not None,
        )
    except outbox.OutboxFull as error:
        log_event("sms_money_of_the_hour_spent", request=request, level=logging.ERROR)
        raise SmsUnavailable(retry_after_s=int(error.args[0])) from error


def confirm_recovery(
    *, handle: str, code: str, new_password: str, language: str | None, now: datetime
) -> User:
    """Set the password of the account that the code was sent for, and return its user.

    All sessions and tokens of the account end, and a request for another number is withdrawn: it
    may be of somebody who had got in. For RECOVERY_WAIT_HOURS none can be made.

    Raises:
        InvalidCode, CodeEnded: as users.codes.check_code.
        ValidationError: the password is too weak; the code can be used again.
    """
    right = codes.check_code(purpose=_PURPOSE, handle=handle, code=code, now=now)
    user = right.user_id and User.objects.filter(pk=right.user_id).first()
    if not user or not _is_still_the_same(user, right):
        raise CodeEnded
    refuse_weak_password("new_password", new_password, user)
    hashed = make_password(normalise(new_password))
    with db_transaction.atomic(), pghistory.context(recovered_by_code=right.pk):
        codes.use_up(right, now=now)
        _set_password(user, hashed, now)
        Recovery.objects.create(
            user=user,
            recovered_at=now,
            waits_until=now + timedelta(hours=settings.RECOVERY_WAIT_HOURS),
        )
        PhoneChange.objects.filter(user=user, status=PhoneChange.Status.PENDING).update(
            status=PhoneChange.Status.CANCELLED, decided_at=now
        )
        outbox.write(
            DONE_SMS.in_language(language),
            user=user,
            phone_number=user.phone_number,
            send_for=_NOTICE_FOR,
            now=now,
        )
    log_event("password_recovered", level=logging.INFO, user=user.pk)
    return User.objects.get(pk=user.pk)


def waits_until(user: User, *, now: datetime) -> datetime | None:
    """Return until when the account's number cannot be changed, or None if it can be."""
    waits = Recovery.objects.filter(user=user, waits_until__gt=now)
    until: datetime | None = waits.aggregate(until=Max("waits_until"))["until"]
    return until


def _find_recoverable(phone_number: str, now: datetime) -> User | None:
    """Return the customer who may get a code at this number, or None, by one statement."""
    found = User.objects.filter(phone_number=phone_number)
    user = found.annotate(newest_token=Max("auth_token_set__created")).first()
    if user is None or user.is_staff or user.is_superuser or not user.is_active:
        return None
    seen = [user.created_at, user.last_login, user.newest_token]
    last = max(moment for moment in seen if moment is not None)
    return user if now - last < timedelta(days=settings.RECOVERY_QUIET_DAYS) else None


def _is_still_the_same(user: User, right: codes.RightCode) -> bool:
    """Return whether the account still has the number that the code went to."""
    return hash_number(user.phone_number) == right.number_hash


def _set_password(user: User, hashed: str, now: datetime) -> None:
    """Replace the password, unless the account has become one that is not recovered this way."""
    changed = User.objects.filter(
        pk=user.pk,
        phone_number=user.phone_number,
        is_active=True,
        is_staff=False,
        is_superuser=False,
    ).update(
        password=hashed,
        session_epoch=F("session_epoch") + 1,
        one_time_password_until=None,
        number_proven_at=now,
    )
    if not changed:
        raise CodeEnded
