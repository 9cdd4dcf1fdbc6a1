"""Forged callbacks of a third party, who knows their format but not the secret in the URL."""

import json
from urllib.parse import urlsplit, urlunsplit

from .clock import compact
from .faults import draw
from .prompts import Prompt

# A forged callback claims to come from Safaricom's address; only a product that trusts this header
# from anybody would believe it (docs/daraja.md §4).
CLAIMED_SOURCE = {"X-Forwarded-For": "196.201.214.200"}

KINDS = ("paid", "paid_more", "cancelled", "old_receipt")


def bare_url(callback_url: str) -> str:
    """Return the callback URL without its last, secret part."""
    parts = urlsplit(callback_url)
    slash = "/" if parts.path.endswith("/") else ""
    folder = parts.path.rstrip("/").rpartition("/")[0]
    return urlunsplit((parts.scheme, parts.netloc, folder + slash or "/", "", ""))


def guessed_url(callback_url: str) -> str:
    """Return the callback URL with a guess in place of its last, secret part."""
    slash = "/" if callback_url.endswith("/") else ""
    return f"{bare_url(callback_url).rstrip('/')}/{'0' * 32}{slash}"


def forged_text(prompt: Prompt, kind: str, old_receipt: str | None) -> str:
    """Return the body of a forged callback about the prompt; `kind` is one of `KINDS`."""
    inner: dict[str, object] = {
        "MerchantRequestID": prompt.merchant_request_id,
        "CheckoutRequestID": prompt.checkout_request_id,
        "ResultCode": 0,
        "ResultDesc": "The service request is processed successfully.",
    }
    if kind == "cancelled":
        inner |= {"ResultCode": 1032, "ResultDesc": "Request cancelled by user"}
    else:
        inner["CallbackMetadata"] = {"Item": _items(prompt, kind, old_receipt)}
    return json.dumps({"Body": {"stkCallback": inner}})


def _items(prompt: Prompt, kind: str, old_receipt: str | None) -> list[dict[str, object]]:
    amount = prompt.push.amount * (100 if kind == "paid_more" else 1)
    # A made-up receipt begins with Z, the letter of a year: no real one does so before 2031.
    made_up = f"ZZZ{prompt.number:07d}"
    receipt = old_receipt if kind == "old_receipt" and old_receipt else made_up
    return [
        {"Name": "Amount", "Value": amount},
        {"Name": "MpesaReceiptNumber", "Value": receipt},
        {"Name": "TransactionDate", "Value": int(compact(prompt.created_at))},
        {"Name": "PhoneNumber", "Value": int(prompt.phone)},
    ]


def drawn_kind(seed: int, prompt: Prompt, nth: int) -> str:
    """Return which kind of forgery to send, drawn from the seed."""
    return KINDS[int(draw(seed, "forge", prompt.phone, prompt.number, nth) * len(KINDS))]
