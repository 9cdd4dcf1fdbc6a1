"""Finds the table of a statement by its header row, and reads what stands above it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from payments.statements.records import StatementUnreadable
from payments.statements.values import find_moments, is_whole_day, read_amount

Cells = list[str]

#: The table's header is looked for in so many rows from the top.
MAX_PREAMBLE_ROWS = 100
_NOISE = re.compile(r"[^a-z0-9]+")
_CURRENCY = re.compile(r"k(?:shs?|es)$")
#: Our name of each column, by its normalised names in the layouts.
_COLUMNS = {
    "receiptno": "receipt",
    "completiontime": "completed",
    "initiationtime": "initiated",
    "details": "details",
    "transactionstatus": "status",
    "status": "status",
    "paidin": "paid_in",
    "withdrawn": "withdrawn",
    "balance": "balance",
    "reasontype": "reason",
    "transactiontype": "reason",
    "otherpartyinfo": "party",
    "otherparty": "party",
    "linkedtransactionid": "linked",
    "acno": "account",
    "accountno": "account",
    "currency": "currency",
}
_NEEDED = {
    "receipt": "Receipt No.",
    "completed": "Completion Time",
    "details": "Details",
    "status": "Transaction Status",
    "paid_in": "Paid In",
    "withdrawn": "Withdrawn",
}
_LABELS = {
    "shortcode": "short_code",
    "account": "account",
    "timeperiod": "period",
    "statementperiod": "period",
    "openingbalance": "opening",
    "closingbalance": "closing",
    "totalpaidin": "total_in",
    "totalwithdrawn": "total_out",
}
_SHORT_CODE = re.compile(r"[0-9]{5,7}", re.ASCII)
_NAME_OF_B = re.compile(
    r"(?<![0-9])([0-9]{5,7}) from ([0-9]{4}-[0-9]{2}-[0-9]{2}) to ([0-9]{4}-[0-9]{2}-[0-9]{2})",
    re.ASCII | re.IGNORECASE,
)
#: Payments of customers never land in these.
_OTHER_ACCOUNT = re.compile(r"settlement|charges ?paid", re.IGNORECASE)


@dataclass(frozen=True)
class Layout:
    """Where the table begins, what its columns are, and what the statement says of itself.

    Amounts in KES, None where it names none.
    """

    name: str
    #: The line of the header row.
    line: int
    columns: dict[str, int]
    short_code: str | None = None
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    opening: Decimal | None = None
    closing: Decimal | None = None
    total_in: Decimal | None = None
    total_out: Decimal | None = None


@dataclass
class _Preamble:
    """The labels above the table, with their values and lines."""

    values: dict[str, tuple[str, int]] = field(default_factory=dict)

    def add(self, line: int, cells: Cells) -> None:
        parts = list(_split_labels(cells))
        for place, part in enumerate(parts):
            label = _LABELS.get(normalise(part))
            if label is None:
                continue
            rest = parts[place + 1 :]
            value = " ".join(rest) if label == "period" else next(iter(rest), "")
            # The value's cell is empty where another label follows.
            if label != "period" and value.endswith(":"):
                continue
            if value and self.values.setdefault(label, (value, line))[0] != value:
                raise StatementUnreadable("the head says one thing twice, in two ways", line)

    def read_amount(self, label: str) -> Decimal | None:
        text, line = self.values.get(label, ("", 0))
        try:
            return read_amount(text)
        except ValueError as error:
            raise StatementUnreadable("an amount in the head cannot be read", line) from error

    def read_short_code(self) -> str | None:
        text, line = self.values.get("short_code", ("", 0))
        if text and not _SHORT_CODE.fullmatch(text):
            raise StatementUnreadable("the short code in the head cannot be read", line)
        return text or None

    def read_period(self) -> tuple[datetime | None, datetime | None]:
        text, line = self.values.get("period", ("", 0))
        if not text:
            return None, None
        try:
            begins_at, ends_at = find_moments(text)
        except ValueError as error:
            raise StatementUnreadable("the period in the head cannot be read", line) from error
        return _in_order(begins_at, _end_of_day(ends_at), line)

    def check_account(self) -> None:
        text, line = self.values.get("account", ("", 0))
        if _OTHER_ACCOUNT.search(text):
            why = "this is the statement of an account in which no payments of customers land"
            raise StatementUnreadable(why, line)


def normalise(text: str) -> str:
    """Return a label or the name of a column without case, blanks and punctuation."""
    return _NOISE.sub("", text.casefold())


def is_header(cells: Iterable[str]) -> bool:
    """Return whether this is the row with the names of the columns."""
    return any(normalise(cell) == "receiptno" for cell in cells if len(cell) < 40)


def read_layout(rows: Iterator[tuple[int, Cells]], name: str) -> Layout:
    """Take the rows up to and with the header row; `name` is the file's.

    Raises:
        StatementUnreadable: no header, a column is missing, or the head cannot be read.
    """
    preamble = _Preamble()
    for count, (line, cells) in enumerate(rows):
        if is_header(cells):
            return _make_layout(preamble, line, cells, name)
        if count >= MAX_PREAMBLE_ROWS:
            break
        preamble.add(line, cells)
    raise StatementUnreadable("no row has a column named Receipt No.: this is no statement")


def _make_layout(preamble: _Preamble, line: int, header: Cells, name: str) -> Layout:
    columns = _map_columns(line, header)
    preamble.check_account()
    layout = _name_layout(header, columns)
    short_code, period = preamble.read_short_code(), preamble.read_period()
    if layout == "B":
        short_code, period = _read_name(name, short_code, period)
    return Layout(
        name=layout,
        line=line,
        columns=columns,
        short_code=short_code,
        begins_at=period[0],
        ends_at=period[1],
        opening=preamble.read_amount("opening"),
        closing=preamble.read_amount("closing"),
        total_in=preamble.read_amount("total_in"),
        total_out=preamble.read_amount("total_out"),
    )


def _map_columns(line: int, header: Cells) -> dict[str, int]:
    columns: dict[str, int] = {}
    for place, cell in enumerate(header):
        column = _COLUMNS.get(_CURRENCY.sub("", normalise(cell)))
        if column is not None and columns.setdefault(column, place) != place:
            raise StatementUnreadable("two columns have the same name", line)
    for column, title in _NEEDED.items():
        if column not in columns:
            why = f"there is no column {title}"
            raise StatementUnreadable(why, line)
    return columns


def _name_layout(header: Cells, columns: dict[str, int]) -> str:
    if columns.keys() & {"account", "linked", "initiated"}:
        return "A"
    if "reason" in columns or "party" in columns:
        return "D"
    return "B"


def _read_name(
    name: str, short_code: str | None, period: tuple[datetime | None, datetime | None]
) -> tuple[str | None, tuple[datetime | None, datetime | None]]:
    """Return short code and period of layout B, which only the file's name holds."""
    found = _NAME_OF_B.search(name)
    if found is None:
        return short_code, period
    try:
        begins_at, ends_at = find_moments(f"{found[2]} {found[3]}")
    except ValueError as error:
        raise StatementUnreadable("the file's name has a period that cannot be") from error
    return short_code or found[1], _in_order(begins_at, _end_of_day(ends_at), None)


def _end_of_day(moment: datetime) -> datetime:
    """Return the end of the day where only a day is named."""
    return moment + timedelta(days=1, seconds=-1) if is_whole_day(moment) else moment


def _in_order(
    begins_at: datetime, ends_at: datetime, line: int | None
) -> tuple[datetime | None, datetime | None]:
    if ends_at < begins_at:
        raise StatementUnreadable("the period ends before it begins", line)
    return begins_at, ends_at


def _split_labels(cells: Cells) -> Iterator[str]:
    """Yield the cells that are not empty; one with a label and its value as two."""
    for cell in filter(None, cells):
        label, colon, value = cell.partition(":")
        if colon and value.strip() and normalise(label) in _LABELS:
            yield label
            yield value.strip()
        else:
            yield cell
