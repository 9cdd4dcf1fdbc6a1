"""Receipt numbers: whether a text is one, the day that it names, and the first one in an SMS.

Pure. A text that a customer sends proves nothing: anybody can write an SMS. It only says about
which receipt to ask M-Pesa. Amount and time in it are hints for an operator.
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

LENGTH = 10
#: Texts are read up to here; an SMS of M-Pesa has a few hundred characters.
MAX_TEXT_LENGTH = 1024
#: The year of the letter A.
_FIRST_YEAR = 2006
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MONTHS = "ABCDEFGHIJKL"
_DAYS = "123456789ABCDEFGHIJKLMNOPQRSTUV"
# Kenya has no daylight saving, so a fixed offset is exact (docs/daraja.md §2).
_NAIROBI = timezone(timedelta(hours=3), "EAT")
# A payment at midnight may have the receipt of the day before or after (docs/daraja.md §12).
_SLACK = timedelta(days=1)
# M-Pesa writes it into answers about requests that moved no money: a date and seven zeros.
_NO_PAYMENT = "0000000"
#: What customers take for each other when they copy a receipt from a screen.
_LOOKALIKE = {"O": "0", "0": "O", "I": "1", "1": "I"}
#: Doubtful places that are tried: more of them would be more texts than are worth a look.
_MAX_DOUBTFUL = 5

_RECEIPT = re.compile(r"[A-Z][A-Z0-9]{9}", re.ASCII)
# Letters of any case, because customers type small ones. At most ten, whatever the text: linear.
_TOKEN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]{10}(?![A-Za-z0-9])", re.ASCII)
_GAPS = re.compile(r"[\s\-.]", re.ASCII)
_AMOUNT = re.compile(
    r"\bk(?:sh|es)[ .]{0,2}([0-9][0-9,]{0,9}(?:\.[0-9]{1,2})?)", re.ASCII | re.IGNORECASE
)
_WHEN = re.compile(
    r"\b([0-9]{1,2})/([0-9]{1,2})/([0-9]{2}) {1,2}(?:(?:at|saa) {1,2})?"
    r"([0-9]{1,2}):([0-9]{2}) ?([AP])M",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Pasted:
    """What a customer's text says: the receipts to look for, best guess first; and hints.

    `receipts` is empty where the text names none. `amount` in KES, `paid_at` in UTC.
    """

    receipts: tuple[str, ...]
    amount: Decimal | None = None
    paid_at: datetime | None = None


def find_day(receipt: str, *, today: date) -> date | None:
    """Return the day in Nairobi that a receipt number names; None where there is no such day.

    The first character is the year (A is 2006, U is 2026), the second the month (A to L), the third
    the day (1 to 9, then A to V). The letters of the years come again after 26 of them: the year is
    the latest one that is not after the next.
    """
    if not _RECEIPT.fullmatch(receipt) or receipt[1] not in _MONTHS or receipt[2] not in _DAYS:
        return None
    next_year = today.year + 1
    age = (next_year - _FIRST_YEAR - _LETTERS.index(receipt[0])) % len(_LETTERS)
    try:
        return date(next_year - age, _MONTHS.index(receipt[1]) + 1, _DAYS.index(receipt[2]) + 1)
    except ValueError:
        return None


def is_receipt(text: str, *, now: datetime, max_age: timedelta) -> bool:
    """Return whether a text can be the receipt of a payment made in the `max_age` before now.

    Ten capital letters and digits that begin with a day, neither in the future nor older. A day at
    either end is let pass, for payments about midnight.
    """
    today = now.astimezone(_NAIROBI).date()
    day = find_day(text, today=today)
    if day is None or text.endswith(_NO_PAYMENT):
        return False
    return today - max_age - _SLACK <= day <= today + _SLACK


def list_readings(code: str, *, now: datetime, max_age: timedelta) -> tuple[str, ...]:
    """Return the receipts that a copied code may stand for: as written, then with O for 0 and I
    for 1 and the other way round.

    Fewer changes come first, then later days. Empty: no reading is a receipt.
    """
    if code.endswith(_NO_PAYMENT):
        return ()
    today = now.astimezone(_NAIROBI).date()
    found = (
        (changes, reading)
        for changes, reading in _spellings(code)
        if is_receipt(reading, now=now, max_age=max_age)
    )
    return tuple(
        reading
        for _, reading in sorted(
            found,
            key=lambda each: (each[0], today - (find_day(each[1], today=today) or today), each[1]),
        )
    )


def _spellings(code: str) -> Iterator[tuple[int, str]]:
    """Yield each spelling with the number of characters that it changes."""
    # The first three decide whether it is a receipt at all, so they are among those that are tried.
    doubtful = [place for place, sign in enumerate(code) if sign in _LOOKALIKE][:_MAX_DOUBTFUL]
    for count in range(len(doubtful) + 1):
        for places in itertools.combinations(doubtful, count):
            signs = list(code)
            for place in places:
                signs[place] = _LOOKALIKE[code[place]]
            yield count, "".join(signs)


def read_text(text: str, *, now: datetime, max_age: timedelta) -> Pasted:
    """Read a receipt number, or a whole SMS of M-Pesa in English or Kiswahili.

    The first word that is a receipt as it is written counts; only where there is none, the first
    that is one after a correction. Costs by the length of the text, and reads MAX_TEXT_LENGTH.
    """
    text = text[:MAX_TEXT_LENGTH]
    alone = _GAPS.sub("", text)
    words = [alone] if len(alone) == LENGTH else _TOKEN.findall(text)
    codes = [word.upper() for word in words if word.isascii()]
    exact = (code for code in codes if is_receipt(code, now=now, max_age=max_age))
    code = next(exact, None)
    readings = (
        list_readings(each, now=now, max_age=max_age) for each in ([code] if code else codes)
    )
    receipts = next((found for found in readings if found), ())
    return Pasted(receipts=receipts, amount=_find_amount(text), paid_at=_find_moment(text))


def _find_amount(text: str) -> Decimal | None:
    found = _AMOUNT.search(text)
    return (Decimal(found[1].replace(",", "")) or None) if found else None


def _find_moment(text: str) -> datetime | None:
    found = _WHEN.search(text)
    if found is None:
        return None
    day, month, year, hour, minute = map(int, found.groups()[:5])
    if not 1 <= hour <= 12:
        return None
    hour = hour % 12 + (12 if found[6].upper() == "P" else 0)
    try:
        local = datetime(2000 + year, month, day, hour, minute, tzinfo=_NAIROBI)
    except ValueError:
        return None
    return local.astimezone(UTC)
