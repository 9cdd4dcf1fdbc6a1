"""What can be done about a customer's identity: hand in, decide, look at a number."""

from kyc.services.decisions import (
    AlreadyDecided,
    IdNumberTaken,
    ReasonMissing,
    SubmissionPending,
    decide_about_person,
    reject,
    verify,
)
from kyc.services.submissions import IdentityDetails, submit
from kyc.services.unmasking import show_id_number

__all__ = [
    "AlreadyDecided",
    "IdNumberTaken",
    "IdentityDetails",
    "ReasonMissing",
    "SubmissionPending",
    "decide_about_person",
    "reject",
    "show_id_number",
    "submit",
    "verify",
]
