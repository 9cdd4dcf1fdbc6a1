"""Parses numbers of Kenyan identity documents in any spelling into one. Pure: no Django.

A national ID has 6 to 9 digits; passports and alien cards have up to 12 letters and digits.
"""

import re

_GAPS = re.compile(r"[ \-./]")
# Cards and forms pad short numbers with zeros. Each document must have one spelling only; otherwise
# a customer could verify two accounts with it.
_NATIONAL_ID = re.compile(r"0{0,3}([1-9][0-9]{5,8})", re.ASCII)
_OTHER_DOCUMENT = re.compile(
    r"(?=[A-Z0-9]{0,11}[A-Z])(?=[A-Z0-9]{0,11}[0-9])[A-Z0-9]{6,12}", re.ASCII
)


class InvalidIdNumber(ValueError):
    """The text is no number of a Kenyan identity document."""


def parse_id_number(text: str) -> str:
    """Return the number as it is stored: capitals and digits, without gaps or leading zeros.

    Raises:
        InvalidIdNumber: the text has another form, or characters outside of ASCII.
    """
    # Checked before upper(), which turns some non-ASCII letters into ASCII ones.
    if not text.isascii():
        raise InvalidIdNumber
    compact = _GAPS.sub("", text.strip()).upper()
    national_id = _NATIONAL_ID.fullmatch(compact)
    if national_id is not None:
        return national_id[1]
    if _OTHER_DOCUMENT.fullmatch(compact):
        return compact
    raise InvalidIdNumber


def mask_id_number(last_four: str) -> str:
    """Return the masked form of an ID number with these last four characters."""
    return f"****{last_four}"
