"""Masks phone numbers, tokens and passwords in any text or value. Pure: no Django, no logging.

In doubt a number is masked: a customer's phone number must never be shown. Attackers can choose
the text, so the time must grow linearly with its length: repeats are possessive (`{0,4}+`) wherever
the next part of the pattern cannot match what they took, and no look-ahead reads the whole text. A
test times every pattern of the product on hostile text.
"""

import re
from collections.abc import Mapping
from typing import Any

MASK = "[masked]"

#: Most characters that are kept of a message, of a traceback and of a path.
MAX_MESSAGE_LENGTH = 8 * 1024
MAX_TRACEBACK_LENGTH = 32 * 1024
MAX_PATH_LENGTH = 512
_DEEPEST = 16
_MAX_HARMLESS_LENGTH, _DIGITS_OF_A_NUMBER, _LETTERS_OF_A_KEY = 128, 9, 40
# Spaces and punctuation between the digits of a number, also percent-encoded; 4 in a row at most.
_GAP = r"(?:[ \t().+/_\-\u00a0\u2010-\u2015\u2212]|%20|%2[89bde]|%c2%a0){0,4}+"
# Nine digits that begin with 7 or 1, after 254, 0, both or nothing. IPv4 addresses do not match,
# unless digits follow: `100.0.0.000 0` is a number whose gaps look like an address.
_PHONE = re.compile(
    r"(?:(?<!\d)(?<!\d\.)|(?<=%[0-9a-f]{2}))(?!\d{1,3}(?:\.\d{1,3}){3}"
    rf"(?!{_GAP}\d))"
    rf"(?:0{_GAP}0{_GAP})?(?:2{_GAP}5{_GAP}4{_GAP})?(?:0{_GAP})?[17](?:{_GAP}\d){{8}}(?!\d)",
    re.IGNORECASE,
)
# `\d` matches digits of every script, but the literal 254, 0, 7 and 1 of `_PHONE` only ASCII ones.
_FOREIGN_DIGIT = re.compile(r"[^\D0-9]")
# Daraja's request ids end in the payer's last nine digits (docs/daraja.md §2).
_CHECKOUT_ID = re.compile(r"(ws_CO_\d*?)\d{5}(\d{4})(?!\d)")
_ANNOUNCER = (
    r"(?:pass(?:word|key|wd|phrase)|secret|token|api[_-]?key|credential|signature|"
    r"sessionid|session_key|csrf|"
    # Numbers of identity documents and the keys that encrypt them (kyc).
    r"encryption[_-]?key|id[_-]?number|national[_-]?id|passport[_-]?n)"
)
_QUOTED_OR_WORD = r"(?:\"(?:[^\"\\]|\\.)*\"?|'(?:[^'\\]|\\.)*'?|[^\s,;&\"'}\])]+)"
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # The address of a callback or a confirmation holds a secret: anybody who has it can report a
    # payment.
    (
        re.compile(
            r"(?i)((?:/|%2f)(?:callback|paybill|transaction-status)(?:/|%2f)+)[^/\s\"'?#<>,;)\\]+"
        ),
        r"\1[token]",
    ),
    (re.compile(r"(?i)(://)[^/\s@\"']{1,300}+@"), rf"\1{MASK}@"),
    (
        re.compile(
            r"(?i)((?:authorization|cookie)[\"']?\s{0,5}+[:=]\s{0,5}+[bru]?[\"']?)[^\r\n\"']++"
        ),
        rf"\1{MASK}",
    ),
    (
        # The look-ahead stops at the token's end; otherwise each word would read the whole text.
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
#: What else than /callback/ comes before a secret in a path.
_SECRET_PATHS = ("/paybill/", "/transaction-status/")
_SECRET_KEY = re.compile(rf"(?i){_ANNOUNCER}|authorization|cookie|^(?:otp|pin)$")
# Line ends could forge log lines; other control characters change what a terminal shows.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def mask_text(text: str, *, longest: int = MAX_MESSAGE_LENGTH) -> str:
    """Return the text without phone numbers, tokens, passwords and keys, cut at `longest`."""
    if len(text) > longest:
        text = f"{text[:longest]}... [{len(text)} characters]"
    text = _FOREIGN_DIGIT.sub(lambda match: str(int(match[0])), text)
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return _PHONE.sub(_masked_phone, text)


def mask_path(path: str) -> str:
    """Return a request's path, masked; paths that cannot hold a secret skip the slow patterns."""
    name = next((each for each in _SECRET_PATHS if each in path), "/callback/")
    before, found, after = path.partition(name)
    token, slash, rest = after.partition("/")
    if not found:
        return path if _is_harmless(path) else mask_text(path, longest=MAX_PATH_LENGTH)
    if token and _is_harmless(before) and _is_harmless(rest):
        return f"{before}{name}[token]{slash}{rest}"
    return mask_text(path, longest=MAX_PATH_LENGTH)


def _is_harmless(path: str) -> bool:
    """Return whether no rule can match: under 9 digits in all, otherwise letters, `-` and `/` only.

    Words are shorter than 40 letters, the least length of a hexadecimal key.
    """
    if (
        len(path) > _MAX_HARMLESS_LENGTH
        or sum(map(path.count, "0123456789")) >= _DIGITS_OF_A_NUMBER
    ):
        return False
    words = path.replace("-", "").split("/")
    is_plain = path.isascii() and "".join(words).isalnum()
    return is_plain and max(map(len, words)) < _LETTERS_OF_A_KEY


def _masked_phone(match: re.Match[str]) -> str:
    """Return a phone number masked as the API shows it: `2547****5678`."""
    without_gaps = re.sub(r"%c2%a0|%..", "", match[0], flags=re.IGNORECASE)
    digits = "".join(str(int(sign)) for sign in without_gaps if sign.isdecimal())[-9:]
    return f"254{digits[0]}****{digits[-4:]}"


def mask_value(value: Any, *, depth: int = 0) -> Any:
    """Return a copy of any value, masked throughout; unknown objects become masked text."""
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        # A phone number may be sent as a JSON number; other integers of that form are rare.
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
    """Return `str(value)`, or a substitute if it raises: the log line must be written anyway."""
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - a __str__ may raise anything
        return f"<{type(value).__name__} without text>"


def escape_control_characters(text: str) -> str:
    """Return the text with line ends and other control characters written as escapes."""
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), text)
