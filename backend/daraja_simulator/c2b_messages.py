"""Writes the bodies of C2B validations and confirmations, with all shapes seen in the field."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from .book import Payment, Way
from .callbacks import masked
from .clock import compact

Body = dict[str, Any]

# Real values of TransactionType; two more are documented but were never seen (docs/simulator.md).
_TYPES = {
    Way.STK: "Pay Bill",
    Way.MENU: "Pay Bill",
    Way.SIMULATE: "Pay Bill",
    Way.OVERDRAFT: "OD Payment Transfer",
    Way.RATIBA: "Pay Bill",
    Way.ORGANISATION: "Organization To Organization Transfer",
}


def notice(payment: Payment, version: str, balance: int | None) -> Body:
    """Return the body about a payment; a validation has no balance, a confirmation the new one.

    All values are text. The phone is hashed (v1) or masked (v2).
    """
    is_organisation = payment.way is Way.ORGANISATION
    names = [payment.payer_name] if is_organisation else payment.payer_name.upper().split()
    return {
        "TransactionType": "Customer Merchant Payment" if payment.is_till else _TYPES[payment.way],
        "TransID": payment.receipt,
        "TransTime": compact(payment.paid_at),
        "TransAmount": f"{payment.amount}.00",
        "BusinessShortCode": payment.shortcode,
        "BillRefNumber": payment.account_reference,
        "InvoiceNumber": "OK" if is_organisation else "",
        "OrgAccountBalance": "" if balance is None else f"{balance}.00",
        "ThirdPartyTransID": payment.third_party_trans_id,
        "MSISDN": _msisdn(payment.phone, version),
        "FirstName": names[0] if names else "",
        "MiddleName": "",
        "LastName": "",
    }


def _msisdn(phone: str, version: str) -> str:
    if not phone:
        return ""
    return hashed(phone) if version == "v1" else masked(phone)


def hashed(phone: str) -> str:
    """Return the phone as C2B v1 writes it: a plain SHA-256 of its twelve digits."""
    return hashlib.sha256(phone.encode()).hexdigest()


def _set(name: str, value: Any) -> Callable[[Body, Payment], None]:
    def change(body: Body, _payment: Payment) -> None:
        body[name] = value

    return change


def _hashed_phone(body: Body, payment: Payment) -> None:
    body["MSISDN"] = hashed(payment.phone)


def _masked_hash(body: Body, payment: Payment) -> None:
    text = hashed(payment.phone)
    body["MSISDN"] = f"{text[:8]} ***** {text[-4:]}"


def _clear_phone(body: Body, payment: Payment) -> None:
    body["MSISDN"] = payment.phone


def _missing_keys(body: Body, _payment: Payment) -> None:
    for name in ("InvoiceNumber", "ThirdPartyTransID", "MiddleName", "LastName"):
        body.pop(name, None)


def _no_names(body: Body, _payment: Payment) -> None:
    for name in ("FirstName", "MiddleName", "LastName"):
        body.pop(name, None)


def _full_names(body: Body, payment: Payment) -> None:
    first, *rest = payment.payer_name.upper().split() or [""]
    middle, last = (rest[0] if len(rest) > 1 else ""), (rest[-1] if rest else "")
    body |= {"FirstName": first, "MiddleName": middle, "LastName": last}


def _number_amount(body: Body, payment: Payment) -> None:
    body["TransAmount"] = payment.amount


def _short_amount(body: Body, payment: Payment) -> None:
    body["TransAmount"] = str(payment.amount)


def _own_reference(body: Body, payment: Payment) -> None:
    body["BillRefNumber"] = payment.shortcode


def _padded_reference(body: Body, payment: Payment) -> None:
    body["BillRefNumber"] = f" {payment.account_reference} "


QUIRKS: dict[str, Callable[[Body, Payment], None]] = {
    "hashed_phone": _hashed_phone,
    "masked_hash": _masked_hash,
    "empty_phone": _set("MSISDN", ""),
    "clear_phone": _clear_phone,
    "missing_keys": _missing_keys,
    "no_names": _no_names,
    "full_names": _full_names,
    "number_amount": _number_amount,
    "short_amount": _short_amount,
    "null_reference": _set("BillRefNumber", None),
    "own_reference": _own_reference,
    "padded_reference": _padded_reference,
    "blank_type": _set("TransactionType", ""),
    "unknown_type": _set("TransactionType", "Buy Goods"),
    "invoice": _set("InvoiceNumber", "ThisInvoice"),
    "no_balance": _set("OrgAccountBalance", ""),
}


def text_of(body: Body, payment: Payment, kinds: list[str]) -> str:
    """Return the body as JSON text, changed by these quirks; of two that change the same value the
    later one is seen.
    """
    for kind in kinds:
        QUIRKS[kind](body, payment)
    return json.dumps(body)
