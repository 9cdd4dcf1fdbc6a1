"""M-Pesa's statements: import a file whole, compare it with our books, settle what it proves.

An import moves nothing. Each row is settled alone: a process that is killed half-way leaves
rows that are settled and rows that are not, and nothing in between.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pghistory
from django.conf import settings
from django.db import DatabaseError, DataError, connection
from django.db import transaction as db_transaction
from django.db.models import Exists, OuterRef

from common.db import call_function, discard_stale_connection, is_worth_repeating
from common.masking import mask_text
from payments import conf, statement_selectors
from payments.models import StatementImport, StatementRow
from payments.paybill import account_numbers
from payments.services import origins
from payments.services.suspense import ReasonMissing
from payments.statement_selectors import Found, Match, OurPayment
from payments.statements import StatementRow as ReadRow
from payments.statements import StatementSummary, check_statement, read_rows
from users.models import User

logger = logging.getLogger(__name__)

#: How many rows one statement copies or compares: far below the time limit of a statement.
BATCH = 10_000
#: By how much M-Pesa's clock may be ahead of ours.
_CLOCKS = timedelta(minutes=5)
#: How many payments that need an operator a report names.
SHOWN = 50
_DONE = {False: "imported", True: "read, and not stored"}
#: What an operator writes, at least.
MIN_REASON_LENGTH = 10

#: Called with the step ("read", "store", "compare" or "count") and how many rows it has done.
Progress = Callable[[str, int], None]


class StatementRefused(Exception):
    """The file was not imported, and nothing was stored; `args[0]` says why."""


class AlreadyImported(StatementRefused):
    """The very same file was imported before, or is being imported at this moment."""


class ImportUnderWay(AlreadyImported):
    """The very same file is being imported at this moment, and may fail."""


@dataclass(frozen=True)
class ImportReport:
    """A statement and what it says beside our books, with the first `SHOWN` rows of two lists."""

    file: StatementImport
    found: Found
    ours_only: list[OurPayment]
    reversals: list[StatementRow]


@dataclass
class SettleReport:
    """How many rows had which outcome (statement_settle), and how many met an error."""

    counts: dict[str, int] = field(default_factory=dict)
    failed: int = 0

    def count(self, outcome: str) -> None:
        """Count one row."""
        self.counts[outcome] = self.counts.get(outcome, 0) + 1


def import_statement(
    *,
    path: Path,
    name: str,
    uploaded_by: User | None,
    now: datetime,
    progress: Progress | None = None,
    is_dry_run: bool = False,
    before_commit: Callable[[StatementImport], None] | None = None,
) -> ImportReport:
    """Store a statement and compare each row with our books: all of it, or nothing.

    `name`: the file's name, in which some layouts have short code and period. `uploaded_by` None:
    the command. `is_dry_run`: nothing is stored, and the report says what would have been found.
    `before_commit` is called in the import's transaction with what was stored; its error undoes
    all. Must be called outside a transaction.

    Raises:
        StatementUnreadable: the file is no statement, or contradicts itself.
        AlreadyImported: the same file was imported before.
        StatementRefused: the file is another business's, has no rows, or has a value that the
            database cannot store.
    """
    try:
        return _import(path, name, uploaded_by, now, progress, is_dry_run, before_commit)
    except DataError as error:
        logger.warning("a statement has a value that cannot be stored: %s", error)
        raise StatementRefused(
            "an amount, a sum, a date or a text in it cannot be stored, and no statement of"
            " M-Pesa's has such a one"
        ) from error


def _import(
    path: Path,
    name: str,
    uploaded_by: User | None,
    now: datetime,
    progress: Progress | None,
    is_dry_run: bool,
    before_commit: Callable[[StatementImport], None] | None,
) -> ImportReport:
    report = progress or _report_nothing
    summary = check_statement(path, name, lambda rows: report("read", rows))
    own_short_code = conf.get_gateway().business_short_code
    if summary.begins_at is None or summary.ends_at is None or summary.last_row_at is None:
        raise StatementRefused("the statement has no row of a payment or any other movement")
    if summary.last_row_at > now + _CLOCKS:
        # It would prove deposits unpaid whose prompt is still open.
        raise StatementRefused("the statement has rows of a time that has not come yet")
    period = (summary.begins_at, summary.ends_at)
    with db_transaction.atomic(durable=True):
        _take_turn(summary.digest)
        short_code = _short_code(summary, own_short_code)
        file = _store_head(summary, short_code, period, name, uploaded_by, now)
        last_line = _copy(file, read_rows(path, name), report)
        if summary.short_code is None:
            _require_known_payment(file)
        _compare(file, last_line, report)
        report("count", summary.rows)
        found = _finish(file)
        imported = ImportReport(
            file=file,
            found=found,
            ours_only=statement_selectors.list_ours_only(file, limit=SHOWN),
            reversals=list(statement_selectors.list_rows(file, Match.REVERSAL_UNTOLD)[:SHOWN]),
        )
        if before_commit is not None:
            before_commit(file)
        db_transaction.set_rollback(is_dry_run)
    logger.info("statement %s %s: %s rows", file.pk, _DONE[is_dry_run], file.rows)
    return imported


def find_imported(path: Path) -> StatementImport | None:
    """Return the statement that was imported from this very file, or None."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return StatementImport.objects.filter(digest=digest).first()


