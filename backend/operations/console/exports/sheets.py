"""What an export is: a name, columns, and rows that are read while they are written. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum, auto

#: Text, a number, an amount in KES, a moment, or nothing.
Cell = str | int | Decimal | datetime | None
Row = tuple[Cell, ...]


class Kind(Enum):
    """What the cells of a column are."""

    TEXT = auto()
    NUMBER = auto()
    AMOUNT = auto()
    MOMENT = auto()


@dataclass(frozen=True)
class Column:
    """A column: its head, and what its cells are."""

    head: str
    kind: Kind = Kind.TEXT


@dataclass(frozen=True)
class Sheet:
    """An export. `rows` is read once, row by row, and never held as a whole."""

    title: str
    columns: tuple[Column, ...]
    rows: Iterator[Row]


def text(head: str) -> Column:
    """Return a column of text."""
    return Column(head)


def amount(head: str) -> Column:
    """Return a column of amounts; its head says that they are KES."""
    return Column(f"{head}, KES", Kind.AMOUNT)


def number(head: str) -> Column:
    """Return a column of whole numbers."""
    return Column(head, Kind.NUMBER)


def moment(head: str) -> Column:
    """Return a column of moments; they are written in Nairobi's time."""
    return Column(f"{head}, Nairobi", Kind.MOMENT)
