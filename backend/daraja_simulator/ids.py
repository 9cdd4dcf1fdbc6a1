"""Makes ids, receipts and tokens in Safaricom's formats."""

import secrets
import string
import uuid
from collections.abc import Container
from datetime import datetime, timedelta

from .clock import EAT

_RECEIPT_ALPHABET = string.ascii_uppercase + string.digits
RECEIPT_LENGTH = 10
# Has the form of a receipt, and is never one.
NO_RECEIPT = "0" * RECEIPT_LENGTH
_DAYS = "123456789ABCDEFGHIJKLMNOPQRSTUV"


def checkout_request_id(moment: datetime, phone: str, taken: Container[str]) -> str:
    """Return an id that is not in `taken`: `ws_CO_`, day, time, milliseconds, end of the phone."""
    candidate = _checkout_request_id(moment, phone)
    while candidate in taken:
        moment += timedelta(milliseconds=1)
        candidate = _checkout_request_id(moment, phone)
    return candidate


def _checkout_request_id(moment: datetime, phone: str) -> str:
    local = moment.astimezone(EAT)
    # The milliseconds are not padded with zeros: the length varies (docs/daraja.md §2).
    return f"ws_CO_{local:%d%m%Y%H%M%S}{local.microsecond // 1000}{phone[-9:]}"


def merchant_request_id() -> str:
    """Return an id such as `f1e2-4b95-a71d-b30d3cdbb7a7942864`: part of a UUID, then digits
    (docs/daraja.md §2).
    """
    return str(uuid.uuid4()).partition("-")[2] + f"{secrets.randbelow(900_000) + 100_000}"


def receipt_prefix(moment: datetime) -> str:
    """Return the three characters of a receipt that stand for year, month and day in Nairobi."""
    local = moment.astimezone(EAT)
    year = string.ascii_uppercase[(local.year - 2006) % 26]
    return year + string.ascii_uppercase[local.month - 1] + _DAYS[local.day - 1]


def receipt(moment: datetime, taken: Container[str]) -> str:
    """Return a new receipt: ten capital letters and digits. The first three stand for
    year, month and day, as in `NLJ7RT61SV` (19 December 2019).

    It is not drawn from the seed of the run: a second run against the same database must not
    issue the receipts of the first.
    """
    lead = receipt_prefix(moment)
    while True:
        made = lead + "".join(secrets.choice(_RECEIPT_ALPHABET) for _ in range(7))
        if made not in taken:
            return made


def conversation_id(moment: datetime) -> str:
    """Return an id such as `AG_20210709_1234409f86436c583e3f`."""
    return f"AG_{moment.astimezone(EAT):%Y%m%d}_{secrets.token_hex(10)}"


def original_conversation_id(receipt_number: str) -> str:
    """Return the OriginatorConversationID of a payment, the same at every question about it."""
    made = uuid.uuid5(uuid.NAMESPACE_OID, receipt_number)
    return f"{str(made).partition('-')[2]}{made.int % 900_000 + 100_000}"


def access_token() -> str:
    """Return 28 letters and digits, as many as a Daraja token has."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(28))