def _store_head(
    summary: StatementSummary,
    short_code: str,
    period: tuple[datetime, datetime],
    name: str,
    uploaded_by: User | None,
    now: datetime,
) -> StatementImport:
    return StatementImport.objects.create(
        file_name=mask_text(name)[-255:],
        digest=summary.digest,
        layout=summary.layout,
        short_code=short_code,
        period_begin=period[0],
        period_end=period[1],
        first_row_at=summary.first_row_at,
        last_row_at=summary.last_row_at,
        opening=summary.opening,
        closing=summary.closing,
        total_in=summary.total_in,
        total_out=summary.total_out,
        is_chained=summary.is_chained,
        names_accounts=summary.names_accounts,
        rows=summary.rows,
        state=StatementImport.State.LOADING,
        uploaded_by=uploaded_by,
        imported_at=now,
    )


def _report_nothing(step: str, rows: int) -> None:
    """Take the place of a progress bar."""


_IS_OURS = "SELECT paybill_is_ours(%(short_code)s, %(own_short_code)s) AS is_ours"


def _short_code(summary: StatementSummary, own: str) -> str:
    """Return the short code of the file; where it names none, ours."""
    short_code = summary.short_code or own
    asked = {"short_code": short_code, "own_short_code": own}
    if not call_function(_IS_OURS, asked)["is_ours"]:
        message = f"the statement is of short code {short_code}, which is not ours"
        raise StatementRefused(message)
    return short_code


# Each receipt and each reference of an unknown file is looked for by its index, until one is found.
_HAS_KNOWN_PAYMENT = """
SELECT EXISTS (
    SELECT 1 FROM payments_statementrow AS line
     WHERE line.file_id = %(file_id)s AND line.kind = 'payment'
       AND (EXISTS (SELECT 1 FROM payments_receipt AS receipt WHERE receipt.number = line.receipt)
            OR EXISTS (SELECT 1 FROM payments_transaction AS txn
                        WHERE txn.account_reference = line.reference AND line.reference <> ''))
) AS is_ours
"""


def _require_known_payment(file: StatementImport) -> None:
    """Refuse a file that names no short code, unless it has a payment that we know.

    Another business's payments would be held in suspense as ours, and prove our deposits unpaid.
    """
    if not call_function(_HAS_KNOWN_PAYMENT, {"file_id": file.pk})["is_ours"]:
        raise StatementRefused(
            "the statement names no short code, and none of its payments is known here; upload it"
            " under the name that M-Pesa gave it"
        )


_TURN = """
SELECT pg_try_advisory_xact_lock(hashtextextended('statement ' || %(digest)s, 0)) AS is_ours
"""


