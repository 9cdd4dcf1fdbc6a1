"""What a figure is: a finding in words, a drawing, and the table of the same numbers. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils.safestring import SafeString, mark_safe

from common.days import NAIROBI, DaySpan
from operations.console.charts.canvas import Canvas

Cell = str | int | Decimal
#: The periods that can be chosen, in days up to and with today.
PERIODS = (7, 30, 90)


@dataclass(frozen=True)
class Figure:
    """A figure. `finding` is its heading, `says` a sentence of numbers, `key` how to read it.

    `rows` have the cells of `columns`; amounts are KES.
    """

    name: str
    finding: str
    says: str
    key: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]
    canvas: Canvas = field(repr=False)

    @property
    def drawing(self) -> SafeString:
        """The drawing as part of a page; its words were escaped when they were written."""
        return mark_safe(self.canvas.as_fragment())  # noqa: S308  # ElementTree escapes


def period(days: int, now: datetime) -> DaySpan:
    """Return the span of so many Nairobi days that ends today."""
    today = now.astimezone(NAIROBI).date()
    return DaySpan(today - timedelta(days=days - 1), today)


def days_of(span: DaySpan) -> list[date]:
    """Return the days of a span, first and last included."""
    return [
        span.first + timedelta(days=number) for number in range((span.last - span.first).days + 1)
    ]


def percent(part: int, whole: int) -> str:
    """Return a share with one decimal, `96.4 %`; an en dash where there is no whole.

    Only all is 100.0 %, and only none is 0.0 %: one lost prompt of ten thousand must not vanish.
    """
    if not whole:
        return "\u2013"
    share = round(100 * part / whole, 1)
    if part < whole:
        share = min(share, 99.9)
    if part:
        share = max(share, 0.1)
    return f"{share:.1f} %"


def say_day(day: date) -> str:
    """Return a day as the console writes it: Mon 30 Nov."""
    return f"{day:%a} {day.day} {day:%b}"


def count_of(number: int, noun: str) -> str:
    """Return a number with its noun: 1 prompt, 1,204 prompts."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
