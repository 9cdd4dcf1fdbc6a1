"""How often an address may try to log in or sign up."""

from common.throttles import RateThrottle


class LogInThrottle(RateThrottle):
    """Log-ins of every kind share one count: API, token, the browser's page, the admin."""

    group = "log-in"
    rate_setting = "LOGIN_RATE_IP"


class SignUpThrottle(RateThrottle):
    """New accounts."""

    group = "sign-up"
    rate_setting = "SIGNUP_RATE_IP"


class PasswordThrottle(RateThrottle):
    """Changes of a password, each of which tries the one in force."""

    group = "password"
    rate_setting = "PASSWORD_RATE_USER"
    key = "user"


class PhoneChangeThrottle(RateThrottle):
    """Requests for another number, each of which tries the password and tells who is a customer."""

    group = "phone-change"
    rate_setting = "PHONE_CHANGE_RATE_USER"
    key = "user"
