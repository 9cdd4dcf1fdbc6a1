"""Every way in which a sign-up or a log-in is refused, with what the person reads."""

from rest_framework.exceptions import ErrorDetail, ValidationError

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


def new_phone_number_taken() -> DomainError:
    """Somebody else has the number that this person wants."""
    return DomainError(
        "phone_number_taken",
        "Phone number taken",
        Message(
            en="Another account has this phone number. If the number is yours, contact support.",
            sw="Nambari hii ya simu ina akaunti nyingine. Ikiwa ni yako, wasiliana na huduma"
            " kwa wateja.",
        ),
    )


def phone_change_pending() -> DomainError:
    """One request at a time: the last one was not decided yet."""
    return DomainError(
        "phone_change_pending",
        "Phone number change pending",
        Message(
            en="You have asked for a new number already. We are looking at it; withdraw that"
            " request first if you want another number.",
            sw="Tayari umeomba nambari mpya. Tunaishughulikia; ondoa ombi hilo kwanza kama"
            " unataka nambari nyingine.",
        ),
    )


def wrong_password(field: str) -> ValidationError:
    """Somebody who is signed in typed another password than their own into `field`."""
    return ValidationError({field: [ErrorDetail("Wrong password.", "wrong_password")]})
