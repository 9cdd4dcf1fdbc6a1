"""Proof at sign-up that the number is the customer's: a code by SMS comes back.

Nothing here says whether a number has an account. Of one that has, no code is right, and its SMS
says so to who holds the phone (docs/decisions/0081).
"""

import logging
from datetime import datetime

from django.http import HttpRequest

from common.messages import Message
from common.security_log import log_event
from users import codes
from users.code_models import OneTimeCode
from users.errors import CodeEnded, SmsUnavailable
from users.known_browser import hash_number
from users.models import User
from users.sms import outbox

_PURPOSE = OneTimeCode.Purpose.SIGNUP
#: At most 160 characters each, the length of one SMS.
CODE_SMS = Message(
    en="{code} is your Kibeezy code for a new account, for 10 minutes. We never ask you for it."
    " Not you? Do nothing, and tell it to nobody.",
    sw="{code} ni msimbo wako wa Kibeezy wa akaunti mpya, kwa dakika 10. Hatukuulizi kamwe."
    " Si wewe? Usifanye lolote, usimwambie mtu.",
)
TAKEN_SMS = Message(
    en="This number has a Kibeezy account already. Log in, or tap *Forgot password?* there."
    " Not your account? Contact support.",
    sw="Nambari hii ina akaunti ya Kibeezy tayari. Ingia, au uguse *Umesahau nenosiri?* hapo."
    " Si akaunti yako? Wasiliana nasi.",
)


def start_proof(
    request: HttpRequest, *, phone_number: str, language: str | None, now: datetime
) -> str:
    """Send a code to a number that wants an account, and return the handle.

    Raises:
        SmsUnavailable: no SMS can be sent now, to any number.
        TooManyCodes: the number has had enough codes for now.
    """
    owner = User.objects.filter(phone_number=phone_number).first()
    message = CODE_SMS if owner is None else TAKEN_SMS
    try:
        return codes.send_code(
            request,
            purpose=_PURPOSE,
            phone_number=phone_number,
            user=owner,
            text=lambda code: message.filled(code=code).in_language(language),
            now=now,
            is_right=owner is None,
        )
    except outbox.OutboxFull as error:
        log_event("sms_money_of_the_hour_spent", request=request, level=logging.ERROR)
        raise SmsUnavailable(retry_after_s=int(error.args[0])) from error


def check_proof(*, handle: str, code: str, phone_number: str, now: datetime) -> codes.RightCode:
    """Count one guess, and return the code if it is right and was sent to this number.

    Not to be called inside a transaction, as the guess is stored at once.

    Raises:
        InvalidCode, CodeEnded: as users.codes.check_code.
    """
    right = codes.check_code(purpose=_PURPOSE, handle=handle, code=code, now=now)
    if right.number_hash != hash_number(phone_number):
        raise CodeEnded
    return right
