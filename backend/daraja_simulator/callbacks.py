"""Writes the bodies of callbacks as Safaricom does, with its irregular numbers and texts."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .book import Payment
from .clock import compact
from .outcomes import result_text, wire_code
from .prompts import Prompt

# Stands for the amount: Safaricom writes 500.00 (docs/daraja.md §4), which json.dumps cannot, so
# the amount replaces this mark afterwards.
_AMOUNT_MARK = "@amount@"

Item = dict[str, Any]


@dataclass
class Callback:
    """The body of a callback before it becomes text; a quirk (a `shape.*` fault) may change it."""

    merchant_request_id: str
    checkout_request_id: str
    result_code: int | str
    result_desc: str
    items: list[Item]
    amount_text: str = ""

    def item(self, name: str) -> Item:
        """Return the metadata item with this name."""
        return next(item for item in self.items if item["Name"] == name)

    def drop(self, name: str) -> None:
        """Remove a metadata item."""
        self.items = [item for item in self.items if item["Name"] != name]

    def text(self) -> str:
        """Return the body as JSON text; failures have no metadata (docs/daraja.md §4)."""
        inner: dict[str, Any] = {
            "MerchantRequestID": self.merchant_request_id,
            "CheckoutRequestID": self.checkout_request_id,
            "ResultCode": self.result_code,
            "ResultDesc": self.result_desc,
        }
        if self.items:
            inner["CallbackMetadata"] = {"Item": self.items}
        text = json.dumps({"Body": {"stkCallback": inner}}, separators=(",", ":"))
        return text.replace(f'"{_AMOUNT_MARK}"', self.amount_text)


def failure(prompt: Prompt, code: str) -> Callback:
    """Return the callback of a prompt that ended without a payment."""
    return Callback(
        prompt.merchant_request_id,
        prompt.checkout_request_id,
        wire_code(code),
        result_text(code),
        [],
    )


def success(prompt: Prompt, payment: Payment) -> Callback:
    """Return the callback of a paid prompt."""
    items: list[Item] = [
        {"Name": "Amount", "Value": _AMOUNT_MARK},
        {"Name": "MpesaReceiptNumber", "Value": payment.receipt},
        # No Balance item: Safaricom's current official sample has none (docs/daraja.md §4).
        {"Name": "TransactionDate", "Value": int(compact(payment.paid_at))},
        {"Name": "PhoneNumber", "Value": int(payment.phone)},
    ]
    made = failure(prompt, "0")
    made.items, made.amount_text = items, f"{payment.amount}.00"
    return made


def masked(phone: str) -> str:
    """Return a phone number masked as C2B v2 does (docs/daraja.md §4)."""
    return f"{phone[:4]} ***** {phone[-3:]}"


def _string_code(callback: Callback) -> None:
    callback.result_code = str(callback.result_code)


def _float_amount(callback: Callback) -> None:
    callback.amount_text = callback.amount_text.partition(".")[0] + ".0"


def _integer_amount(callback: Callback) -> None:
    callback.amount_text = callback.amount_text.partition(".")[0]


def _valueless_balance(callback: Callback) -> None:
    callback.items.insert(2, {"Name": "Balance"})


def _masked_phone(callback: Callback) -> None:
    callback.item("PhoneNumber")["Value"] = masked(str(callback.item("PhoneNumber")["Value"]))


def _hashed_phone(callback: Callback) -> None:
    item = callback.item("PhoneNumber")
    item["Value"] = hashlib.sha256(str(item["Value"]).encode()).hexdigest()


def _no_phone(callback: Callback) -> None:
    callback.drop("PhoneNumber")


def _string_date(callback: Callback) -> None:
    item = callback.item("TransactionDate")
    item["Value"] = str(item["Value"])


def _old_text(callback: Callback) -> None:
    callback.result_desc = f"[STK_CB - ]{callback.result_desc}"


def _extra_items(callback: Callback) -> None:
    callback.items.append({"Name": "LoyaltyPoints", "Value": None})


def _shuffled(callback: Callback) -> None:
    callback.items.reverse()


QUIRKS: dict[str, Callable[[Callback], None]] = {
    "string_code": _string_code,
    "float_amount": _float_amount,
    "integer_amount": _integer_amount,
    "valueless_balance": _valueless_balance,
    "masked_phone": _masked_phone,
    "hashed_phone": _hashed_phone,
    "no_phone": _no_phone,
    "string_date": _string_date,
    "old_text": _old_text,
    "extra_items": _extra_items,
    "shuffled": _shuffled,
}
# The only quirks that a callback without metadata can have.
FAILURE_QUIRKS = frozenset({"string_code", "old_text"})
# These quirks all change the phone item, so only the first of them that applies is used.
_PHONE_QUIRKS = ("masked_phone", "hashed_phone", "no_phone")


def apply_quirks(callback: Callback, kinds: list[str]) -> None:
    """Change the callback by these quirks."""
    phone_quirks = [kind for kind in kinds if kind in _PHONE_QUIRKS]
    for kind in kinds:
        if kind not in phone_quirks[1:]:
            QUIRKS[kind](callback)
