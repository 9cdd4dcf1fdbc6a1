"""How often an address may try to log in or sign up."""

from django.http import HttpRequest
from rest_framework.request import Request

from common.throttles import RateThrottle


class LogInThrottle(RateThrottle):
    """Log-ins of every kind share one count: API, token, the browser's page, the admin."""

    group = "log-in"
    rate_setting = "LOGIN_RATE_IP"


class WrongPasswordThrottle(RateThrottle):
    """Wrong passwords of one number from anywhere: slower than the lock, for many addresses."""

    group = "wrong-password"
    rate_setting = "LOGIN_RATE_NUMBER"

    def __init__(self, hashed_number: str) -> None:
        self._hashed_number = hashed_number

    def _counted(self, group: str, request: HttpRequest | Request) -> str:
        return f"number:{self._hashed_number}"


class SignUpThrottle(RateThrottle):
    """New accounts."""

    group = "sign-up"
    rate_setting = "SIGNUP_RATE_IP"


class PasswordThrottle(RateThrottle):
    """Changes of a password; each tries the one in force."""

    group = "password"
    rate_setting = "PASSWORD_RATE_USER"
    key = "user"


class PhoneChangeThrottle(RateThrottle):
    """Requests for another number; each tries the password and tells who is a customer."""

    group = "phone-change"
    rate_setting = "PHONE_CHANGE_RATE_USER"
    key = "user"