def _take_turn(digest: str) -> None:
    turn = call_function(_TURN, {"digest": digest})
    if not turn["is_ours"]:
        raise ImportUnderWay("this very file is being imported at this moment")
    # Another process may have imported this very file while this one waited for the lock.
    if StatementImport.objects.filter(digest=digest).exists():
        raise AlreadyImported("this very file was imported before")


_COLUMNS = (
    "file_id", "line", "receipt", "completed_at", "kind", "amount_in", "amount_out", "details",
    "reason_type", "account_number", "reference", "personal_number", "phone", "payer_name",
    "payer_number", "linked_receipt", "match", "action", "verdict", "reason",
)  # fmt: skip
_COPY = f"COPY payments_statementrow ({', '.join(_COLUMNS)}) FROM STDIN"


def _copy(file: StatementImport, rows: Iterable[ReadRow], report: Progress) -> int:
    """Copy the rows, a batch at a time, and return the last line."""
    last_line = copied = 0
    for batch in _batches(rows):
        with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
            for row in batch:
                copy.write_row(_stored(file.pk, row))
                last_line = max(last_line, row.line)
        copied += len(batch)
        report("store", copied)
    return last_line


def _batches(rows: Iterable[ReadRow]) -> Iterator[list[ReadRow]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        yield batch


def _stored(file_id: int, row: ReadRow) -> tuple[Any, ...]:
    meaning = account_numbers.read(row.account_number)
    return (
        file_id,
        row.line,
        row.receipt[:32],
        row.completed_at,
        row.kind.value,
        row.paid_in,
        row.withdrawn,
        row.details[:255],
        row.reason_type[:64],
        row.account_number[:64],
        meaning.reference or "",
        meaning.number or "",
        meaning.phone or "",
        row.payer_name[:80],
        row.payer_number[:16],
        row.linked_receipt or "",
        "",
        "",
        "",
        "",
    )


_MATCH = "SELECT statement_match(%(file_id)s, %(first)s, %(last)s) AS changed"


def _compare(file: StatementImport, last_line: int, report: Progress) -> None:
    for first in range(0, last_line + 1, BATCH):
        last = first + BATCH - 1
        call_function(_MATCH, {"file_id": file.pk, "first": first, "last": last})
        report("compare", min(last, last_line))


def _finish(file: StatementImport) -> Found:
    found = statement_selectors.summarise(file)
    file.found = found.as_json()
    file.difference = found.difference
    file.state = StatementImport.State.READY
    file.save(update_fields=["found", "difference", "state"])
    # An unpaid deposit is proven by a ready file only.
    return replace(found, unpaid=statement_selectors.summarise_unpaid(file))


def compare_again(file: StatementImport) -> None:
    """Compare the rows that are not settled with our books as they are now."""
    last_line = file.lines.order_by("-line").values_list("line", flat=True).first()
    if last_line is not None:
        _compare(file, last_line, _report_nothing)


# WITH, not SELECT: pghistory passes operator and reason only to statements that may write, and
# takes a statement that begins with SELECT for a read.
_SETTLE = """
WITH settled AS (
    SELECT * FROM statement_settle(%(row_id)s, %(operator_id)s, %(reason)s, %(rules)s::jsonb,
                                   %(now)s)
) SELECT * FROM settled
"""


def settle_row(*, row_id: int, operator: User | None, reason: str, now: datetime) -> str:
    """Settle one row by its action, once, and return the outcome (statement.sql).

    `operator` None: the command.

    Raises:
        ReasonMissing: an operator gave no reason, or one of less than ten characters.
    """
    parameters = {
        "row_id": row_id,
        "reason": _written(operator, reason),
        "operator_id": operator and operator.pk,
        "rules": json.dumps(
            {
                "own_short_code": conf.get_gateway().business_short_code,
                "is_kyc_required": settings.KYC_REQUIRED,
                "approval_above": conf.approval_limit(),
            }
        ),
        "now": now,
    }
    outcome: str = _decide(_SETTLE, parameters, operator)["outcome"]
    return outcome


def settle_rows(
    *,
    row_ids: Iterable[int],
    operator: User | None,
    reason: str,
    now: datetime,
    progress: Progress | None = None,
) -> SettleReport:
    """Settle many rows, each for itself. An error of one does not stop the rest.

    Raises:
        ReasonMissing: as settle_row.
    """
    report, done = SettleReport(), progress or _report_nothing
    for number, row_id in enumerate(row_ids, start=1):
        try:
            report.count(settle_row(row_id=row_id, operator=operator, reason=reason, now=now))
        except DatabaseError:
            logger.exception("statement row %s could not be settled; it stays as it is", row_id)
            report.failed += 1
        done("settle", number)
    return report


_NOT_PAID = """
WITH decided AS (
    SELECT statement_not_paid(%(file_id)s, %(transaction_id)s, %(operator_id)s, %(reason)s,
                              %(limit)s, %(now)s) AS outcome
) SELECT * FROM decided
"""


def confirm_unpaid(
    *,
    file: StatementImport,
    transaction_ids: Iterable[int],
    operator: User | None,
    reason: str,
    now: datetime,
) -> SettleReport:
    """End the deposits that the file proves unpaid, each for itself; a later success credits them.

    Raises:
        ReasonMissing: as settle_row.
    """
    report, written = SettleReport(), _written(operator, reason)
    for transaction_id in transaction_ids:
        parameters = {
            "file_id": file.pk,
            "transaction_id": transaction_id,
            "operator_id": operator and operator.pk,
            "reason": written,
            "limit": conf.approval_limit(),
            "now": now,
        }
        try:
            report.count(_decide(_NOT_PAID, parameters, operator)["outcome"])
        except DatabaseError:
            with origins.about(transaction_id, origins.find(transaction_id)):
                logger.exception("a deposit could not be ended; it stays PENDING")
            report.failed += 1
    return report


def _written(operator: User | None, reason: str) -> str:
    written = reason.strip()
    if operator is not None and len(written) < MIN_REASON_LENGTH:
        raise ReasonMissing
    return written[:255]


def _decide(sql: str, parameters: dict[str, Any], operator: User | None) -> dict[str, Any]:
    """Run a decision; once more where the connection was lost or it met a deadlock."""
    with pghistory.context(operator=operator and operator.pk, reason=parameters["reason"]):
        try:
            return call_function(sql, parameters)
        except DatabaseError as error:
            if not is_worth_repeating(error):
                raise
            discard_stale_connection()
            return call_function(sql, parameters)


def purge_statement_rows(*, now: datetime) -> int:
    """Delete the rows of old statements that did nothing (STATEMENT_KEEP_DAYS); return how many.

    Reversals stay: an older file, imported later, would credit what M-Pesa took back. From then on
    the file proves nothing more: what is not in it could have been deleted.
    """
    oldest_kept = now - timedelta(days=settings.STATEMENT_KEEP_DAYS)
    old = StatementImport.objects.filter(imported_at__lt=oldest_kept)
    old.filter(rows_deleted_at__isnull=True).update(rows_deleted_at=now)
    deleted = 0
    unused = StatementRow.objects.filter(file=OuterRef("pk"), verdict="").exclude(kind="reversal")
    for file in old.filter(Exists(unused)):
        deleted += _delete_unused(file)
    return deleted


_DELETE = """
WITH deleted AS (
    DELETE FROM payments_statementrow WHERE id IN (
        SELECT id FROM payments_statementrow
         WHERE file_id = %(file_id)s AND verdict = '' AND kind <> 'reversal' LIMIT %(batch)s)
    RETURNING 1
) SELECT count(*) AS rows FROM deleted
"""


def _delete_unused(file: StatementImport) -> int:
    deleted = 0
    while gone := call_function(_DELETE, {"file_id": file.pk, "batch": BATCH})["rows"]:
        deleted += gone
    return deleted
