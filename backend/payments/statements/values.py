"""Reads the values of a statement's cells: amounts, times, parties and account numbers. Pure."""

import contextlib
import itertools
import re
from datetime import datetime, time
from decimal import Decimal

from common.masking import mask_text
from payments.daraja.callbacks import EAT
from payments.daraja.confirmations import read_account as clean_account
from payments.daraja.confirmations import read_payer
from payments.daraja.json_reader import clean_text
from users.phone import InvalidPhoneNumber, parse_phone_number

_CENT = Decimal("0.01")
# At most twelve digits before the point, which the database can store and no statement exceeds.
# Neither `1.000` nor `500,00` matches: where a comma is the decimal sign, nothing is read wrongly.
_AMOUNT = re.compile(
    r"[-+\u2212]?(?:[0-9]{1,3}(?:,[0-9]{3}){1,3}|[0-9]{1,12})(?:\.[0-9]{1,2})?", re.ASCII
)
_DATE = (
    r"(?:([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})|([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4}))"
)
_TIME = r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]{1,6})?)?(?: ?([AP])\.?M\.?)?"
_MOMENT = re.compile(rf"(?<![0-9]){_DATE}(?:[ T]{{1,3}}{_TIME})?(?![0-9])", re.ASCII | re.I)
_PARTY = re.compile(r" (?:from|by|to) (?=[0-9*+])")
# Where the name of the other party begins; one of the organisation's own accounts is no such name.
_ANYBODY = re.compile(r" (?:from|by) |\bAcc\.")
_OUTSIDER = re.compile(
    r" (?:from|by) (?!mmf\b|(?:utility|working|merchant|settlement) )", re.IGNORECASE
)
_ACCOUNT = re.compile(r"\bAcc\. ?(.*)", re.DOTALL)
# Only its own last part: a payer may have typed " via " into the account number.
_CHANNEL = re.compile(r" via \S{1,40} by \S.{0,80}\Z", re.DOTALL)
_WHOLE_FLOAT = re.compile(r"\A([0-9]{1,20}+)\.0\Z", re.ASCII)
# What may be a whole phone number; the slower rules of masking are then asked.
_PHONE_LIKE = re.compile(
    r"(?<![0-9])(?:00|\+)?(?:254)?0?[17](?:[ \-.]?[0-9]){8}(?![0-9])", re.ASCII
)
_TEXT_LENGTH, _NAME_LENGTH = 500, 80
#: The year in which M-Pesa began.
_FIRST_YEAR = 2007


def read_amount(text: str) -> Decimal | None:
    """Return an amount in KES with two decimals, with its sign; None for an empty cell or a dash.

    Raises:
        ValueError: it is no amount, or could be two.
    """
    text = text.replace("\u00a0", "").replace(" ", "")
    if text in {"", "-"}:
        return None
    if not _AMOUNT.fullmatch(text):
        raise ValueError("no amount")
    return Decimal(text.replace(",", "").replace("\u2212", "-")).quantize(_CENT)


def read_moment(text: str) -> datetime:
    """Return a time in Nairobi. The day comes first, except where the year does.

    Raises:
        ValueError: it is no time, not one of a calendar, or before M-Pesa began.
    """
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueError("no date")
    return _make_moment(found)


def find_moments(text: str) -> tuple[datetime, datetime]:
    """Return the first two times in a text.

    Raises:
        ValueError: there are not two.
    """
    first, second = (_make_moment(found) for found in itertools.islice(_MOMENT.finditer(text), 2))
    return first, second


def _make_moment(found: re.Match[str]) -> datetime:
    if found[1]:
        year, month, day = int(found[1]), int(found[2]), int(found[3])
    else:
        year, month, day = int(found[6]), int(found[5]), int(found[4])
    if year < _FIRST_YEAR:
        raise ValueError("no date of M-Pesa's")
    hour = int(found[7] or 0)
    if found[10]:
        if not 1 <= hour <= 12:
            raise ValueError("no hour of half a day")
        hour = hour % 12 + (12 if found[10] in "Pp" else 0)
    minute, second = int(found[8] or 0), int(found[9] or 0)
    return datetime(year, month, day, hour, minute, second, tzinfo=EAT)


def is_whole_day(moment: datetime) -> bool:
    """Return whether this is a midnight, as a date without a time is read."""
    return moment.time() == time()


def swap_day_and_month(text: str, moment: datetime) -> datetime | None:
    """Return how the date would read with the month first; None where that is no other date.

    A date cell of a workbook (with a T) counts, too: the spreadsheet program may have read a text
    wrongly. A text that begins with the year can be read in one way only.
    """
    if text[4:5] in {"-", "/"} and "T" not in text:
        return None
    if moment.day > 12 or moment.day == moment.month:
        return None
    return moment.replace(day=moment.month, month=moment.day)


def read_text(text: str) -> str:
    """Return a text that can be stored, without whole phone numbers."""
    if not text:
        return ""
    text = clean_text(text, _TEXT_LENGTH)
    return mask_text(text) if _PHONE_LIKE.search(text) else text


def read_party(party: str, details: str) -> tuple[str, str]:
    """Return name and masked number of the other party, from its column or else the details."""
    if not party:
        _, found, after = _split_party(details)
        party = _ACCOUNT.split(after)[0] if found else ""
    number, _, name = party.partition("-")
    if not any(sign.isdigit() for sign in number):
        return read_text(party)[:_NAME_LENGTH], ""
    return read_text(name)[:_NAME_LENGTH], _mask_number(number.strip())


def _mask_number(number: str) -> str:
    if "*" not in number:
        with contextlib.suppress(InvalidPhoneNumber):
            number = parse_phone_number(number)
    return read_payer(number)[0]


def read_account(account: str, details: str) -> str:
    """Return the account number from its column, or else from the details; "" for none."""
    if account:
        # A number cell that was saved as text: 850060.0
        return clean_account(_WHOLE_FLOAT.sub(r"\1", account))
    found = _ACCOUNT.search(details)
    return clean_account(_CHANNEL.sub("", found[1])) if found else ""


def read_type(reason_type: str, details: str) -> str:
    """Return M-Pesa's own words about a movement, without what a payer typed."""
    names_account = _ACCOUNT.search(details) is not None
    words = (_ANYBODY if names_account else _OUTSIDER).split(details, maxsplit=1)[0]
    return f"{reason_type} | {_PARTY.split(words, maxsplit=1)[0].strip()}".casefold()


def _split_party(details: str) -> tuple[str, bool, str]:
    found = _PARTY.search(details)
    if found is None:
        return details, False, ""
    return details[: found.start()], True, details[found.end() :]
