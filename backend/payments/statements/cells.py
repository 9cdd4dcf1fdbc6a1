"""Turns a file into rows of text, by what is in it and never by its name. Streams text files."""

import codecs
import csv
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

from payments.statements.layouts import Cells, is_header
from payments.statements.records import StatementUnreadable
from payments.statements.workbook import read_workbook

MAX_FILE_BYTES = 512 * 1024 * 1024
MAX_ROWS = 1_000_000
MAX_COLUMNS = 64
MAX_CELL_LENGTH = 4096
_CHUNK_BYTES = 1024 * 1024
_HEAD_LENGTH = 64 * 1024
_SEPARATORS = (",", ";", "\t")
_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
#: How files begin that a browser saves under the name of a statement.
_OTHERS = (
    (b"<", "this is a web page or XML, not a statement; download it as CSV or Excel"),
    (b"%PDF", "this is a PDF; download the statement as CSV or Excel"),
    (b"{", "this is JSON, not a statement; download it as CSV or Excel"),
)


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_cells(path: Path) -> Iterator[tuple[int, Cells]]:
    """Yield each row that is not empty, with its line; all cells are text.

    A date of a spreadsheet becomes `2026-11-30T10:00:00`, a whole number its digits.

    Raises:
        StatementUnreadable: the file cannot be read to its end, or is too large.
    """
    rows = 0
    for line, cells in _open(path):
        if not any(cells):
            continue
        rows += 1
        if rows > MAX_ROWS:
            why = f"more than {MAX_ROWS:,} rows; download a shorter period"
            raise StatementUnreadable(why, line)
        if len(cells) > MAX_COLUMNS:
            why = f"more than {MAX_COLUMNS} columns"
            raise StatementUnreadable(why, line)
        if any(len(cell) > MAX_CELL_LENGTH for cell in cells):
            why = f"a cell has more than {MAX_CELL_LENGTH:,} characters"
            raise StatementUnreadable(why, line)
        yield line, cells


def _open(path: Path) -> Iterator[tuple[int, Cells]]:
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        why = f"the file has more than {MAX_FILE_BYTES // 1024**2} MiB"
        raise StatementUnreadable(why)
    with path.open("rb") as file:
        head = file.read(_HEAD_LENGTH)
    if not head.strip():
        raise StatementUnreadable("the file is empty")
    if head.startswith((_OLE2, _ZIP)):
        return read_workbook(path)
    return _read_text(path, head)


def _read_text(path: Path, head: bytes) -> Iterator[tuple[int, Cells]]:
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    for beginning, why in _OTHERS:
        if start.startswith(beginning):
            raise StatementUnreadable(why)
    encoding = "utf-16" if head.startswith(_UTF_16) else _find_encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        try:
            separator = _find_separator(file.read(_HEAD_LENGTH))
            file.seek(0)
            yield from _read_lines(file, separator)
        except UnicodeError as error:
            raise StatementUnreadable("this is no text in a known encoding") from error


def _read_lines(file: io.TextIOWrapper, separator: str) -> Iterator[tuple[int, Cells]]:
    # Strict: a quote that is never closed means that the file was cut.
    reader = csv.reader(file, delimiter=separator, strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, [cell.strip() for cell in cells]
            line = reader.line_num + 1
    except csv.Error as error:
        why = "a quotation mark is never closed, or stands in the wrong place; the file is damaged"
        raise StatementUnreadable(why, line) from error


def _find_encoding(path: Path) -> str:
    """Return how a text file is encoded, after a look at all of it."""
    decoder, lines, is_utf8 = codecs.getincrementaldecoder("utf-8")(), 1, True
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            if b"\0" in chunk:
                line = lines + chunk[: chunk.index(b"\0")].count(b"\n")
                raise StatementUnreadable("a NUL byte: this is no text, or it is damaged", line)
            lines += chunk.count(b"\n")
            is_utf8 = is_utf8 and _decodes(decoder, chunk, final=False)
    return "utf-8-sig" if is_utf8 and _decodes(decoder, b"", final=True) else "cp1252"


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _find_separator(head: str) -> str:
    for separator in _SEPARATORS:
        # The head may end within quotes, so it is not read strictly.
        rows = csv.reader(io.StringIO(head, newline=""), delimiter=separator)
        if any(is_header([cell.strip() for cell in row]) for row in rows):
            return separator
    raise StatementUnreadable("no row has a column named Receipt No.: this is no statement")
