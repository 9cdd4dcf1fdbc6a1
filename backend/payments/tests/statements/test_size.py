"""Large statements: what reading them takes, measured in a process of its own.

STATEMENT_ROWS rows, of `make test-long` 500,000; `-s` shows the figures.
"""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from payments.tests.statements.building import HEADER_A, Row, as_workbook

_ROWS = int(os.environ.get("STATEMENT_ROWS", "10000"))
_BACKEND = Path(__file__).parents[3]
_PROGRAM = """
import json, resource, sys, time
from pathlib import Path
from payments.statements import check_statement, read_rows

path, name = Path(sys.argv[1]), "upload"
calls, begun = [], time.monotonic()
summary = check_statement(path, name, calls.append)
checked = time.monotonic()
rows = sum(1 for _ in read_rows(path, name))
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps({
    "check_s": round(checked - begun, 1), "read_s": round(time.monotonic() - checked, 1),
    "peak_mib": int(peak.split()[1]) // 1024,
    "workbook_peak_mib": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
    "rows": rows, "summary": summary.rows, "chained": summary.is_chained, "calls": calls[-1],
    "called": len(calls),
}))
"""


def _rows(count: int) -> Iterator[Row]:
    """Payments with their charges, newest first, without a head."""
    yield HEADER_A
    at = datetime(2026, 11, 30, 23, 59, 59)  # noqa: DTZ001
    for number in range(count // 2):
        when = f"{at - timedelta(seconds=2 * number):%d-%m-%Y %H:%M:%S}"
        after = (count // 2 - number) * 495
        shared = (f"X{number:09}", when, when)
        yield (
            *shared, "Pay Bill Charge", "Completed", "", "-5.00", f"{after}.00", "true",
            "Pay Bill Charge", "SP", "", "", "KES",
        )  # fmt: skip
        yield (
            *shared, f"Pay Bill from 25472****108 - JANE **** DOE Acc. {number:010}", "Completed",
            "500.00", "", f"{after + 5}.00", "true", "Pay Bill Online",
            "25472****108 - JANE **** DOE", "", f"{number:010}", "KES",
        )  # fmt: skip


def _measure(path: Path) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(path)],
        cwd=_BACKEND, capture_output=True, text=True, check=True, timeout=1500,
    )  # fmt: skip
    found: dict[str, float] = json.loads(done.stdout)
    print(f"\n{path.suffix}, {path.stat().st_size // 1024} KiB: {found}")  # noqa: T201
    return found


def _check(found: dict[str, float]) -> None:
    assert found["rows"] == found["summary"] == found["calls"] == _ROWS
    assert found["chained"]
    assert found["called"] == _ROWS // 1000 + 1
    # Of a statement only what tells a repeated receipt is kept: 16 bytes a payment.
    assert found["peak_mib"] < 80


def test_text_is_never_held_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "statement.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(_rows(_ROWS))

    _check(_measure(path))


def test_workbook_is_held_by_a_process_with_limits(tmp_path: Path) -> None:
    path = tmp_path / "statement.xlsx"
    path.write_bytes(as_workbook(_rows(_ROWS)))
    found = _measure(path)

    _check(found)
    assert found["workbook_peak_mib"] < 60 + _ROWS // 400
