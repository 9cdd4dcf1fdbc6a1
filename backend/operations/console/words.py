"""Reads what an operator typed into the search: every way in which it can be meant. Pure."""

import re
from dataclasses import dataclass, replace
from datetime import time
from decimal import Decimal

from payments.paybill import account_numbers
from users.phone import InvalidPhoneNumber, parse_phone_number

#: Longer texts are cut: a checkout id has 128 characters at most.
MAX_LENGTH = 128
_CODE_LENGTH = 10
_DEPOSIT = re.compile(r"#?([1-9][0-9]{0,17})", re.ASCII)
_RECEIPT = re.compile(r"[A-Z0-9]{8,32}", re.ASCII)
_CHECKOUT = re.compile(r"[A-Za-z0-9_-]{12,128}", re.ASCII)
_ACCOUNT = re.compile(r"[2-9][0-9]{9}", re.ASCII)
_AMOUNT = (
    r"(?:(?:ksh|kes)\.?\s*)?(?P<amount>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,6})(?:\.00)?(?:\s*/=)?"
)
_TIME = r"(?:at\s+)?(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::[0-9]{2})?\s*(?P<half>[ap]m)?"
_AMOUNT_AND_TIME = (
    re.compile(rf"{_AMOUNT}\s+{_TIME}", re.I | re.ASCII),
    re.compile(rf"{_TIME}\s+{_AMOUNT}", re.I | re.ASCII),
)
_WORD = re.compile(r"\w+")
_LETTERS = re.compile(r"[^\W\d_]{3}")


@dataclass(frozen=True)
class Meanings:
    """What the words may be: each part is None, or "", where they cannot be that.

    `phone` is an MSISDN, `amount` KES, `at` a time of day in Nairobi, `name_parts` the beginnings
    of the words of a name in lower case. `mistyped` is an account number with a wrong check digit.
    """

    phone: str | None = None
    deposit_id: int | None = None
    receipt: str | None = None
    checkout_id: str | None = None
    reference: str | None = None
    account: str | None = None
    mistyped: str | None = None
    amount: Decimal | None = None
    at: time | None = None
    name_parts: tuple[str, ...] = ()

    @property
    def labels(self) -> list[str]:
        """What the words were read as, in words."""
        read = {
            "a phone number": self.phone,
            "a deposit": self.deposit_id,
            "an M-PESA code": self.receipt,
            "a checkout id": self.checkout_id,
            "an account reference": self.reference,
            "an account number": self.account,
            "an amount and a time": self.amount,
            "a name": self.name_parts,
        }
        return [label for label, value in read.items() if value]


def read(typed: str) -> Meanings:
    """Return every way in which the words can be meant; none where they are nothing we know.

    A code of M-PESA's may follow an amount and a time, or a phone number.
    """
    text = " ".join(typed[:MAX_LENGTH].replace("\x00", "").split())
    rest, code = _split_off_code(text)
    if code is not None:
        read_rest = _read_one(rest)
        if read_rest.amount or read_rest.phone:
            return replace(read_rest, receipt=code)
    return _read_one(text)


def _split_off_code(text: str) -> tuple[str, str | None]:
    """Split "500 10:42, code UKT7M2QX9D" into what says the rest, and the code of M-PESA's."""
    rest, _, last = text.replace(",", " ").replace(";", " ").rpartition(" ")
    code = _read_receipt(last) if len(last) == _CODE_LENGTH else None
    if code is None or not any(sign.isdigit() for sign in code):
        return text, None
    words = rest.split()
    if words and words[-1].lower() == "code":
        words.pop()
    return " ".join(words), code


def _read_one(text: str) -> Meanings:
    paid = _read_amount_and_time(text)
    if paid is not None:
        return Meanings(amount=paid[0], at=paid[1])
    compact = re.sub(r"[\s-]", "", text)
    account = account_numbers.read(text)
    phone = _read_phone(text)
    is_number = phone is None and account.number is None
    is_mistyped = is_number and _ACCOUNT.fullmatch(compact) is not None
    deposit = _DEPOSIT.fullmatch(text) if is_number and not is_mistyped else None
    is_code = account.reference is not None or phone is not None
    return Meanings(
        phone=phone,
        deposit_id=int(deposit[1]) if deposit else None,
        receipt=_read_receipt(compact) if not is_code else None,
        checkout_id=_read_checkout_id(text) if phone is None else None,
        reference=account.reference,
        account=account.number,
        mistyped=compact if is_mistyped else None,
        name_parts=_read_name(text) if not is_code else (),
    )


def _read_phone(text: str) -> str | None:
    try:
        return parse_phone_number(text)
    except InvalidPhoneNumber:
        return None


def _read_receipt(compact: str) -> str | None:
    """Return the M-PESA code in capitals: letters and digits, at least one of them a letter."""
    code = compact.upper()
    return code if _RECEIPT.fullmatch(code) and not code.isdigit() else None


def _read_checkout_id(text: str) -> str | None:
    has_mark = "_" in text or "-" in text
    return text if has_mark and _CHECKOUT.fullmatch(text) else None


def _read_amount_and_time(text: str) -> tuple[Decimal, time] | None:
    found = next((match for each in _AMOUNT_AND_TIME if (match := each.fullmatch(text))), None)
    if found is None:
        return None
    hour, minute = int(found["hour"]), int(found["minute"])
    if found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found["half"].lower() == "pm" else 0)
    if hour > 23 or minute > 59:
        return None
    return Decimal(found["amount"].replace(",", "")), time(hour, minute)


def _read_name(text: str) -> tuple[str, ...]:
    """Return the words of a name, lower case; () where no word has three letters in a row."""
    if any(sign.isdigit() for sign in text) or not _LETTERS.search(text):
        return ()
    return tuple(word.lower() for word in _WORD.findall(text))
