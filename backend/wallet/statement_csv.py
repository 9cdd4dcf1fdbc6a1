"""Renders a statement as CSV (RFC 4180), without cells that spreadsheets run as formulas. Pure."""

import csv
from collections.abc import Iterator
from decimal import Decimal
from io import StringIO

from common.days import NAIROBI
from common.messages import Message
from common.spreadsheets import safe_cell
from wallet import statement as words
from wallet.statement import Line, Statement

# With a byte order mark: without one Excel reads the file in the system's code page, and names such
# as Wanjikũ are garbled.
_ENCODING = "utf-8-sig"


def render_csv(statement: Statement, *, language: str | None, stamp: Message | None) -> bytes:
    """Return the CSV file, in the reader's language."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    for row in _rows(statement, stamp):
        writer.writerow(
            safe_cell(cell.in_language(language)) if isinstance(cell, Message) else cell
            for cell in row
        )
    return text.getvalue().encode(_ENCODING)


def _rows(statement: Statement, stamp: Message | None) -> Iterator[list[str | Message]]:
    yield [
        words.DATE, words.TIME, words.DESCRIPTION, words.MPESA_CODE, words.MONEY_IN,
        words.MONEY_OUT, words.BALANCE,
    ]  # fmt: skip
    opening = _stamped(words.OPENING, stamp)
    yield [f"{statement.span.first}", "", opening, "", "", "", f"{statement.opening:.2f}"]
    for line in statement.lines:
        yield _row(line)
    yield [
        f"{statement.span.last}", "", _stamped(words.CLOSING, stamp), "",
        f"{statement.money_in:.2f}", f"{statement.money_out:.2f}", f"{statement.closing:.2f}",
    ]  # fmt: skip


def _row(line: Line) -> list[str | Message]:
    at = line.at.astimezone(NAIROBI)
    return [
        f"{at:%Y-%m-%d}", f"{at:%H:%M:%S}", line.description, safe_cell(line.mpesa_code),
        _amount(line.amount), _amount(-line.amount), f"{line.balance:.2f}",
    ]  # fmt: skip


def _amount(amount: Decimal) -> str:
    """Return a positive amount as text; an empty cell otherwise."""
    return f"{amount:.2f}" if amount > 0 else ""


def _stamped(word: Message, stamp: Message | None) -> Message:
    if stamp is None:
        return word
    return Message(en=f"{word.en} ({stamp.en})", sw=f"{word.sw} ({stamp.sw})")
