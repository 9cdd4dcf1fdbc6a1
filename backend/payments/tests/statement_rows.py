"""Builds statements and their rows, as an import stores them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.db import connection

from common.db import call_function
from payments.models import StatementImport, StatementRow
from payments.tests.building import NOON, RECEIPT

_lines = count(1)


def add_file(**fields: Any) -> StatementImport:
    """Store a whole statement that covers four hours before and five after NOON."""
    fields = {
        "file_name": "statement.csv",
        "digest": "a" * 64,
        "layout": "A",
        "short_code": "174379",
        "period_begin": NOON - timedelta(hours=9),
        "period_end": NOON + timedelta(hours=15),
        "first_row_at": NOON - timedelta(hours=4),
        "last_row_at": NOON + timedelta(hours=5),
        "total_in": Decimal(0),
        "total_out": Decimal(0),
        "is_chained": True,
        "names_accounts": True,
        "rows": 0,
        "difference": Decimal(0),
        "state": "ready",
        "imported_at": NOON,
        **fields,
    }
    return StatementImport.objects.create(**fields)


def add_row(file: StatementImport, **fields: Any) -> StatementRow:
    """Store a payment of KES 500 with RECEIPT and an account number that says nothing.

    As the import would have stored it: otherwise a row is not added to a ready file.
    """
    fields = {
        "line": next(_lines),
        "receipt": RECEIPT,
        "completed_at": NOON,
        "kind": "payment",
        "amount_in": Decimal(500),
        "details": "Pay Bill from 25471****678 - WANJIKU Acc. rent",
        "reason_type": "Pay Bill Online",
        "payer_name": "WANJIKU",
        "payer_number": "25471****678",
        **fields,
    }
    with _importing():
        return StatementRow.objects.create(file=file, **fields)


@contextmanager
def _importing() -> Iterator[None]:
    """Let the guard of imports pass, as in the importing transaction."""
    triggers: Any = StatementRow._meta
    (named,) = (found for found in triggers.triggers if found.name == "row_of_import")
    guard = named.get_pgid(StatementRow)
    # A table with checks ahead of it cannot be altered.
    _run("SET CONSTRAINTS ALL IMMEDIATE")
    _run(f"ALTER TABLE payments_statementrow DISABLE TRIGGER {guard}")
    yield
    _run("SET CONSTRAINTS ALL IMMEDIATE")
    _run(f"ALTER TABLE payments_statementrow ENABLE TRIGGER {guard}")
    _run("SET CONSTRAINTS ALL DEFERRED")


def look(row: StatementRow) -> tuple[Any, Any, Any]:
    """Compare a row with the books; return match, action and booked amount."""
    found = call_function(
        "SELECT match, action, booked_amount FROM statement_compare(%(file)s, %(line)s, %(line)s)",
        {"file": row.file_id, "line": row.line},
    )
    return found["match"], found["action"], found["booked_amount"]


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
