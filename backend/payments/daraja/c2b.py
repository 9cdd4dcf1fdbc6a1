"""C2B: registers the addresses of payments by hand, and parses Daraja's reply. Pure.

In production Daraja takes addresses once (docs/daraja.md §10), so no reply may be taken for a
registration that is none, and none for a failure that may have registered.
"""

import json
import re

from payments.daraja.json_reader import read_code, read_object
from payments.daraja.replies import (
    HTTP_OK,
    Reply,
    raise_rejection,
    read_reply,
    read_text,
    redact,
)
from payments.gateway import (
    AddressesRegistered,
    AddressRegistration,
    AlreadyRegistered,
    GatewayRejected,
    OutcomeUnknown,
    ProductMissing,
)

#: "0" officially, "00000000" in the field (docs/daraja.md §13).
_ZEROS = re.compile(r"0+")
_VERSIONS = ("v1", "v2")
#: Sentence case, and no other spelling.
_RESPONSE_TYPES = ("Completed", "Cancelled")
#: The ResultCode of a validation that refuses the account number.
INVALID_ACCOUNT = "C2B00012"
#: Letters only, so it is no account number of a customer, and no phone number.
UNKNOWN_ACCOUNT = "NOSUCHACCOUNT"
#: Errors after which nothing was registered, by the start of their code and a part of their text.
#: 500.003.1001 is no such error without a text that says so: it may also mean "internal error".
_REJECTED = (
    ("403.", ""),
    ("404.003.01", ""),
    # The addresses are kept by Safaricom's older platform.
    ("500.003.1001", "duplicate notification info"),
)


def register_path(version: str) -> str:
    """Return the path of registering; `version` as the app's product has it: "v1" or "v2"."""
    return f"/mpesa/c2b/{version}/registerurl"


def build_register_payload(
    request: AddressRegistration, *, business_short_code: str
) -> dict[str, int | str]:
    """Build the body of registerurl, which both versions share.

    Raises:
        GatewayRejected: a version or response type that Daraja does not know.
    """
    if request.version not in _VERSIONS or request.response_type not in _RESPONSE_TYPES:
        raise GatewayRejected("not a registration Daraja takes: version or response type")
    return {
        "ShortCode": business_short_code,
        "ResponseType": request.response_type,
        "ConfirmationURL": request.confirmation_url,
        "ValidationURL": request.validation_url,
    }


def parse_register_reply(status: int, body: bytes) -> AddressesRegistered:
    """Read the answer to a registration.

    Raises:
        AlreadyRegistered: M-Pesa has addresses for this short code.
        ProductMissing: the app lacks C2B, or has it in the other version.
        GatewayRejected: another clear no; nothing was registered.
        TokenRejected: Daraja rejected the access token.
        OutcomeUnknown: no clear answer; the addresses may be registered.
    """
    reply = read_reply("register", status, body)
    _raise_known(reply)
    raise_rejection(reply)
    response_code = reply.response_code or ""
    if status != HTTP_OK or not response_code:
        raise OutcomeUnknown(str(reply))
    if not _ZEROS.fullmatch(response_code):
        raise GatewayRejected(str(reply))
    return AddressesRegistered(
        conversation_id=_read_conversation_id(reply), description=redact(reply.error[1])
    )


def _raise_known(reply: Reply) -> None:
    """Raise the errors that have a meaning of their own here."""
    code, text = reply.error
    text = text.lower()
    if "already registered" in text:
        raise AlreadyRegistered(str(reply))
    # Its code is that of a rejected access token, so the text decides (docs/daraja.md §12).
    if "apiproductmatch" in text.replace(" ", ""):
        raise ProductMissing(str(reply))
    if any(code.startswith(start) and part in text for start, part in _REJECTED):
        raise GatewayRejected(str(reply))


def _read_conversation_id(reply: Reply) -> str:
    """Return Daraja's id of the answer, under any of its spellings; "" where there is none."""
    # The first is Safaricom's own, without its first "n".
    names = ("OriginatorCoversationID", "OriginatorConversationID", "ConversationID")
    found = (read_code(reply.get(name)) or read_text(reply.get(name)) for name in names)
    return next((text for text in found if text), "")


def build_trial_validation(*, business_short_code: str, amount: int) -> bytes:
    """Write a validation about an account number that no customer has, as M-Pesa writes one.

    Its receipt, phone and name are no real ones.
    """
    return json.dumps({
        "TransactionType": "Pay Bill",
        "TransID": "TRIAL00000",
        "TransTime": "20260101000000",
        "TransAmount": f"{amount}.00",
        "BusinessShortCode": business_short_code,
        "BillRefNumber": UNKNOWN_ACCOUNT,
        "InvoiceNumber": "",
        "OrgAccountBalance": "",
        "ThirdPartyTransID": "",
        "MSISDN": "2547 ***** 000",
        "FirstName": "TRIAL",
        "MiddleName": "",
        "LastName": "",
    }).encode()  # fmt: skip


def read_validation_code(body: bytes) -> str | None:
    """Return the ResultCode of a validation's answer; None where it has none."""
    return read_code((read_object(body) or {}).get("ResultCode"))


def accepts_payment(result_code: str) -> bool:
    """Return whether M-Pesa takes the payment after this ResultCode: any number of zeros."""
    return _ZEROS.fullmatch(result_code) is not None
