"""An import looks each payment up by an index, though the planner has no figures of its rows.

What is read is counted, not seconds: a busy machine changes nothing, and a plan that goes through
the file for each payment reads a thousand times as much. `-s` shows the figures.
"""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db import transaction as db_transaction

from payments.models import StatementImport, Transaction
from payments.services.statements import import_statement
from payments.tests.building import NOON, make_customer, make_deposit, receive, success_body
from payments.tests.statement_files import FIRST, LAST, Moved, write_statement
from payments.tests.statement_rows import add_file, add_row

pytestmark = pytest.mark.django_db(transaction=True)

#: So many of each: credited deposits with and without their row, PENDING ones with and without,
#: and rows that we know nothing about.
_EACH = 1_500
#: Above every number that the sequences of a run reach.
_FIRST_ID = 10_000_000
#: Rows and index entries that all stages may read for each row and deposit.
_MOST_READ_EACH = 60

_TABLES = (
    "payments_statementrow",
    "payments_transaction",
    "payments_receipt",
    "payments_paybillpayment",
    "payments_suspensecase",
    "wallet_journalentry",
)
_READ = """
SELECT relname, pg_stat_get_xact_tuples_returned(oid) + pg_stat_get_xact_tuples_fetched(oid)
  FROM pg_class WHERE oid = ANY(%(tables)s::regclass[])
    OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = ANY(%(tables)s::regclass[]))
"""


def _reference(number: int) -> str:
    return "KP" + f"{number:010}".translate(str.maketrans("01", "AB"))


def _receipt(number: int) -> str:
    return f"R{number:09}"


def _at(number: int) -> Any:
    return NOON - timedelta(hours=3) + timedelta(seconds=number)


def _clone(table: str, where: str, numbers: tuple[int, int], **changed: str) -> None:
    """Store a row again for each number n, with these columns changed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
            " AND NOT attisdropped AND attgenerated = ''",
            [table],
        )
        columns = [name for (name,) in cursor.fetchall()]
        values = ", ".join(changed.get(name, f"known.{name}") for name in columns)
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values}"
            f" FROM {table} AS known, generate_series(%s, %s) AS n WHERE {where}",
            numbers,
        )


@pytest.fixture
def books() -> None:
    """Store deposits by the thousand: credited (the first two of _EACH), then PENDING."""
    customer = make_customer()
    credited = make_deposit(customer, account_reference=_reference(0))
    receive(success_body())
    waiting = make_deposit(
        customer, account_reference=_reference(999_999), checkout_request_id="ws_x", token="other",
        created_at=_at(0),
    )  # fmt: skip
    at = f"timestamptz '{_at(0).isoformat()}' + n * interval '1 second'"
    receipt, own_id = "'R' || lpad(n::text, 9, '0')", f"{_FIRST_ID} + n"
    deposit = {
        "id": own_id,
        "account_reference": "'KP' || translate(lpad(n::text, 10, '0'), '01', 'AB')",
        "checkout_request_id": "'ws_' || n",
        "callback_token_hash": "lpad(n::text, 64, '0')",
        "created_at": at,
        "updated_at": at,
        "prompt_expires_at": at,
    }
    with db_transaction.atomic():
        _run("SET LOCAL session_replication_role = replica")
        numbers = (1, 2 * _EACH)
        entry = {"id": own_id, "key": f"'deposit:' || {own_id}", "created_at": at}
        _clone("wallet_journalentry", f"known.key = 'deposit:{credited.pk}'", numbers, **entry)
        found = {"number": receipt, "transaction_id": own_id, "booked_at": at}
        _clone("payments_receipt", f"known.transaction_id = {credited.pk}", numbers, **found)
        done = {"mpesa_receipt_number": receipt, "credit_entry_id": own_id, "completed_at": at}
        _clone(
            "payments_transaction", f"known.id = {credited.pk}", numbers,
            merchant_request_id="'m' || n", **deposit, **done,
        )  # fmt: skip
        numbers = (2 * _EACH + 1, 4 * _EACH)
        _clone("payments_transaction", f"known.id = {waiting.pk}", numbers, **deposit)
        _run("SET LOCAL session_replication_role = DEFAULT")
    for table in _TABLES:
        if table != "payments_statementrow":
            _run(f"ANALYZE {table}")


@pytest.mark.parametrize("figures", ["none", "of_a_purged_table", "of_small_files"])
def test_what_an_import_reads_grows_with_the_file_and_not_with_its_square(
    books: None, tmp_path: Path, figures: str
) -> None:
    _give_figures(figures)
    known = [*range(1, _EACH + 1), *range(2 * _EACH + 1, 3 * _EACH + 1)]
    rows = [Moved(_receipt(n), at=_at(n), account=_reference(n)) for n in known]
    unknown = range(4 * _EACH + 1, 5 * _EACH + 1)
    rows += [Moved(_receipt(n), Decimal(700), _at(n), "rent") for n in unknown]
    path = write_statement(tmp_path, FIRST, *rows, LAST)
    counts: list[dict[str, int]] = []

    def count(*_: Any) -> None:
        counts.append(_count_read())

    def begin(step: str, _: int) -> None:
        # Inside the import's transaction, and before anything is compared.
        if step == "store" and not counts:
            count()

    imported = import_statement(
        path=path, name=path.name, uploaded_by=None, now=NOON + timedelta(days=31),
        progress=begin, before_commit=count,
    )  # fmt: skip

    found = imported.found
    assert found.lists["both"].rows == _EACH
    assert found.lists["theirs_only"].rows == 2 * _EACH + 2
    # One of each was there before.
    assert found.ours_only.rows == _EACH + 1
    assert found.unpaid.rows == _EACH + 1
    before, after = counts
    read = {name: after[name] - before[name] for name in after if after[name] > before[name]}
    everything = StatementImport.objects.get().rows + Transaction.objects.count()
    each = sum(read.values()) / everything
    print(f"\n{everything} rows and deposits, read for each: {each:.1f}; {read}")  # noqa: T201
    assert each < _MOST_READ_EACH, read


def _give_figures(figures: str) -> None:
    """Let the planner know of the table what it may know when an import begins."""
    if figures == "none":
        _run(
            "UPDATE pg_class SET reltuples = -1, relpages = 0"
            " WHERE relname = 'payments_statementrow'"
        )
        return
    # As if no file had more than a row: it may then take an index of the file alone for as good.
    file = add_file(digest="b" * 64, state="ready")
    add_row(file, receipt="UKL1111111")
    with db_transaction.atomic():
        _run("SET LOCAL session_replication_role = replica")
        _clone(
            "payments_statementrow", "known.receipt = 'UKL1111111'", (1, 3_000),
            id="1000000 + n", file_id="1000000 + n",
            receipt="'T' || lpad(n::text, 9, '0')", reference="'T' || n",
        )  # fmt: skip
        _run("SET LOCAL session_replication_role = DEFAULT")
    if figures == "of_small_files":
        _run("ANALYZE payments_statementrow")
    with db_transaction.atomic():
        _run("SET LOCAL session_replication_role = replica")
        _run("DELETE FROM payments_statementrow")
        _run("DELETE FROM payments_statementimport")
    if figures == "of_a_purged_table":
        # As autovacuum does: it has pages, and nothing in them.
        _run("ANALYZE payments_statementrow")


def _count_read() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(_READ, {"tables": list(_TABLES)})
        return dict(cursor.fetchall())


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
