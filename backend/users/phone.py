"""Parses Kenyan mobile numbers in any spelling into MSISDNs. Pure: no Django."""

import re
import unicodedata

# docs/daraja.md §2: nine digits that begin with 7 or 1. Longer prefixes are not checked, because
# numbers move between networks and new prefixes appear.
#: The pattern of a stored number, valid as a regular expression of Python and of PostgreSQL.
MSISDN_PATTERN = "^254[17][0-9]{8}$"
_MSISDN = re.compile(MSISDN_PATTERN, re.ASCII)
_SPELLING = re.compile(r"(?:\+?254)?0?([17][0-9]{8})", re.ASCII)
_MAX_LENGTH = 40
#: Blanks, dashes and marks of direction, by Unicode's categories: contacts are copied with them.
_MEANINGLESS = {"Zs", "Zl", "Zp", "Pd", "Cf"}
_PUNCTUATION = set("().\t\u2212")


class InvalidPhoneNumber(ValueError):
    """The text is not a Kenyan mobile number in any spelling."""


def parse_phone_number(text: str) -> str:
    """Return the MSISDN for the spellings 07.., 01.., 7.., 1.., +254.. and 254...

    Blanks, dashes, points, brackets and invisible marks in them mean nothing. docs/spellings.json
    lists what is read and what is not; the page reads numbers in the same way.

    Raises:
        InvalidPhoneNumber: the text is none of these.
    """
    match = _SPELLING.fullmatch(_without_punctuation(text)) if len(text) <= _MAX_LENGTH else None
    if match is None:
        raise InvalidPhoneNumber(text)
    return f"254{match[1]}"


def _without_punctuation(text: str) -> str:
    return "".join(
        sign
        for sign in text
        if sign not in _PUNCTUATION and unicodedata.category(sign) not in _MEANINGLESS
    )


def is_msisdn(text: str) -> bool:
    """Return whether the text is an MSISDN, the form that is stored."""
    return _MSISDN.fullmatch(text) is not None


def mask_phone_number(phone_number: str) -> str:
    """Mask the middle: `254712345678` -> `2547****5678`. Texts under 9 characters become `****`."""
    if len(phone_number) < 9:
        return "****"
    return f"{phone_number[:4]}****{phone_number[-4:]}"


def show_masked_number(phone_number: str) -> str:
    """Return the number as customers read it in a file: `254712345678` -> `07** **5 678`.

    It has the digits of `mask_phone_number` and no other: two masks of one number would together
    show more than either. What is no MSISDN becomes `****`.
    """
    if not is_msisdn(phone_number):
        return "****"
    return f"0{phone_number[3]}** **{phone_number[-4]} {phone_number[-3:]}"
