"""The errors of handing in a KYC submission, with the customer's messages."""

from common.errors import DomainError
from common.messages import Message

#: The HTTP status by error code, registered with common.catalogue.
STATUS_BY_CODE = {
    "kyc_already_submitted": 409,
    "kyc_already_verified": 409,
}

#: The message shown beside a form field, by the code of the field error.
FIELD_MESSAGES = {
    "invalid_id_number": Message(
        en="Enter the number as it stands on your ID, passport or alien card.",
        sw="Weka nambari kama ilivyo kwenye kitambulisho, pasipoti au kadi ya mgeni.",
    ),
    "invalid_date_of_birth": Message(
        en="Enter your date of birth, such as 1990-12-31.",
        sw="Weka tarehe yako ya kuzaliwa, kama 1990-12-31.",
    ),
    "under_age": Message(
        en="You must be 18 or older to use this service.",
        sw="Lazima uwe na miaka 18 au zaidi ili kutumia huduma hii.",
    ),
}


class AlreadySubmitted(DomainError):
    """The customer's earlier submission is still undecided."""

    code = "kyc_already_submitted"
    error = "KYC submission pending"
    customer_message = Message(
        en="We have your details and are checking them. You need not send them again.",
        sw="Tumepokea maelezo yako na tunayakagua. Huhitaji kuyatuma tena.",
    )


class AlreadyVerified(DomainError):
    """The customer is verified already."""

    code = "kyc_already_verified"
    error = "KYC already verified"
    customer_message = Message(
        en="You are verified already.",
        sw="Utambulisho wako tayari umethibitishwa.",
    )
