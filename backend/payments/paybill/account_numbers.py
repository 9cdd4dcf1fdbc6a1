"""Personal account numbers, and what a payer may mean by what they typed. Pure.

A number has ten digits: nine drawn at random and a check digit by Damm's algorithm, which finds
every single wrong digit and every swap of two neighbours. It begins with 2 to 9, so that no phone
number, in whichever way it is written, can be mistaken for one.
"""

import re
import secrets
from dataclasses import dataclass

from users.phone import InvalidPhoneNumber, parse_phone_number

LENGTH = 10
#: Damm's quasigroup of order ten (H. M. Damm, 2004). No row or column repeats a digit, and
#: `row[row[c][x]][y] != row[row[c][y]][x]` for x != y, which is what finds the swaps.
_TABLE = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip
#: What a deposit's account reference looks like (payments.services.deposits).
_REFERENCE = re.compile(r"KP[2-9A-HJKMNP-Z]{10}", re.ASCII)
_NUMBER = re.compile(r"[2-9][0-9]{9}", re.ASCII)
#: Longer texts mean nothing; M-Pesa lets a payer type 20 characters.
_MAX_TYPED = 64


@dataclass(frozen=True)
class Meaning:
    """What a typed account number may mean: each part is None where it cannot be that."""

    reference: str | None = None
    number: str | None = None
    phone: str | None = None


def draw() -> str:
    """Return a random account number. Whether it is free is for the database to say."""
    first = secrets.choice("23456789")
    digits = first + "".join(secrets.choice("0123456789") for _ in range(LENGTH - 2))
    return digits + check_digit(digits)


def check_digit(digits: str) -> str:
    """Return the digit that makes `digits` a valid number when it is appended."""
    interim = "0"
    for digit in digits:
        interim = _TABLE[int(interim)][int(digit)]
    return interim


def is_valid(number: str) -> bool:
    """Return whether the text is an account number with the right check digit."""
    return _NUMBER.fullmatch(number) is not None and check_digit(number) == "0"


def read(typed: str) -> Meaning:
    """Return what the payer may mean. Spaces, dashes and case are ignored, as people vary them."""
    if len(typed) > _MAX_TYPED:
        return Meaning()
    plain = re.sub(r"[\s\-\u2010-\u2015./_]", "", typed).upper()
    if _REFERENCE.fullmatch(plain):
        return Meaning(reference=plain)
    if is_valid(plain):
        return Meaning(number=plain)
    try:
        return Meaning(phone=parse_phone_number(typed))
    except InvalidPhoneNumber:
        return Meaning()
