"""Reads Daraja's JSON: exact numbers, storable text, None where something is invalid. Pure.

Anybody can post to a callback address, so no function here may raise on any input.
"""

import json
import re
from decimal import Decimal, InvalidOperation
from typing import TypeGuard

_NAN = Decimal("NaN")
#: Longer than any code of docs/daraja.md §6; the width of the columns that store a code.
CODE_MAX_LENGTH = 32
_IDENTIFIER = re.compile(r"[\x20-\x7e]{1,128}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def _read_number(text: str) -> Decimal:
    """Read a JSON number exactly. Unlike int, Decimal has no limit on the number of digits."""
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent of about twenty digits
        return _NAN


def read_object(body: bytes) -> dict[str, object] | None:
    """Read a JSON object with all numbers as Decimal; None where `body` is no JSON object.

    Bytes that are not UTF-8 become U+FFFD: a Latin-1 character in a description must not lose the
    only report of a payment. Of a repeated key the last value counts. The body may begin with blank
    lines (docs/daraja.md §3) or a byte order mark.
    """
    try:
        value: object = json.loads(
            body.decode("utf-8-sig", errors="replace"),
            parse_float=_read_number,
            parse_int=_read_number,
            parse_constant=lambda _: _NAN,
        )
    except (ValueError, RecursionError):  # not JSON, or nested thousands deep
        return None
    return value if isinstance(value, dict) else None


def read_code(value: object) -> str | None:
    """Return a ResultCode or ResponseCode as text ("0"); None for anything but text or an integer.

    Numbers and text both occur (docs/daraja.md §4, §5). `0.0` counts as the integer 0; `true` is no
    number. A longer value than any code is cut; it then equals no listed code.
    """
    if isinstance(value, str):
        return clean_text(value, CODE_MAX_LENGTH) or None
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        text = str(int(value)) if value.adjusted() < CODE_MAX_LENGTH else str(value)
        return text[:CODE_MAX_LENGTH]
    return None


def clean_text(value: object, max_length: int) -> str:
    """Return text that PostgreSQL can store: no NUL, no lone surrogate, no control character.

    Anything but text becomes "".
    """
    if not isinstance(value, str):
        return ""
    storable = value.encode("utf-8", errors="replace").decode("utf-8")
    return _CONTROL.sub(" ", storable).strip()[:max_length].rstrip()


def is_identifier(value: object) -> TypeGuard[str]:
    """Return whether `value` can be a request id of M-Pesa: 1-128 printable ASCII characters."""
    return isinstance(value, str) and _IDENTIFIER.fullmatch(value) is not None
