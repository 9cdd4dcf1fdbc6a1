"""Every way in which a submission is refused, with what the customer reads."""

from common.errors import DomainError
from common.messages import Message


def already_submitted() -> DomainError:
    """A submission waits for its decision."""
    return DomainError(
        "kyc_already_submitted",
        "KYC submission pending",
        Message(
            en="We have your details and are checking them. You need not send them again.",
            sw="Tumepokea maelezo yako na tunayakagua. Huhitaji kuyatuma tena.",
        ),
    )


def already_verified() -> DomainError:
    """There is nothing left to prove."""
    return DomainError(
        "kyc_already_verified",
        "KYC already verified",
        Message(
            en="You are verified already.",
            sw="Utambulisho wako tayari umethibitishwa.",
        ),
    )
