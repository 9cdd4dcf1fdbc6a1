"""Checks requests and writes answers as Daraja does, without any I/O."""

import base64
import binascii
import json
import re
import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from .merchants import Merchant
from .reply import Reply, json_reply

MAX_AMOUNT_DIGITS = 9
_PHONE = re.compile(r"254[17]\d{8}")
_SHORTCODE = re.compile(r"\d{5,7}")
TRANSACTION_TYPES = ("CustomerPayBillOnline", "CustomerBuyGoodsOnline")
# Words that Daraja's production refuses in a callback URL, and hosts that it cannot reach
# (docs/daraja.md §4).
_FORBIDDEN = re.compile(
    r"m-?pesa|safaricom|exec?\b|cmd|sql|query|ngrok|requestbin|localhost|^https?://(127\.|\[::1])",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(r"[<>{}\s]|yourdomain|your-domain", re.IGNORECASE)


class DarajaError(Exception):
    """Daraja rejects the request in its answer, in the error envelope of docs/daraja.md §3."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Push:
    """A push request that passed every check."""

    shortcode: str
    transaction_type: str
    amount: int
    payer: str
    party_b: str
    phone: str
    callback_url: str
    account_reference: str
    transaction_desc: str


def request_id() -> str:
    """Return an id such as `1c5b-4ba8-815c-ac45c57a3db01495926` (docs/daraja.md §3)."""
    return str(uuid.uuid4()).partition("-")[2] + f"{secrets.randbelow(9_000_000) + 1_000_000}"


def rejection(status: int, code: str, message: str, *, about: str = "") -> Reply:
    """Return an error in the envelope that all Daraja endpoints use."""
    body = {"requestId": about or request_id(), "errorCode": code, "errorMessage": message}
    return json_reply(status, body)


def invalid(field: str) -> DarajaError:
    """Return the 400 error that names a field.

    Daraja also names `Remarks`, a field that no push has (docs/daraja.md §2).
    """
    return DarajaError(400, "400.002.02", f"Bad Request - Invalid {field}")


def read_body(raw: bytes, content_type: str) -> dict[str, Any]:
    """Return the JSON object in a request's body.

    Raises:
        DarajaError: the content type is not JSON, or the body is not a JSON object.
    """
    if content_type.partition(";")[0].strip().lower() != "application/json":
        # With another content type Daraja reads no field, and complains about the first one
        # (docs/daraja.md §2).
        raise invalid("BusinessShortCode")
    try:
        body = json.loads(raw)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise DarajaError(400, "400.002.05", "Invalid Request Payload")
    return body


def read_push(body: Mapping[str, Any], *, strict: bool) -> Push:
    """Check every field of a push request, and return the push.

    Raises:
        DarajaError: a field is wrong; the message names the first such field.
    """
    for field, is_right, named in _PUSH_CHECKS:
        if not is_right(body.get(field)):
            raise invalid(named)
    url = str(body["CallBackURL"])
    if strict and is_refused_in_production(url):
        raise invalid("CallBackURL")
    return Push(
        shortcode=str(body["BusinessShortCode"]),
        transaction_type=str(body["TransactionType"]),
        amount=int(body["Amount"]),
        payer=str(body["PartyA"]),
        party_b=str(body["PartyB"]),
        phone=str(body["PhoneNumber"]),
        callback_url=url,
        account_reference=str(body["AccountReference"]),
        transaction_desc=str(body["TransactionDesc"]),
    )


def is_refused_in_production(url: str) -> bool:
    """Whether Daraja's production refuses the URL: http, loopback, or one of its words."""
    return not url.startswith("https://") or _FORBIDDEN.search(url) is not None


def check_credentials(body: Mapping[str, Any], merchants: Mapping[str, Merchant]) -> None:
    """Check that the shortcode is a merchant's, and that the password fits shortcode and timestamp.

    Raises:
        DarajaError: 500.001.1001 for an unknown merchant or a wrong password (docs/daraja.md §3),
            or another code for a malformed field.
    """
    for field, is_right, named in _CREDENTIAL_CHECKS:
        if not is_right(body.get(field)):
            raise invalid(named)
    merchant = merchants.get(str(body["BusinessShortCode"]))
    if merchant is None:
        raise DarajaError(500, "500.001.1001", "Merchant does not exist")
    plain = f"{merchant.shortcode}{merchant.passkey}{body['Timestamp']}"
    if _decoded(body["Password"]) != plain:
        raise DarajaError(500, "500.001.1001", "Wrong credentials")


def accepted_body(merchant_request_id: str, checkout_request_id: str) -> dict[str, str]:
    """Return the answer to an accepted push; "0" does not mean paid (docs/daraja.md §3)."""
    text = "Success. Request accepted for processing"
    return {
        "MerchantRequestID": merchant_request_id,
        "CheckoutRequestID": checkout_request_id,
        "ResponseCode": "0",
        "ResponseDescription": text,
        "CustomerMessage": text,
    }


def query_body(
    merchant_request_id: str, checkout_request_id: str, code: str | int, text: str
) -> dict[str, str | int]:
    """Return the answer to a query; "successsfully" is Safaricom's spelling (docs/daraja.md §5)."""
    return {
        "ResponseCode": "0",
        "ResponseDescription": "The service request has been accepted successsfully",
        "MerchantRequestID": merchant_request_id,
        "CheckoutRequestID": checkout_request_id,
        "ResultCode": code,
        "ResultDesc": text,
    }


def is_shortcode(value: Any) -> bool:
    """Whether it has the form of a shortcode: five to seven digits."""
    return not isinstance(value, bool) and _SHORTCODE.fullmatch(str(value)) is not None


def is_phone(value: Any) -> bool:
    """Whether it is a Kenyan mobile number with its country code."""
    return not isinstance(value, bool) and _PHONE.fullmatch(str(value)) is not None


def is_amount(value: Any) -> bool:
    """Whether Daraja accepts the amount: a whole number or digits, neither "10.00" nor 10.5
    (docs/daraja.md §2).
    """
    if isinstance(value, bool) or not isinstance(value, int | str):
        return False
    text = str(value)
    digits = text.isascii() and text.isdigit() and len(text) <= MAX_AMOUNT_DIGITS
    return digits and int(text) >= 1


def _is_timestamp(value: Any) -> bool:
    text = str(value)
    if not re.fullmatch(r"\d{14}", text):
        return False
    try:
        datetime.strptime(text, "%Y%m%d%H%M%S")  # noqa: DTZ007  form only (docs/daraja.md §2)
    except ValueError:
        return False
    return True


def _decoded(value: Any) -> str | None:
    try:
        return base64.b64decode(str(value), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def _is_password(value: Any) -> bool:
    return isinstance(value, str) and value != "" and _decoded(value) is not None


def is_url(value: Any) -> bool:
    """Whether it is an http or https address, and no placeholder of a tutorial."""
    if not isinstance(value, str) or _PLACEHOLDER.search(value):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def is_text(value: Any) -> bool:
    """Whether it is text that is not blank."""
    return isinstance(value, str) and value.strip() != ""


Check = tuple[str, Callable[[Any], bool], str]

_CREDENTIAL_CHECKS: tuple[Check, ...] = (
    ("BusinessShortCode", is_shortcode, "BusinessShortCode"),
    ("Timestamp", _is_timestamp, "Timestamp"),
    ("Password", _is_password, "Password"),
)
_PUSH_CHECKS: tuple[Check, ...] = (
    *_CREDENTIAL_CHECKS,
    ("TransactionType", TRANSACTION_TYPES.__contains__, "TransactionType"),
    ("Amount", is_amount, "Amount"),
    ("PartyA", is_phone, "PartyA"),
    ("PartyB", is_shortcode, "PartyB"),
    ("PhoneNumber", is_phone, "PhoneNumber"),
    ("CallBackURL", is_url, "CallBackURL"),
    # For a null reference or a missing description Daraja's error names the field `Remarks`
    # (docs/daraja.md §2).
    ("AccountReference", is_text, "Remarks"),
    ("TransactionDesc", is_text, "Remarks"),
)
