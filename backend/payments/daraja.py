"""Daraja, Safaricom's STK Push protocol, without I/O: start reading here (facts: daraja.md).

Requests are built in this file. Replies become values or precise exceptions in `daraja_replies`,
callbacks in `daraja_callback`; both are re-exported, so that callers know one name. Daraja's own
CamelCase stops in these modules. No Django, no DRF, no HTTP.
"""

import base64
import re
from dataclasses import dataclass, field
from datetime import datetime

from payments.daraja_callback import EAT, parse_callback
from payments.daraja_replies import (
    IssuedToken,
    TokenRejected,
    parse_push_reply,
    parse_query_reply,
    parse_token_reply,
    redact,
)
from payments.gateway import GatewayRejected, PushRequest

__all__ = [
    "EAT",
    "HOSTS",
    "PAYBILL",
    "PUSH_PATH",
    "QUERY_PATH",
    "TILL",
    "TOKEN_PATH",
    "IssuedToken",
    "ShortCode",
    "TokenRejected",
    "build_push_payload",
    "build_query_payload",
    "check_push_request",
    "format_timestamp",
    "parse_callback",
    "parse_push_reply",
    "parse_query_reply",
    "parse_token_reply",
    "redact",
]

#: MPESA_ENVIRONMENT picks one. Keys, short code and passkey differ between them.
HOSTS = {
    "sandbox": "https://sandbox.safaricom.co.ke",
    "production": "https://api.safaricom.co.ke",
}
TOKEN_PATH = "/oauth/v1/generate?grant_type=client_credentials"  # noqa: S105 - an address
PUSH_PATH = "/mpesa/stkpush/v1/processrequest"
QUERY_PATH = "/mpesa/stkpushquery/v1/query"

PAYBILL = "CustomerPayBillOnline"
TILL = "CustomerBuyGoodsOnline"

_SHORT_CODE = re.compile(r"[1-9][0-9]{4,6}")
_PHONE_NUMBER = re.compile(r"254[17][0-9]{8}")
# Other characters in the two free-text fields failed silently (daraja.md §2).
_ACCOUNT_REFERENCE = re.compile(r"[A-Za-z0-9 ]{1,12}")
_TRANSACTION_DESC = re.compile(r"[A-Za-z0-9 ]{1,13}")


@dataclass(frozen=True, kw_only=True)
class ShortCode:
    """The paybill or till that money is paid to, and the passkey that signs for it.

    For a till, `business_short_code` is the store or head-office number and `party_b` the till;
    mixing them up ends in callback 2028 or SFC_IC0003 (daraja.md §2). `party_b` defaults to the
    short code, as a paybill has it.

    Raises:
        ValueError: a number has not 5 to 7 digits, or the transaction type is neither of the two.
    """

    business_short_code: str
    passkey: str = field(repr=False)
    transaction_type: str = PAYBILL
    party_b: str = ""

    def __post_init__(self) -> None:
        for name, number in (("short code", self.business_short_code), ("PartyB", self.payee)):
            if not _SHORT_CODE.fullmatch(number):
                raise ValueError(name + " is not 5 to 7 digits")
        if self.transaction_type not in {PAYBILL, TILL}:
            raise ValueError("transaction type is neither " + PAYBILL + " nor " + TILL)

    @property
    def payee(self) -> str:
        """Return the number that receives the money (PartyB)."""
        return self.party_b or self.business_short_code


def format_timestamp(moment: datetime) -> str:
    """Return an aware moment as Daraja writes time: 14 digits, in Nairobi (daraja.md §2)."""
    return moment.astimezone(EAT).strftime("%Y%m%d%H%M%S")


def build_push_payload(
    request: PushRequest, short_code: ShortCode, *, now: datetime
) -> dict[str, int | str]:
    """Build the body of an STK push.

    Phone fields are integers: as strings they were seen to end in 1037 (daraja.md §2).

    Raises:
        GatewayRejected: the request breaks Daraja's rules, so it must not be sent.
    """
    check_push_request(request)
    return {
        "BusinessShortCode": int(short_code.business_short_code),
        **_sign(short_code, now),
        "TransactionType": short_code.transaction_type,
        "Amount": request.amount,
        "PartyA": int(request.phone_number),
        "PartyB": int(short_code.payee),
        "PhoneNumber": int(request.phone_number),
        "CallBackURL": request.callback_url,
        "AccountReference": request.account_reference,
        "TransactionDesc": request.transaction_desc,
    }


def check_push_request(request: PushRequest) -> None:
    """Refuse what Daraja would refuse, or worse, accept and change (daraja.md §2).

    Raises:
        GatewayRejected: naming the field, never its value.
    """
    rules = {
        "amount": type(request.amount) is int and request.amount >= 1,
        "phone_number": _PHONE_NUMBER.fullmatch(request.phone_number),
        "account_reference": _ACCOUNT_REFERENCE.fullmatch(request.account_reference),
        "transaction_desc": _TRANSACTION_DESC.fullmatch(request.transaction_desc),
    }
    broken = [name for name, is_kept in rules.items() if not is_kept]
    if broken:
        raise GatewayRejected("not a request Daraja takes: " + ", ".join(broken))


def build_query_payload(
    checkout_request_id: str, short_code: ShortCode, *, now: datetime
) -> dict[str, str]:
    """Build the body of an STK query, whose short code is text (daraja.md §5)."""
    return {
        "BusinessShortCode": short_code.business_short_code,
        **_sign(short_code, now),
        "CheckoutRequestID": checkout_request_id,
    }


def _sign(short_code: ShortCode, now: datetime) -> dict[str, str]:
    """Return Password and Timestamp of one moment: inside the password it must be the same."""
    timestamp = format_timestamp(now)
    plain = f"{short_code.business_short_code}{short_code.passkey}{timestamp}"
    return {"Password": base64.b64encode(plain.encode()).decode(), "Timestamp": timestamp}
