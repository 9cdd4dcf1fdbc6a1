"""Writes an export as CSV or Excel, row by row; no spreadsheet runs a cell of it as a formula."""

import csv
import io
from datetime import datetime
from decimal import Decimal
from typing import IO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from common.days import NAIROBI
from common.spreadsheets import safe_cell
from operations.console.exports.sheets import Cell, Column, Kind, Sheet

#: Excel's sheets end after 1,048,576 rows; a longer export goes on in the next sheet.
MOST_ROWS = 1_000_000
_LONGEST_CELL = 32_767
#: Text is text: no formula, link or number is made of it.
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_WIDTHS = {Kind.TEXT: 24, Kind.NUMBER: 12, Kind.AMOUNT: 18, Kind.MOMENT: 20}


def write_csv(sheet: Sheet, file: IO[bytes]) -> int:
    """Write the export with a byte order mark (for Excel); return how many rows it has."""
    count = 0
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(column.head for column in sheet.columns)
    for row in sheet.rows:
        writer.writerow(map(_as_text, row))
        count += 1
    # Flushed, and the caller's file stays open.
    text.detach()
    return count


def _as_text(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case str():
            return safe_cell(cell)
        case Decimal():
            return f"{cell:.2f}"
        case datetime():
            return f"{cell.astimezone(NAIROBI):%Y-%m-%d %H:%M:%S}"
        case _:
            return f"{cell}"


def write_xlsx(sheet: Sheet, file: IO[bytes]) -> int:
    """Write the export as a workbook; return how many rows it has."""
    count = 0
    with Workbook(file, _OPTIONS) as book:
        formats = _formats(book)
        page, line = _add_page(book, sheet, formats), 1
        for row in sheet.rows:
            if line > MOST_ROWS:
                page, line = _add_page(book, sheet, formats), 1
            for number, cell in enumerate(row):
                _write(page, line, number, cell, formats)
            line += 1
            count += 1
    return count


def _formats(book: Workbook) -> dict[Kind, Format]:
    return {
        Kind.TEXT: book.add_format({"bold": True}),
        Kind.NUMBER: book.add_format({"num_format": "0"}),
        Kind.AMOUNT: book.add_format({"num_format": "#,##0.00"}),
        Kind.MOMENT: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
    }


def _add_page(book: Workbook, sheet: Sheet, formats: dict[Kind, Format]) -> Worksheet:
    """Add a page with the heads of the columns, which stay in sight."""
    page: Worksheet = book.add_worksheet()
    page.freeze_panes(1, 0)
    for number, column in enumerate(sheet.columns):
        page.set_column(number, number, _width(column))
    for number, column in enumerate(sheet.columns):
        page.write_string(0, number, column.head, formats[Kind.TEXT])
    return page


def _width(column: Column) -> int:
    return max(_WIDTHS[column.kind], len(column.head) + 2)


def _write(
    page: Worksheet, line: int, number: int, cell: Cell, formats: dict[Kind, Format]
) -> None:
    match cell:
        case None:
            return
        case str():
            page.write_string(line, number, safe_cell(cell)[:_LONGEST_CELL])
        case Decimal():
            page.write_number(line, number, float(cell), formats[Kind.AMOUNT])
        case datetime():
            local = cell.astimezone(NAIROBI).replace(tzinfo=None)
            page.write_datetime(line, number, local, formats[Kind.MOMENT])
        case _:
            page.write_number(line, number, cell, formats[Kind.NUMBER])
