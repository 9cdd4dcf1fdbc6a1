"""KYC services: submit, decide, show an ID number, rotate the encryption keys."""

from kyc.services.decisions import (
    AlreadyDecided,
    IdNumberTaken,
    OwnIdentity,
    ReasonMissing,
    SubmissionMissing,
    SubmissionPending,
    decide_about_customer,
    reject,
    verify,
)
from kyc.services.key_rotation import Rotation, rotate_keys
from kyc.services.submissions import IdentityDetails, submit
from kyc.services.unmasking import show_id_number

__all__ = [
    "AlreadyDecided",
    "IdNumberTaken",
    "IdentityDetails",
    "OwnIdentity",
    "ReasonMissing",
    "Rotation",
    "SubmissionMissing",
    "SubmissionPending",
    "decide_about_customer",
    "reject",
    "rotate_keys",
    "show_id_number",
    "submit",
    "verify",
]
