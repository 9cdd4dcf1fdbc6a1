"""The process that reads one workbook: `python -m payments.statements.workbook_process PATH`.

Writes a JSON list per row, its line and its cells as text, then `{"ended": true}`; or
`{"ended": false, "why": …}`. Values only: formulas are neither read nor computed.
"""

import contextlib
import io
import json
import resource
import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TextIO

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
)

from payments.statements.layouts import MAX_PREAMBLE_ROWS, Cells, is_header

MAX_MEMORY_BYTES = 2 * 1024 * 1024 * 1024
MAX_CPU_SECONDS = 300
_MAX_SHEETS = 16
#: An amount that a formula computed may be off by so much.
_SLACK = 1e-4
_LONGEST_EXACT = 1e15

Value = str | int | float | bool | date | datetime | time | timedelta


def write_rows(source: bytes, output: TextIO) -> None:
    """Write the rows of a workbook to `output`."""
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(source)) as workbook:
            for line, cells in _rows_of(_find_sheet(workbook)):
                output.write(json.dumps([line, *cells]) + "\n")
    except PasswordError:
        _end(output, "the workbook has a password; save it without one")
    except (CalamineError, ValueError, OverflowError):
        _end(output, "the workbook is damaged or not complete")
    else:
        _end(output)


def _end(output: TextIO, why: str = "") -> None:
    output.write(json.dumps({"ended": not why, "why": why}) + "\n")


def _find_sheet(workbook: CalamineWorkbook) -> CalamineSheet:
    names = [
        sheet.name for sheet in workbook.sheets_metadata if sheet.typ is SheetTypeEnum.WorkSheet
    ][:_MAX_SHEETS]
    if not names:
        raise ValueError("no sheet")
    for name in names:
        sheet = workbook.get_sheet_by_name(name)
        head = sheet.to_python(nrows=MAX_PREAMBLE_ROWS)
        if any(is_header(read_values(row)) for row in head):
            return sheet
    return workbook.get_sheet_by_name(names[0])


def _rows_of(sheet: CalamineSheet) -> Iterator[tuple[int, Cells]]:
    for line, row in enumerate(sheet.iter_rows(), 1):
        cells = read_values(row)
        if any(cells):
            yield line, cells


def read_values(row: Iterable[Value]) -> Cells:
    """Return the cells of a row as text."""
    return [_read_value(value) for value in row]


def _read_value(value: Value) -> str:
    match value:
        case str():
            return value.strip()
        case datetime():
            # Excel counts days in floating point: 09:59:59.999 is ten o'clock.
            return (value + timedelta(milliseconds=500)).replace(microsecond=0).isoformat()
        case date():
            return datetime(value.year, value.month, value.day).isoformat()  # noqa: DTZ001
        case float():
            return _read_number(value)
        case _:
            return str(value)


def _read_number(value: float) -> str:
    cents = round(value, 2)
    if not abs(value) < _LONGEST_EXACT or abs(value - cents) > _SLACK:
        return repr(value)
    return str(int(cents)) if cents.is_integer() else f"{cents:.2f}"


def limit_resources() -> None:
    """Let this process use only so much, leave no memory dump, and be the first that is ended."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_SECONDS, MAX_CPU_SECONDS))
    # macOS does not limit address space, and only Linux lets a process be named as the first.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


if __name__ == "__main__":
    limit_resources()
    write_rows(Path(sys.argv[1]).read_bytes(), sys.stdout)
