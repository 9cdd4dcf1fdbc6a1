"""Reads Excel workbooks in a process of their own, which may use only so much memory and time.

The library takes space for the whole rectangle between the cells of a sheet, and ends its process
where that is more than there is: two cells in opposite corners are enough, in a file of 2 KB
(https://github.com/tafia/calamine/issues/693). So neither the worker nor the API reads a workbook.
"""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from payments.statements.layouts import Cells
from payments.statements.records import StatementUnreadable

MAX_UNPACKED_BYTES = 2 * 1024 * 1024 * 1024
_BACKEND = Path(__file__).parents[2]
_READER = "payments.statements.workbook_process"
#: All that the process needs to start; it gets none of our keys.
_ENVIRONMENT = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "HOME")
_TOO_LARGE = "the workbook is too large or damaged; download a shorter period, or the CSV"


def read_workbook(path: Path) -> Iterator[tuple[int, Cells]]:
    """Yield the rows of the sheet with the statement, or of the first sheet where none has it.

    Raises:
        StatementUnreadable: no workbook, damaged, with a password, or too large.
    """
    _look_inside(path)
    command = [sys.executable, "-m", _READER, str(path.absolute())]
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    with subprocess.Popen(  # noqa: S603 - our own module, and a path that it only opens
        command,
        cwd=_BACKEND,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    ) as process:
        try:
            yield from _read_output(process)
        finally:
            process.kill()


def _read_output(process: subprocess.Popen[str]) -> Iterator[tuple[int, Cells]]:
    if process.stdout is None:  # pragma: no cover - for the type checker
        return
    for text in process.stdout:
        try:
            message = json.loads(text)
        except ValueError:
            break  # the process ended within a line
        if isinstance(message, list):
            yield message[0], message[1:]
        elif message["ended"]:
            return
        else:
            raise StatementUnreadable(message["why"])
    # Without its last message the process was ended, by its limits or by the system.
    raise StatementUnreadable(_TOO_LARGE)


def _look_inside(path: Path) -> None:
    """Refuse a ZIP file that is no .xlsx, or that unpacks to too much."""
    with path.open("rb") as file:
        if not file.read(2).startswith(b"PK"):
            return
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            unpacked = sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as error:
        raise StatementUnreadable("the workbook is damaged or not complete") from error
    if "[Content_Types].xml" not in names or "xl/workbook.xml" not in names:
        raise StatementUnreadable("this is a ZIP file without an Excel workbook in it")
    if unpacked > MAX_UNPACKED_BYTES:
        raise StatementUnreadable(_TOO_LARGE)
