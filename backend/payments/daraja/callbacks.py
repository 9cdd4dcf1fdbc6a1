"""Parses the body of a callback into a `StkCallback` (docs/daraja.md §4). Pure.

Callbacks are unsigned, and anybody may post one: for any bytes the result is a `StkCallback` or the
error `MalformedCallback`, never another exception. Only the checkout_request_id and the result code
are required. Every other field that is missing or invalid becomes None; a success without amount or
receipt is settled by a status query instead.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

from payments.daraja.json_reader import clean_text, is_identifier, read_code, read_object
from payments.gateway import MalformedCallback, StkCallback

#: Kenya has no daylight saving time, so a fixed offset needs no time zone database.
EAT = timezone(timedelta(hours=3), "EAT")
RESULT_DESC_MAX_LENGTH = 255

_CENT = Decimal("0.01")
_AMOUNT_LIMIT = Decimal(10**10)
_AMOUNT_TEXT = re.compile(r"[0-9]{1,10}(\.[0-9]{1,20})?")
_RECEIPT = re.compile(r"[A-Za-z0-9]{1,32}")
_TIMESTAMP = re.compile(r"[0-9]{14}")
#: The value of a metadata name that occurs with two different values: neither is used.
_AMBIGUOUS = object()


def parse_callback(body: bytes) -> StkCallback:
    """Read a callback's body.

    Raises:
        MalformedCallback: no JSON object with Body.stkCallback.CheckoutRequestID (1-128 printable
            ASCII characters) and ResultCode (text or whole number).
    """
    callback = _find_stk_callback(body)
    checkout_request_id = callback.get("CheckoutRequestID")
    if not is_identifier(checkout_request_id):
        raise MalformedCallback("no usable CheckoutRequestID")
    result_code = read_code(callback.get("ResultCode"))
    if result_code is None:
        raise MalformedCallback("no usable ResultCode")
    merchant_request_id = callback.get("MerchantRequestID")
    items = _read_items(callback.get("CallbackMetadata"))
    return StkCallback(
        checkout_request_id=checkout_request_id,
        result_code=result_code,
        merchant_request_id=merchant_request_id if is_identifier(merchant_request_id) else None,
        result_desc=clean_text(callback.get("ResultDesc"), RESULT_DESC_MAX_LENGTH),
        amount=read_amount(items.get("Amount")),
        mpesa_receipt_number=read_receipt(items.get("MpesaReceiptNumber")),
        transaction_date=read_transaction_date(items.get("TransactionDate")),
    )


def _find_stk_callback(body: bytes) -> dict[str, object]:
    message = read_object(body)
    if message is None:
        raise MalformedCallback("not a JSON object")
    envelope = message.get("Body")
    callback = envelope.get("stkCallback") if isinstance(envelope, dict) else None
    if not isinstance(callback, dict):
        raise MalformedCallback("no Body.stkCallback")
    return callback


def _read_items(metadata: object) -> dict[str, object]:
    """Return the metadata by name: its order and length vary, and Balance may have no Value."""
    listed = metadata.get("Item") if isinstance(metadata, dict) else None
    items: dict[str, object] = {}
    for item in listed if isinstance(listed, list) else ():
        name, value = (item.get("Name"), item.get("Value")) if isinstance(item, dict) else ("", "")
        if isinstance(name, str) and isinstance(value, str | Decimal):
            is_contradiction = name in items and items[name] != value
            items[name] = _AMBIGUOUS if is_contradiction else value
    return items


def read_amount(value: object) -> Decimal | None:
    """Return a positive amount in KES with two decimals; None for any other value."""
    if isinstance(value, str) and _AMOUNT_TEXT.fullmatch(value.strip()):
        value = Decimal(value.strip())
    # Compared with the limit before quantize, which raises on a number as large as 1E+999999.
    if not isinstance(value, Decimal) or not value.is_finite() or not 0 < value < _AMOUNT_LIMIT:
        return None
    amount = value.quantize(_CENT)
    return amount if amount == value else None


def read_receipt(value: object) -> str | None:
    """Return the receipt in capitals: registered in one spelling, it cannot be credited twice."""
    if not isinstance(value, str) or not _RECEIPT.fullmatch(value.strip()):
        return None
    return value.strip().upper()


def read_transaction_date(value: object) -> datetime | None:
    """Return the time of payment in UTC, from `20191219102115` (number or text) in Nairobi."""
    text = read_code(value) or ""
    if not _TIMESTAMP.fullmatch(text):
        return None
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=EAT).astimezone(UTC)
    except (ValueError, OverflowError):  # month 13; three hours before the first year
        return None
