"""Every way in which a sign-up or a log-in is refused, with what the person reads."""

from common.errors import DomainError
from common.messages import Message


def invalid_credentials() -> DomainError:
    """Number and password do not belong together. It never says which of the two is wrong."""
    return DomainError(
        "invalid_credentials",
        "Invalid phone number or password",
        Message(
            en="That phone number and password do not match. Please try again.",
            sw="Nambari ya simu na nenosiri havilingani. Tafadhali jaribu tena.",
        ),
    )


def account_blocked() -> DomainError:
    """The account is switched off."""
    return DomainError(
        "account_blocked",
        "Account blocked",
        Message(
            en="Your account is blocked. Please contact support.",
            sw="Akaunti yako imezuiwa. Tafadhali wasiliana na huduma kwa wateja.",
        ),
    )


def phone_number_taken() -> DomainError:
    """Somebody has signed up with this number."""
    return DomainError(
        "phone_number_taken",
        "Phone number taken",
        Message(
            en="This phone number already has an account. Log in instead.",
            sw="Nambari hii ya simu tayari ina akaunti. Ingia badala yake.",
        ),
    )
