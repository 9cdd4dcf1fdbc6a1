"""Imports a statement of M-Pesa's organisation portal, and settles what it proves.

python manage.py import_statement Statement.csv
"""

import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from common import clock
from payments import statement_selectors
from payments.models import StatementImport, StatementRow
from payments.services import statements
from payments.services.statements import ImportReport, SettleReport, StatementRefused
from payments.statement_selectors import Found, ListFound
from payments.statements import StatementUnreadable

Match = StatementRow.Match
_REASON = "import_statement"
_WORDS = {
    Match.BOTH: "in both",
    Match.FILLS: "in both, receipt missing",
    Match.AMOUNT_DIFFERS: "amount differs",
    Match.OTHER_DEPOSIT: "booked for another deposit",
    Match.THEIRS_ONLY: "theirs only",
    Match.TAKEN_BACK: "taken back, never booked",
    Match.REVERSAL_UNTOLD: "reversals to decide",
    Match.REVERSED_KNOWN: "reversals known",
    Match.CHARGE: "charges",
    Match.SWEEP: "sweeps",
    Match.OTHER: "other movements",
    Match.DECLINED: "declined",
}
_OUTCOMES = {
    "applied": "credited",
    "filled": "receipts filled",
    "held": "held for a decision",
    "nothing": "booked meanwhile",
    "already_settled": "settled meanwhile",
    "operator_only": "for an operator, in the admin",
    "unpaid": "ended as not paid",
    "already_unpaid": "ended before",
    "not_proven": "changed meanwhile",
}


class Command(BaseCommand):
    """Exit status: 0, or 1 where the file was refused or a row met an error."""

    help = (
        "Import a statement of M-Pesa's organisation portal (formats A, B, D; CSV or Excel): check"
        " it against itself, compare it with our books, and settle what it proves. Exit status 1"
        " where the file contradicts itself, was imported before, or a row met an error."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="as it was downloaded, under its own name")
        parser.add_argument("--dry-run", action="store_true", help="only say what was found")
        parser.add_argument(
            "--continue",
            action="store_true",
            dest="goes_on",
            help="go on with a file that was imported before, where settling it was interrupted",
        )
        parser.add_argument(
            "--not-paid",
            action="store_true",
            help="also end the deposits that the statement proves unpaid",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        is_dry_run: bool = options["dry_run"]
        if options["goes_on"] and is_dry_run:
            raise CommandError("--continue settles, and --dry-run does not: choose one.")
        file = self._find(path) if options["goes_on"] else self._look(path, is_dry_run)
        if is_dry_run:
            self.stdout.write("Nothing was stored or settled (--dry-run).")
            return
        reports = [self._settle(file)]
        if options["not_paid"]:
            reports.append(self._end_unpaid(file))
        self._write_settled(file, reports)
        if any(report.failed for report in reports):
            sys.exit(1)

    def _find(self, path: Path) -> StatementImport:
        """Return the file as it was imported, compared with our books again."""
        file = statements.find_imported(self._existing(path))
        if file is None:
            raise CommandError("This very file was not imported before: leave --continue out.")
        statements.compare_again(file)
        return file

    def _existing(self, path: Path) -> Path:
        if not path.is_file():
            message = f"There is no file {path}."
            raise CommandError(message)
        return path

    def _look(self, path: Path, is_dry_run: bool) -> StatementImport:
        """Import the file, and say what it has."""
        imported = self._import(self._existing(path), is_dry_run)
        self._write_head(imported.file)
        self._write_lists(imported.found)
        self._write_for_an_operator(imported)
        return imported.file

    def _import(self, path: Path, is_dry_run: bool) -> ImportReport:
        try:
            return statements.import_statement(
                path=path,
                name=path.name,
                uploaded_by=None,
                now=clock.now(),
                progress=self._progress,
                is_dry_run=is_dry_run,
            )
        except (StatementUnreadable, StatementRefused) as error:
            message = f"Refused, and nothing was stored: {error}."
            raise CommandError(message) from error
        finally:
            self._end_progress()

    def _progress(self, step: str, rows: int) -> None:
        """Show on a terminal how far it is."""
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{step:<8}{rows:>10,} rows")
            sys.stderr.flush()

    def _end_progress(self) -> None:
        if sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")

    def _settle(self, file: StatementImport) -> SettleReport:
        try:
            return statements.settle_rows(
                row_ids=statement_selectors.list_waiting(file),
                operator=None,
                reason=_REASON,
                now=clock.now(),
                progress=self._progress,
            )
        finally:
            self._end_progress()

    def _end_unpaid(self, file: StatementImport) -> SettleReport:
        return statements.confirm_unpaid(
            file=file,
            transaction_ids=[
                unpaid.transaction_id for unpaid in statement_selectors.list_unpaid(file)
            ],
            operator=None,
            reason=_REASON,
            now=clock.now(),
        )

    def _write_head(self, file: StatementImport) -> None:
        begin, end = timezone.localtime(file.period_begin), timezone.localtime(file.period_end)
        self.stdout.write(
            f"Statement {file.digest[:12]}, format {file.layout}, short code {file.short_code},"
            f" {begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} (Nairobi)"
        )
        self._line("opening balance", "", file.opening)
        self._line("paid in", "", file.total_in)
        self._line("withdrawn", "", file.total_out)
        self._line("closing balance", "", file.closing)
        if not file.is_chained:
            self.stdout.write("Not every row names its balance: rows may be missing.")

    def _write_lists(self, found: Found) -> None:
        self.stdout.write("")
        for match, words in _WORDS.items():
            self._line_of(words, found.lists[match])
        self._line_of("ours only", found.ours_only)
        self._line_of("proven not paid", found.unpaid)
        self._line("our books less M-Pesa's", "", found.difference)

    def _write_for_an_operator(self, imported: ImportReport) -> None:
        if imported.ours_only:
            self.stdout.write("\nOurs only, for an operator:")
        for ours in imported.ours_only:
            about = (
                f"deposit {ours.transaction_id}"
                if ours.case_id is None
                else f"suspense case {ours.case_id}"
            )
            named = ours.receipt or ours.reference or ""
            self._line(f"  {about}", named, ours.amount)
        if imported.reversals:
            self.stdout.write("\nTaken back by M-Pesa and not here, for an operator:")
        for row in imported.reversals:
            self._line(f"  {row.receipt}", row.linked_receipt, row.amount_out)

    def _write_settled(self, file: StatementImport, reports: list[SettleReport]) -> None:
        self.stdout.write("\nSettled:")
        for report in reports:
            for outcome, count in sorted(report.counts.items()):
                self._line(f"  {_OUTCOMES.get(outcome, outcome)}", f"{count:,}", None)
            if report.failed:
                self._line("  met an error", f"{report.failed:,}", None)
        statements.compare_again(file)
        difference = statement_selectors.summarise(file).difference
        self._line("our books less M-Pesa's", "", difference)

    def _line_of(self, words: str, found: ListFound) -> None:
        self._line(words, f"{found.rows:,}", found.amount)

    def _line(self, words: str, count: str, amount: Decimal | None) -> None:
        shown = "" if amount is None else f"{amount:,.2f}"
        self.stdout.write(f"{words:<28}{count:>14}{shown:>18}".rstrip())
