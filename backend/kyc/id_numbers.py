"""Numbers of Kenyan identity documents: any spelling in, one spelling out. Pure.

A national ID has 6 to 9 digits; passports and alien cards have up to 12 letters and digits.
"""

import re

_GAPS = re.compile(r"[ \-./]")
# Cards and forms pad a short number with zeros: the same document must have one spelling only, or
# one customer could open two accounts with it.
_NATIONAL_ID = re.compile(r"0{0,3}([1-9][0-9]{5,8})", re.ASCII)
_OTHER_DOCUMENT = re.compile(
    r"(?=[A-Z0-9]{0,11}[A-Z])(?=[A-Z0-9]{0,11}[0-9])[A-Z0-9]{6,12}", re.ASCII
)


class InvalidIdNumber(ValueError):
    """No Kenyan identity document has such a number."""


def parse_id_number(text: str) -> str:
    """Return the number as it is kept: capitals and digits, without gaps and leading zeros.

    Raises:
        InvalidIdNumber: it has another shape, or characters outside of ASCII.
    """
    # Before upper(): it turns some foreign letters into ASCII ones.
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
    """Return what may be shown of a number when only its last four characters are known."""
    return f"****{last_four}"
