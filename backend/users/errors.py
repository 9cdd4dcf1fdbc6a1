"""The errors of accounts (sign-up, log-in, password, phone number), with the user's messages."""

from rest_framework.exceptions import APIException, ErrorDetail, ValidationError

from common.errors import DomainError
from common.messages import Message

#: The HTTP status by error code, registered with common.catalogue.
STATUS_BY_CODE = {
    "invalid_credentials": 401,
    "account_blocked": 403,
    "phone_number_taken": 409,
    "phone_change_pending": 409,
    "session_changed": 409,
    "invalid_code": 400,
    "code_ended": 410,
    "number_waits": 409,
    "sms_unavailable": 503,
}

#: The message shown beside a form field, by the code of the field error.
FIELD_MESSAGES = {
    "invalid_name": Message(
        en="Please write your name without line breaks or special signs.",
        sw="Tafadhali andika jina lako bila mistari mipya wala alama maalum.",
    ),
    "invalid_phone_number": Message(
        en="Enter a Kenyan mobile number, such as 0712 345 678.",
        sw="Weka nambari ya simu ya Kenya, kama 0712 345 678.",
    ),
    "wrong_password": Message(
        en="This is not your password.",
        sw="Hili si nenosiri lako.",
    ),
    "same_phone_number": Message(
        en="This is your number already.",
        sw="Hii tayari ni nambari yako.",
    ),
    "password_too_short": Message(
        en="Use a password of at least 8 characters.",
        sw="Tumia nenosiri lenye herufi 8 au zaidi.",
    ),
    "password_too_common": Message(
        en="Too many people use this password. Choose another.",
        sw="Nenosiri hili linatumiwa na wengi. Chagua lingine.",
    ),
    "password_of_our_words": Message(
        en="Names such as M-PESA or Kibeezy are guessed first. Choose other words.",
        sw="Majina kama M-PESA au Kibeezy hukisiwa kwanza. Chagua maneno mengine.",
    ),
    "password_entirely_numeric": Message(
        en="A password needs letters too, not only digits.",
        sw="Nenosiri linahitaji herufi pia, si tarakimu pekee.",
    ),
    "password_too_similar": Message(
        en="This password is too close to your name or number.",
        sw="Nenosiri hili linafanana mno na jina au nambari yako.",
    ),
}


class InvalidCredentials(DomainError):
    """Phone number and password do not match; the error never says which of the two is wrong."""

    code = "invalid_credentials"
    error = "Invalid phone number or password"
    customer_message = Message(
        en="That phone number and password do not match. Please try again.",
        sw="Nambari ya simu na nenosiri havilingani. Tafadhali jaribu tena.",
    )


class AccountBlocked(DomainError):
    """The account is deactivated (`is_active` is False)."""

    code = "account_blocked"
    error = "Account blocked"
    customer_message = Message(
        en="Your account is blocked. Please contact support.",
        sw="Akaunti yako imezuiwa. Tafadhali wasiliana na huduma kwa wateja.",
    )


class SessionChanged(DomainError, APIException):
    """The request is meant for one account, and the session is another's; nothing was done.

    It is raised while DRF authenticates. Of an APIException DRF remembers that nobody is signed in;
    after any other exception a page of the browsable API would authenticate again, and break.
    """

    code = "session_changed"
    error = "Another account is signed in"
    customer_message = Message(
        en="Another account is signed in on this browser now. Nothing was done.",
        sw="Akaunti nyingine imeingia kwenye kivinjari hiki sasa. Hakuna kilichofanyika.",
    )


class InvalidCode(DomainError):
    """The code from the SMS is wrong, and may be typed again."""

    code = "invalid_code"
    error = "Wrong code"
    customer_message = Message(
        en="This is not the code that we sent. Look at the newest SMS and type its six digits.",
        sw="Huu si msimbo tuliotuma. Tazama SMS mpya zaidi kisha uandike tarakimu zake sita.",
    )


class CodeEnded(DomainError):
    """There is no such code any more: used, replaced, too old, or guessed too often."""

    code = "code_ended"
    error = "Code ended"
    customer_message = Message(
        en="This code has ended. Ask for a new one.",
        sw="Msimbo huu umeisha muda. Omba mwingine.",
    )


class TooManyCodes(DomainError):
    """The number has had enough codes for now, with an account or without."""

    code = "rate_limited"
    error = "Too many codes"
    customer_message = Message(
        en="We have sent several codes to this number. Please wait before you ask for another.",
        sw="Tumetuma misimbo kadhaa kwa simu hii. Tafadhali subiri kabla ya kuomba mwingine.",
    )


class SmsUnavailable(DomainError):
    """No SMS can be sent now, to any number; nothing was done."""

    code = "sms_unavailable"
    error = "SMS unavailable"
    customer_message = Message(
        en="We cannot send SMS right now. Please try again later, or contact support.",
        sw="Hatuwezi kutuma SMS sasa hivi. Jaribu tena baadaye, au wasiliana na huduma kwa wateja.",
    )


class NumberWaits(DomainError):
    """The password was recovered by SMS a short while ago, so the number stays for now."""

    code = "number_waits"
    error = "Number change has to wait"
    customer_message = Message(
        en="You set a new password by SMS a short while ago. To protect you, the number can be"
        " changed only later.",
        sw="Uliweka nenosiri jipya kwa SMS hivi karibuni. Kwa usalama wako, nambari inaweza"
        " kubadilishwa baadaye tu.",
    )


class PhoneNumberTaken(DomainError):
    """An account with this phone number exists already."""

    code = "phone_number_taken"
    error = "Phone number taken"
    customer_message = Message(
        en="This phone number already has an account. Log in instead.",
        sw="Nambari hii ya simu tayari ina akaunti. Ingia badala yake.",
    )


class NewPhoneNumberTaken(PhoneNumberTaken):
    """Another account has the phone number that this user wants to change to."""

    customer_message = Message(
        en="Another account has this phone number. If the number is yours, contact support.",
        sw="Nambari hii ya simu ina akaunti nyingine. Ikiwa ni yako, wasiliana na huduma"
        " kwa wateja.",
    )


class PhoneChangePending(DomainError):
    """The user's last request for another phone number is still undecided."""

    code = "phone_change_pending"
    error = "Phone number change pending"
    customer_message = Message(
        en="You have asked for a new number already. We are looking at it; withdraw that"
        " request first if you want another number.",
        sw="Tayari umeomba nambari mpya. Tunaishughulikia; ondoa ombi hilo kwanza kama"
        " unataka nambari nyingine.",
    )


def wrong_password(field: str) -> ValidationError:
    """Return the error for a signed-in user who typed a wrong current password into `field`."""
    return ValidationError({field: [ErrorDetail("Wrong password.", "wrong_password")]})


class SignInBusy(DomainError):
    """Too many passwords are being hashed at once, so this one was not checked."""

    code = "unavailable"
    error = "Too many sign-ins at once"
    customer_message = Message(
        en="Many people are signing in right now. Please try again in a few seconds.",
        sw="Watu wengi wanaingia sasa hivi. Tafadhali jaribu tena baada ya sekunde chache.",
    )

    def __init__(self) -> None:
        super().__init__(retry_after_s=3)
