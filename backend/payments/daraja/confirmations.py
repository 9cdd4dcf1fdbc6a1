"""Parses what M-Pesa posts about a payment to the paybill: validation or confirmation (C2B). Pure.

Only receipt and amount are required. Names and numbers of payers are masked, hashed, empty or
missing (docs/daraja.md §10), and new values of TransactionType appear: none of that may cost
anybody a payment.
"""

import hashlib
import re

from payments.daraja.callbacks import read_amount, read_receipt, read_transaction_date
from payments.daraja.json_reader import clean_text, read_code, read_object
from payments.gateway import PaybillNotice
from users.phone import is_msisdn, mask_phone_number

ACCOUNT_MAX_LENGTH = 64
_CODE_MAX_LENGTH = 16
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_MASKED = re.compile(r"([0-9]{3,6})[ *]+([0-9]{2,4})", re.ASCII)


class MalformedConfirmation(ValueError):
    """The body is no JSON object with a receipt and an amount."""


def parse_confirmation(body: bytes) -> PaybillNotice:
    """Read a confirmation's body.

    Raises:
        MalformedConfirmation: receipt (TransID) or amount (TransAmount) cannot be read.
    """
    notice = parse_validation(body)
    if notice.receipt is None:
        raise MalformedConfirmation("no usable TransID")
    if notice.amount is None:
        raise MalformedConfirmation("no usable TransAmount")
    return notice


def parse_validation(body: bytes) -> PaybillNotice:
    """Read a validation's body, which M-Pesa sends before the payment.

    Raises:
        MalformedConfirmation: it is no JSON object.
    """
    message = read_object(body)
    if message is None:
        raise MalformedConfirmation("not a JSON object")
    number, digest = read_payer(message.get("MSISDN"))
    names = (message.get(key) for key in ("FirstName", "MiddleName", "LastName"))
    return PaybillNotice(
        receipt=read_receipt(message.get("TransID")),
        amount=read_amount(message.get("TransAmount")),
        account_number=read_account(message.get("BillRefNumber")),
        business_short_code=(read_code(message.get("BusinessShortCode")) or "")[:_CODE_MAX_LENGTH],
        transaction_type=clean_text(message.get("TransactionType"), 64),
        paid_at=read_transaction_date(message.get("TransTime")),
        payer_name=clean_text(" ".join(filter(None, (clean_text(name, 80) for name in names))), 80),
        payer_number=number,
        payer_hash=digest,
    )


def read_account(value: object) -> str:
    """Return the account number as typed; a number is read as its digits."""
    return clean_text(value if isinstance(value, str) else read_code(value), ACCOUNT_MAX_LENGTH)


def read_payer(value: object) -> tuple[str, str]:
    """Return the payer's number, masked, and the SHA-256 of the whole number; "" where unknown."""
    text = (value if isinstance(value, str) else read_code(value) or "").strip()
    if is_msisdn(text):
        return mask_phone_number(text), hash_number(text)
    if _HASH.fullmatch(text.lower()):
        return "", text.lower()
    masked = _MASKED.fullmatch(text)
    return (f"{masked[1]}****{masked[2]}" if masked else ""), ""


def hash_number(msisdn: str) -> str:
    """Return the form in which v1 confirmations name a payer (docs/daraja.md §10)."""
    return hashlib.sha256(msisdn.encode()).hexdigest()
