"""Parses Kenyan mobile numbers in any spelling into MSISDNs. Pure: no Django."""

import re

# docs/daraja.md §2: nine digits that begin with 7 or 1. Longer prefixes are not checked, because
# numbers move between networks and new prefixes appear.
#: The pattern of a stored number, valid as a regular expression of Python and of PostgreSQL.
MSISDN_PATTERN = "^254[17][0-9]{8}$"
_MSISDN = re.compile(MSISDN_PATTERN, re.ASCII)
_SPELLING = re.compile(r"(?:\+?254|0)?([17][0-9]{8})", re.ASCII)
_PUNCTUATION = re.compile(r"[ \t().\-\u00a0\u2010-\u2013]")


class InvalidPhoneNumber(ValueError):
    """The text is not a Kenyan mobile number in any spelling."""


def parse_phone_number(text: str) -> str:
    """Return the MSISDN for the spellings 07.., 01.., 7.., 1.., +254.. and 254...

    Raises:
        InvalidPhoneNumber: the text is none of these.
    """
    match = _SPELLING.fullmatch(_PUNCTUATION.sub("", text)) if len(text) <= 32 else None
    if match is None:
        raise InvalidPhoneNumber(text)
    return f"254{match[1]}"


def is_msisdn(text: str) -> bool:
    """Return whether the text is an MSISDN, the form that is stored."""
    return _MSISDN.fullmatch(text) is not None


def mask_phone_number(phone_number: str) -> str:
    """Mask the middle: `254712345678` -> `2547****5678`. Texts under 9 characters become `****`."""
    if len(phone_number) < 9:
        return "****"
    return f"{phone_number[:4]}****{phone_number[-4:]}"
