"""Rate limits of log-ins, sign-ups and changes of password or phone number."""

from django.http import HttpRequest
from rest_framework.exceptions import Throttled
from rest_framework.request import Request

from common.throttles import RateThrottle


class LogInThrottle(RateThrottle):
    """Failed log-ins per address; users.lockout counts them for API, token, browser and admin.

    Right passwords are not counted, since thousands of customers may share an address.
    """

    group = "log-in"
    rate_setting = "LOGIN_RATE_IP"


class WrongPasswordThrottle(RateThrottle):
    """Wrong passwords per phone number from all addresses, against attacks from many addresses.

    The lock (users.lockout) comes sooner, but counts each address separately.
    """

    group = "wrong-password"
    rate_setting = "LOGIN_RATE_NUMBER"

    def __init__(self, hashed_number: str) -> None:
        self._hashed_number = hashed_number

    def _counted(self, group: str, request: HttpRequest | Request) -> str:
        return f"number:{self._hashed_number}"


class SignUpThrottle(RateThrottle):
    """Sign-ups per address; the view counts them once their body is valid."""

    group = "sign-up"
    rate_setting = "SIGNUP_RATE_IP"


class CodeThrottle(RateThrottle):
    """Codes by SMS that one address asked for, from browsers that the number's owner never used."""

    group = "code"
    rate_setting = "CODE_RATE_IP"


def count_code(request: Request) -> None:
    """Count a code that this address asks for.

    Raises:
        Throttled: it has asked for too many.
    """
    wait_s = CodeThrottle().seconds_to_wait(request)
    if wait_s is not None:
        raise Throttled(wait_s)


class PasswordThrottle(RateThrottle):
    """Changes of a user's password; each request could be a guess of the current password."""

    group = "password"
    rate_setting = "PASSWORD_RATE_USER"
    key = "user"


class ClosingThrottle(RateThrottle):
    """A user's wishes to close the account: each could guess the password."""

    group = "closing"
    rate_setting = "PHONE_CHANGE_RATE_USER"
    key = "user"


class ExportThrottle(RateThrottle):
    """A user's exports of their own data: each could guess the password, and reads every table."""

    group = "export"
    rate_setting = "EXPORT_RATE_USER"
    key = "user"


class PhoneChangeThrottle(RateThrottle):
    """A user's requests for another number: each could guess the password or probe for accounts."""

    group = "phone-change"
    rate_setting = "PHONE_CHANGE_RATE_USER"
    key = "user"
