"""Writes statements as M-Pesa's portals do, and as spreadsheet programs save them."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape

from payments.statements import StatementRow, StatementSummary, check_statement, read_rows

Cell = str | int | float | datetime
Row = Sequence[Cell]

HEADER_A = (
    "Receipt No.", "Completion Time", "Initiation Time", "Details", "Transaction Status", "Paid In",
    "Withdrawn", "Balance", "Balance Confirmed", "Reason Type", "Other Party Info",
    "Linked Transaction ID", "A/C No.", "Currency",
)  # fmt: skip
HEADER_B = (
    "Receipt No", "Completion Time", "Details", "Transaction Status", "Paid In (KSHs)",
    "Withdrawn (KSHs)", "Balance (KSHs)",
)  # fmt: skip
HEADER_D = (
    "Receipt No", "Completion Time", "Details", "Transaction Status", "Paid in", "Withdrawn",
    "Balance", "Transaction Type", "Other Party",
)  # fmt: skip
NAME_B = "Statements for 174379 from 2026-11-01 to 2026-11-30.csv"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - how Excel counts, without a zone
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    # Format 1 shows a number as a date.
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><cellXfs count="2"><xf numFmtId="0"/>'
    '<xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>',
}


@dataclass(frozen=True)
class Move:
    """A movement as a statement shows it; `amount` is negative when it leaves the account."""

    receipt: str
    at: datetime
    amount: Decimal
    balance: Decimal
    details: str = "Pay Bill from 25472****108 - JANE **** DOE Acc. 850060"
    reason: str = "Pay Bill Online"
    party: str = "25472****108 - JANE **** DOE"
    account: str = "850060"
    linked: str = ""
    status: str = "Completed"


def moves(*amounts: int, opening: int = 1000, start: datetime | None = None) -> list[Move]:
    """Movements a minute apart, oldest first."""
    at, balance = start or datetime(2026, 11, 14, 9), Decimal(opening)  # noqa: DTZ001
    made = []
    for number, amount in enumerate(amounts):
        balance += amount
        receipt = f"UKE{number:07d}"
        made.append(Move(receipt, at + timedelta(minutes=number), Decimal(amount), balance))
    return made


def preamble_a(made: Sequence[Move], opening: int = 1000) -> list[Row]:
    """The head of layout A; `made` is oldest first."""
    paid_in = sum(m.amount for m in made if m.amount > 0 and m.status == "Completed")
    withdrawn = sum(m.amount for m in made if m.amount < 0 and m.status == "Completed")
    closing = opening + paid_in + withdrawn
    return [
        ("Account Holder:", "EXAMPLE LTD"),
        ("Short Code:", "174379"),
        ("Account:", "Utility Account"),
        ("Time Period:", "From", "01-11-2026 00:00:00", "To", "30-11-2026 23:59:59"),
        ("Operator:", "operator", "Organization:", "EXAMPLE LTD"),
        (
            "Opening Balance:", f"{opening:.2f}", "Closing Balance:", f"{closing:.2f}",
            "Available Balance:", f"{closing:.2f}", "Total Paid In:", f"{paid_in:.2f}",
            "Total Withdrawn:", f"{withdrawn:.2f}",
        ),
    ]  # fmt: skip


def row_a(move: Move) -> Row:
    """A row of layout A."""
    at = f"{move.at:%d-%m-%Y %H:%M:%S}"
    return (
        move.receipt, at, at, move.details, move.status,
        f"{move.amount:.2f}" if move.amount > 0 else "",
        f"{move.amount:.2f}" if move.amount < 0 else "",
        f"{move.balance:.2f}", "true", move.reason, move.party, move.linked, move.account, "KES",
    )  # fmt: skip


def layout_a(made: Sequence[Move], opening: int = 1000) -> list[Row]:
    """A whole statement of layout A, newest first; `made` is oldest first."""
    return [*preamble_a(made, opening), HEADER_A, *map(row_a, reversed(made))]


def layout_b(made: Sequence[Move]) -> list[Row]:
    """A whole statement of layout B, newest first."""
    return [HEADER_B, *map(row_b, reversed(made))]


def row_b(move: Move) -> Row:
    """A row of layout B."""
    return (
        move.receipt, f"{move.at:%d/%m/%Y %H:%M:%S}", move.details, move.status,
        f"{max(move.amount, Decimal()):,.2f}", f"{min(move.amount, Decimal()):,.2f}",
        f"{move.balance:,.2f}",
    )  # fmt: skip


def layout_d(made: Sequence[Move]) -> list[Row]:
    """A whole statement of layout D, newest first."""
    paid_in = sum(m.amount for m in made if m.amount > 0)
    return [
        ("M-PESA FULL STATEMENT - Merchant",),
        (),
        ("Short Code", "174379"),
        ("Statement Period", "2026-11-01 to 2026-11-30"),
        ("Total Paid In", float(paid_in)),
        ("Total Withdrawn", float(sum(m.amount for m in made if m.amount < 0))),
        HEADER_D,
        *(
            (
                m.receipt, f"{m.at:%Y-%m-%d %H:%M:%S}", m.details, m.status,
                float(max(m.amount, Decimal())), float(min(m.amount, Decimal())),
                float(m.balance), m.reason, m.party.replace(" - ", "-", 1),
            )
            for m in reversed(made)
        ),
    ]  # fmt: skip


def as_csv(
    rows: Iterable[Row], *, separator: str = ",", encoding: str = "utf-8", end: str = "\r\n"
) -> bytes:
    """The rows as text."""
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator=end).writerows(rows)
    return text.getvalue().encode(encoding)


def as_workbook(*sheets: Iterable[Row]) -> bytes:
    """The rows as .xlsx, a sheet each; datetimes become dates of Excel."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in _PARTS.items():
            archive.writestr(path, text)
        names = "".join(
            f'<sheet name="Sheet{n}" sheetId="{n}" r:id="rId{n}"/>' for n in _numbers(sheets)
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{names}</sheets></workbook>',
        )
        parts = "".join(
            f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" '
            f'Target="worksheets/sheet{n}.xml"/>'
            for n in _numbers(sheets)
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{_PACKAGE}/relationships">{parts}<Relationship Id="rId99" '
            f'Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        )
        for number, rows in enumerate(sheets, 1):
            with archive.open(f"xl/worksheets/sheet{number}.xml", "w") as part:
                for text in _sheet(rows):
                    part.write(text.encode())
    return file.getvalue()


def _numbers(sheets: Sequence[object]) -> range:
    return range(1, len(sheets) + 1)


def _sheet(rows: Iterable[Row]) -> Iterator[str]:
    yield f'<worksheet xmlns="{_MAIN}"><sheetData>'
    for number, row in enumerate(rows, 1):
        cells = "".join(_cell(f"{_column(place)}{number}", cell) for place, cell in enumerate(row))
        yield f'<row r="{number}">{cells}</row>'
    yield "</sheetData></worksheet>"


def _column(place: int) -> str:
    return f"{chr(64 + place // 26) if place >= 26 else ''}{chr(65 + place % 26)}"


def _cell(place: str, cell: Cell) -> str:
    if isinstance(cell, str):
        if cell.startswith("{="):
            # A formula with the value that it had when the file was saved: {=1+1}2
            formula, value = cell[2:].split("}")
            return f'<c r="{place}"><f>{escape(formula)}</f><v>{value}</v></c>'
        text = escape(cell)
        return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
    if isinstance(cell, datetime):
        days = (cell - _EPOCH) / timedelta(days=1)
        return f'<c r="{place}" s="1"><v>{days!r}</v></c>'
    return f'<c r="{place}"><v>{cell}</v></c>'


@dataclass(frozen=True)
class Files:
    """Puts files into a folder of the test, under a name that says nothing."""

    folder: Path

    def put(self, body: bytes) -> Path:
        path = self.folder / "upload"
        path.write_bytes(body)
        return path

    def check(self, body: bytes, name: str = "upload") -> StatementSummary:
        return check_statement(self.put(body), name)

    def rows(self, body: bytes, name: str = "upload") -> list[StatementRow]:
        return list(read_rows(self.put(body), name))
