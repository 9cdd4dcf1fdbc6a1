"""Hides phone numbers, tokens and passwords in any text or value. Pure: no Django, no logging.

It would rather hide a harmless number than show a customer's. Anybody may send text that ends here,
so that its cost must grow with the length only: repeats are possessive (`{0,4}+`) wherever what
follows cannot begin with what they took, and no look-ahead crosses the whole text. A test times
every pattern of the product on hostile text.
"""

import re
from collections.abc import Mapping
from typing import Any

MASK = "[masked]"

#: Characters of a message, of a traceback and of an address that are kept.
LONGEST_MESSAGE = 8 * 1024
LONGEST_TRACEBACK = 32 * 1024
LONGEST_PATH = 512
_DEEPEST = 16
_LONGEST_HARMLESS, _DIGITS_OF_A_NUMBER, _LETTERS_OF_A_KEY = 128, 9, 40
# What people and URLs put between the digits of a number; a few in a row at most.
_GAP = r"(?:[ \t().+/_\-\u00a0\u2010-\u2015\u2212]|%20|%2[89bde]|%c2%a0){0,4}+"
# Nine digits that begin with 7 or 1, after 254, 0, both or nothing. A dotted quad is an address.
_PHONE = re.compile(
    r"(?:(?<!\d)(?<!\d\.)|(?<=%[0-9a-f]{2}))(?!\d{1,3}(?:\.\d{1,3}){3}(?![\d.]))"
    rf"(?:0{_GAP}0{_GAP})?(?:2{_GAP}5{_GAP}4{_GAP})?(?:0{_GAP})?[17](?:{_GAP}\d){{8}}(?!\d)",
    re.IGNORECASE,
)
# \d knows the digits of every script, the pattern's own 254, 0, 7 and 1 do not.
_FOREIGN_DIGIT = re.compile(r"[^\D0-9]")
# Daraja's request ids end in the payer's last nine digits (docs/daraja.md §2).
_CHECKOUT_ID = re.compile(r"(ws_CO_\d*?)\d{5}(\d{4})(?!\d)")
_ANNOUNCER = (
    r"(?:pass(?:word|key|wd|phrase)|secret|token|api[_-]?key|credential|signature|"
    r"sessionid|session_key|csrf|"
    # Numbers of identity documents, and what they are encrypted with (kyc).
    r"encryption[_-]?key|id[_-]?number|national[_-]?id|passport[_-]?n)"
)
_QUOTED_OR_WORD = r"(?:\"(?:[^\"\\]|\\.)*\"?|'(?:[^'\\]|\\.)*'?|[^\s,;&\"'}\])]+)"
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # A callback's address is a secret: anybody who knows it can report a payment.
    (re.compile(r"(?i)((?:/|%2f)callback(?:/|%2f)+)[^/\s\"'?#<>,;)\\]+"), r"\1[token]"),
    (re.compile(r"(?i)(://)[^/\s@\"']{1,300}+@"), rf"\1{MASK}@"),
    (
        re.compile(
            r"(?i)((?:authorization|cookie)[\"']?\s{0,5}+[:=]\s{0,5}+[bru]?[\"']?)[^\r\n\"']++"
        ),
        rf"\1{MASK}",
    ),
    (
        # The look ahead sees the token only: past it, it would read the whole text at each word.
        re.compile(r"(?i)\b(token|bearer|basic)(\s|%20)(?=[\w.~+/=%-]*\d)[\w.~+/=%-]{8,}+"),
        rf"\1\2{MASK}",
    ),
    (
        re.compile(
            rf"(?i)({_ANNOUNCER}[\w-]{{0,40}}+[\"']?\s{{0,5}}+(?:=>|[:=]|%3d)\s{{0,5}}+[bru]?)"
            + _QUOTED_OR_WORD
        ),
        rf"\1{MASK}",
    ),
    (re.compile(r"\b(?:argon2|pbkdf2_sha256|md5)\$\S+"), MASK),
    (re.compile(r"(?i)\b[0-9a-f]{40,}\b"), MASK),
    (_CHECKOUT_ID, r"\1*****\2"),
)
_SECRET_KEY = re.compile(rf"(?i){_ANNOUNCER}|authorization|cookie|^(?:otp|pin)$")
# Line ends forge log lines; the rest rewrites what a terminal shows.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def mask_text(text: str, *, longest: int = LONGEST_MESSAGE) -> str:
    """Return the text without phone numbers, tokens, passwords and keys, cut at `longest`."""
    if len(text) > longest:
        text = f"{text[:longest]}... [{len(text)} characters]"
    text = _FOREIGN_DIGIT.sub(lambda match: str(int(match[0])), text)
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return _PHONE.sub(_masked_phone, text)


def mask_path(path: str) -> str:
    """Return the path of a request, masked. Most are words and an id: no pattern is asked then."""
    before, found, after = path.partition("/callback/")
    token, slash, rest = after.partition("/")
    if not found:
        return path if _is_harmless(path) else mask_text(path, longest=LONGEST_PATH)
    if token and _is_harmless(before) and _is_harmless(rest):
        return f"{before}/callback/[token]{slash}{rest}"
    return mask_text(path, longest=LONGEST_PATH)


def _is_harmless(path: str) -> bool:
    """Say whether no rule can match: too few digits for a number, no sign that announces a value.

    A key of 40 hexadecimal characters is longer than the longest word here.
    """
    if len(path) > _LONGEST_HARMLESS or sum(map(path.count, "0123456789")) >= _DIGITS_OF_A_NUMBER:
        return False
    words = path.replace("-", "").split("/")
    is_plain = path.isascii() and "".join(words).isalnum()
    return is_plain and max(map(len, words)) < _LETTERS_OF_A_KEY


def _masked_phone(match: re.Match[str]) -> str:
    """Write a number as the API shows it: `2547****5678`."""
    without_gaps = re.sub(r"%c2%a0|%..", "", match[0], flags=re.IGNORECASE)
    digits = "".join(str(int(sign)) for sign in without_gaps if sign.isdecimal())[-9:]
    return f"254{digits[0]}****{digits[-4:]}"


def mask_value(value: Any, *, depth: int = 0) -> Any:
    """Return a copy of any value, masked throughout; unknown objects become masked text."""
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        # A number that only looks like one is rare; a phone number sent as JSON number is not.
        return mask_text(str(value)) if _PHONE.fullmatch(str(value)) else value
    if isinstance(value, Mapping) and depth < _DEEPEST:
        return {mask_text(str(key)): _mask_item(key, item, depth) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset) and depth < _DEEPEST:
        return [mask_value(item, depth=depth + 1) for item in value]
    if isinstance(value, bytes):
        return mask_text(value.decode("utf-8", "backslashreplace"))
    return mask_text(value if isinstance(value, str) else _text_of(value))


def _mask_item(key: object, item: Any, depth: int) -> Any:
    return MASK if _SECRET_KEY.search(str(key)) else mask_value(item, depth=depth + 1)


def _text_of(value: object) -> str:
    """Return an object's text; an object that cannot say it must not break the log line."""
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - somebody's __str__ may raise anything
        return f"<{type(value).__name__} without text>"


def escape_control_characters(text: str) -> str:
    """Return the text on one line: line ends and terminal codes written as escapes."""
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), text)
