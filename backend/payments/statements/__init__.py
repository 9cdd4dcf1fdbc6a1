"""Reads the statements of account that the organisation downloads from M-Pesa. Pure: no Django.

`check_statement` reads a whole file and checks that it agrees with itself; `read_rows` gives its
rows, one at a time. `cells` and `workbook` turn a file into rows of text, `layouts` finds the table
and the lines above it, `rows` reads one row, `chain` follows the balance (docs/decisions/0052).
"""

from payments.statements.check import check_statement
from payments.statements.records import (
    RowKind,
    StatementRow,
    StatementSummary,
    StatementUnreadable,
)
from payments.statements.rows import read_rows

__all__ = [
    "RowKind",
    "StatementRow",
    "StatementSummary",
    "StatementUnreadable",
    "check_statement",
    "read_rows",
]
