"""Reads the rows of a statement, and says what kind of movement each reports."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from payments.daraja import receipts
from payments.statements.cells import read_cells
from payments.statements.layouts import Cells, Layout, is_header, read_layout
from payments.statements.records import RowKind, StatementRow, StatementUnreadable
from payments.statements.values import (
    read_account,
    read_amount,
    read_moment,
    read_party,
    read_text,
    read_type,
    swap_day_and_month,
)

_RECEIPT = re.compile(r"[A-Z0-9]{6,20}", re.ASCII)
_OWN_ACCOUNTS = re.compile(
    r"settlement account|funds to bank|to bank account"
    r"|\b(?:mmf|utility|working|merchant|charges paid|collection)(?: account)? to "
    r"(?:\w+ ){0,2}(?:mmf|utility|working|merchant|settlement|bank)\b"
)
_CHARGE = re.compile(r"\b(?:charges?|fees?)\b")
_TAKEN_BACK = re.compile(r"\brevers")
#: A payment about midnight may have the receipt of the day before or after.
_SLACK = timedelta(days=1)


def read_rows(path: Path, name: str) -> Iterator[StatementRow]:
    """Yield the rows of a statement in the file's order; `name` is the file's name.

    A text file is never held as a whole. Have `check_statement` read the file first: what
    contradicts itself only as a whole is not noticed here.

    Raises:
        StatementUnreadable: the file is no statement, or a row cannot be read.
    """
    cells = read_cells(path)
    layout = read_layout(cells, name)
    yield from parse_rows(layout, cells, Readings())


@dataclass
class Readings:
    """Whether every date so far could be read with the month first, and what that would mean."""

    is_doubtful: bool = True
    first: datetime | None = None
    last: datetime | None = None

    def add(self, swapped: datetime | None) -> None:
        """Take the other reading of the next date; None where the date can be read in one way."""
        if swapped is None:
            self.is_doubtful = False
            return
        self.first = min(self.first or swapped, swapped)
        self.last = max(self.last or swapped, swapped)

    @property
    def span(self) -> timedelta:
        """From the first to the last date, had they all the month first."""
        return self.last - self.first if self.first and self.last else timedelta()


def parse_rows(
    layout: Layout, rows: Iterator[tuple[int, Cells]], readings: Readings
) -> Iterator[StatementRow]:
    """Yield what stands below the header; notes in `readings` how the dates could be read.

    Raises:
        StatementUnreadable: a row cannot be read.
    """
    for line, cells in rows:
        row = _Reader(layout, line, cells, readings)
        if not row.is_footer():
            yield row.read()


class _Reader:
    """Reads one row."""

    def __init__(self, layout: Layout, line: int, cells: Cells, readings: Readings) -> None:
        self._columns, self._line, self._cells = layout.columns, line, cells
        self._readings = readings

    def _text(self, column: str) -> str:
        place = self._columns.get(column)
        return "" if place is None or place >= len(self._cells) else self._cells[place]

    def _refuse(self, why: str) -> StatementUnreadable:
        return StatementUnreadable(why, self._line)

    def is_footer(self) -> bool:
        """Return whether this is a remark below the table, which names no time and no amount."""
        if _RECEIPT.fullmatch(self._text("receipt").upper()):
            return False
        return not any(map(self._text, ("completed", "paid_in", "withdrawn", "balance")))

    def read(self) -> StatementRow:
        receipt = self._text("receipt").upper()
        if receipt.startswith("RECEIPT") and is_header([receipt]):
            raise self._refuse("a second statement begins here")
        if not _RECEIPT.fullmatch(receipt):
            raise self._refuse("there is no receipt number")
        if self._text("currency").upper() not in {"", "KES"}:
            raise self._refuse("the currency is not KES")
        status, details = self._text("status"), self._text("details")
        if not status:
            raise self._refuse("there is no status")
        paid_in, withdrawn = self._read_amounts()
        linked = self._text("linked").upper()
        is_completed = status.casefold() == "completed"
        type_text = read_type(self._text("reason"), details)
        payer_name, payer_number = read_party(self._text("party"), details)
        return StatementRow(
            line=self._line,
            receipt=receipt,
            completed_at=self._read_moment(receipt, is_completed=is_completed),
            kind=(
                classify(type_text, paid_in, withdrawn, is_linked=bool(linked))
                if is_completed
                else RowKind.DECLINED
            ),
            details=read_text(details),
            status=read_text(status),
            paid_in=paid_in,
            withdrawn=withdrawn,
            balance=self._read_amount("balance"),
            reason_type=read_text(self._text("reason")),
            payer_name=payer_name,
            payer_number=payer_number,
            account_number=read_account(self._text("account"), details),
            linked_receipt=linked if _RECEIPT.fullmatch(linked) else None,
        )

    def _read_amount(self, column: str) -> Decimal | None:
        try:
            return read_amount(self._text(column))
        except ValueError as error:
            raise self._refuse(
                "an amount cannot be read, could be read as two, or has more than twelve digits"
            ) from error

    def _read_amounts(self) -> tuple[Decimal | None, Decimal | None]:
        paid_in, withdrawn = self._read_amount("paid_in"), self._read_amount("withdrawn")
        if paid_in is not None and paid_in < 0:
            raise self._refuse("what was paid in is negative")
        if paid_in and withdrawn:
            raise self._refuse("one row has both an amount paid in and one withdrawn")
        return paid_in or None, abs(withdrawn) if withdrawn else None

    def _read_moment(self, receipt: str, *, is_completed: bool) -> datetime:
        text = self._text("completed")
        if not text and not is_completed:
            text = self._text("initiated")
        try:
            moment = read_moment(text)
        except ValueError as error:
            why = (
                "there is no date, it is not written with the day first (or the year), or it is of"
                " a year that no statement of M-Pesa's has"
            )
            raise self._refuse(why) from error
        swapped = swap_day_and_month(text, moment)
        if swapped is not None:
            if _names_day(receipt, moment):
                swapped = None
            elif _names_day(receipt, swapped):
                raise self._refuse("the dates are written with the month first")
        self._readings.add(swapped)
        return moment


def _names_day(receipt: str, moment: datetime) -> bool:
    """Return whether the receipt, which names the day of its payment, agrees."""
    day = receipts.find_day(receipt, today=moment.date())
    return day is not None and abs(day - moment.date()) <= _SLACK


def classify(
    type_text: str, paid_in: Decimal | None, withdrawn: Decimal | None, *, is_linked: bool
) -> RowKind:
    """Return the kind of a completed row; `type_text` is M-Pesa's words alone, in small letters.

    In doubt, what came in is a payment: it will be looked for, and no money is passed over.
    """
    is_charge = _CHARGE.search(type_text) is not None
    is_taken_back = _TAKEN_BACK.search(type_text) is not None
    if _OWN_ACCOUNTS.search(type_text):
        return RowKind.SWEEP
    if withdrawn:
        if is_charge and not is_taken_back:
            return RowKind.CHARGE
        return RowKind.REVERSAL if is_taken_back or is_linked else RowKind.OTHER
    if paid_in and not is_charge and not is_taken_back:
        return RowKind.PAYMENT
    return RowKind.CHARGE if is_charge and not paid_in else RowKind.OTHER
