"""Kenyan mobile numbers: any spelling in, one MSISDN out. Pure: no Django."""

import re

# docs/daraja.md §2: nine digits that begin with 7 or 1. Prefixes move between networks and new
# blocks appear, so a prefix is never a reason to refuse.
#: The whole of a stored number, in a spelling that Python's and PostgreSQL's patterns share.
MSISDN_PATTERN = "^254[17][0-9]{8}$"
_MSISDN = re.compile(MSISDN_PATTERN, re.ASCII)
_SPELLING = re.compile(r"(?:\+?254|0)?([17][0-9]{8})", re.ASCII)
_PUNCTUATION = re.compile(r"[ \t().\-\u00a0\u2010-\u2013]")


class InvalidPhoneNumber(ValueError):
    """The text is not a Kenyan mobile number in any spelling."""


def parse_phone_number(text: str) -> str:
    """Return `254` and nine digits for 07.., 01.., 7.., 1.., +254.. and 254.. spellings.

    Raises:
        InvalidPhoneNumber: it is none of these.
    """
    match = _SPELLING.fullmatch(_PUNCTUATION.sub("", text)) if len(text) <= 32 else None
    if match is None:
        raise InvalidPhoneNumber(text)
    return f"254{match[1]}"


def is_msisdn(text: str) -> bool:
    """Say whether the text is already in the form that is stored."""
    return _MSISDN.fullmatch(text) is not None


def mask_phone_number(phone_number: str) -> str:
    """Hide the middle: `254712345678` -> `2547****5678`. Shorter texts are hidden whole."""
    if len(phone_number) < 9:
        return "****"
    return f"{phone_number[:4]}****{phone_number[-4:]}"
