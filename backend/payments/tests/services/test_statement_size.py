"""A large statement is imported in bounded memory; `make test-long` tries 500,000 rows.

`-s` shows the figures.
"""

import csv
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest

from payments import statement_selectors
from payments.services.statements import import_statement
from payments.tests.building import NOON
from payments.tests.statements.test_size import _rows

pytestmark = pytest.mark.django_db(transaction=True)

_ROWS = int(os.environ.get("STATEMENT_ROWS", "10000"))
LATER = NOON + timedelta(days=31)
#: What an import may add to the process: a batch of rows, and what tells a repeated receipt.
_MOST_MIB = 96


def _memory(name: str) -> int:
    """Return VmRSS or VmHWM of this process, in MiB."""
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) // 1024


def test_a_large_statement_is_imported_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "statement.csv"
    with path.open("w", newline="") as file:
        # Without its short code a file must have a payment that is known here, and none is.
        csv.writer(file).writerow(["Short Code:", "174379"])
        csv.writer(file).writerows(_rows(_ROWS))
    # The peak is counted from here on.
    Path("/proc/self/clear_refs").write_text("5")
    before, begun = _memory("VmRSS"), time.monotonic()

    imported = import_statement(path=path, name=path.name, uploaded_by=None, now=LATER)

    took, grown = time.monotonic() - begun, _memory("VmHWM") - before
    begun = time.monotonic()
    found = statement_selectors.summarise(imported.file)
    summed = time.monotonic() - begun
    print(f"\n{_ROWS} rows: {took:.1f} s, {grown} MiB more; summed {summed:.2f} s")  # noqa: T201
    assert found.lists["theirs_only"].rows == found.lists["charge"].rows == _ROWS // 2
    assert grown < _MOST_MIB
