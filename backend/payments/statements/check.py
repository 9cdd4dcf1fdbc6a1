"""Holds a statement against itself, before anybody's money is compared with it."""

from array import array
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from payments.statements.cells import digest_file, read_cells
from payments.statements.chain import Chain
from payments.statements.layouts import Layout, read_layout
from payments.statements.records import (
    RowKind,
    StatementRow,
    StatementSummary,
    StatementUnreadable,
)
from payments.statements.rows import Readings, parse_rows

_PROGRESS_ROWS = 1000
_BUCKETS = 1024
_NOTHING = Decimal("0.00")
#: A file without a period is refused where its rows span more than this, and would span no more if
#: every date were read with the month first.
_LONGEST_DOUBTFUL = timedelta(days=31)


def check_statement(
    path: Path, name: str, progress: Callable[[int], None] | None = None
) -> StatementSummary:
    """Read the whole file once and return what it says, if it agrees with itself.

    `name` is the name under which it was uploaded: layout B names short code and period nowhere
    else. `progress` is called with the number of rows read so far, now and then and at the end.

    Raises:
        StatementUnreadable: at the first thing that cannot be read, or that contradicts another.
    """
    digest = digest_file(path)
    cells = read_cells(path)
    layout = read_layout(cells, name)
    check = _Check(layout)
    for row in parse_rows(layout, cells, check.readings):
        check.add(row)
        if progress is not None and check.rows % _PROGRESS_ROWS == 0:
            progress(check.rows)
    summary = check.finish(digest)
    if progress is not None:
        progress(check.rows)
    return summary


class _Receipts:
    """The receipts of payments, in a few bytes each; knows which came twice."""

    def __init__(self) -> None:
        self._buckets = [(array("q"), array("L")) for _ in range(_BUCKETS)]

    def add(self, receipt: str, line: int) -> None:
        # 64 bits: that two receipts of a million share one has a chance of one to 36 million.
        code = hash(receipt)
        codes, lines = self._buckets[code % _BUCKETS]
        codes.append(code)
        lines.append(line)

    def find_repeated(self) -> int | None:
        """Return the first line whose receipt an earlier line has; None where all differ."""
        repeated = []
        for codes, lines in self._buckets:
            seen: set[int] = set()
            for code, line in zip(codes, lines, strict=True):
                if code in seen:
                    repeated.append(line)
                seen.add(code)
        return min(repeated, default=None)


@dataclass
class _Check:
    """What has been seen so far."""

    layout: Layout
    rows: int = 0
    counts: Counter[RowKind] = field(default_factory=Counter)
    first_row_at: datetime | None = None
    last_row_at: datetime | None = None
    named: int = 0
    payments: _Receipts = field(default_factory=_Receipts)
    readings: Readings = field(default_factory=Readings)
    chain: Chain = field(init=False)

    def __post_init__(self) -> None:
        self.chain = Chain(opening=self.layout.opening, closing=self.layout.closing)

    def add(self, row: StatementRow) -> None:
        self.rows += 1
        self.counts[row.kind] += 1
        if row.kind is RowKind.DECLINED:
            return
        self._check_row(row)
        self.chain.add(row)
        moment = row.completed_at
        self.first_row_at = min(self.first_row_at or moment, moment)
        self.last_row_at = max(self.last_row_at or moment, moment)
        if row.kind is RowKind.PAYMENT:
            self.payments.add(row.receipt, row.line)
            self.named += bool(row.account_number)

    def _check_row(self, row: StatementRow) -> None:
        begins_at, ends_at = self.layout.begins_at, self.layout.ends_at
        if begins_at and ends_at and not begins_at <= row.completed_at <= ends_at:
            why = "this row is of a time outside the statement's period; are the dates day first?"
            raise StatementUnreadable(why, row.line)
        if row.balance is None and row.paid_in is None and row.withdrawn is None:
            raise StatementUnreadable("there is no amount", row.line)

    def finish(self, digest: str) -> StatementSummary:
        self.chain.finish()
        if repeated := self.payments.find_repeated():
            raise StatementUnreadable("this payment stands above already", repeated)
        self._check_dates()
        opening, closing = self._balances()
        self._check_head(opening, closing)
        layout = self.layout
        return StatementSummary(
            layout=layout.name,
            short_code=layout.short_code,
            begins_at=layout.begins_at or self.first_row_at,
            ends_at=layout.ends_at or self.last_row_at,
            opening=opening,
            closing=closing,
            total_in=self.chain.total_in,
            total_out=self.chain.total_out,
            rows=self.rows,
            counts={kind: self.counts[kind] for kind in RowKind},
            first_row_at=self.first_row_at,
            last_row_at=self.last_row_at,
            names_accounts=self._names_accounts(),
            digest=digest,
            is_chained=self.chain.is_complete and self.first_row_at is not None,
        )

    def _names_accounts(self) -> bool:
        # A file without any payment may be of another account of the organisation's, in which no
        # payments of customers land.
        if "account" in self.layout.columns:
            return self.named > 0
        return self.named == self.counts[RowKind.PAYMENT] > 0

    def _check_dates(self) -> None:
        if self.layout.begins_at or not (self.first_row_at and self.last_row_at):
            return
        span = self.last_row_at - self.first_row_at
        if self.readings.is_doubtful and self.readings.span <= _LONGEST_DOUBTFUL < span:
            raise StatementUnreadable("the dates may be written with the month first")

    def _balances(self) -> tuple[Decimal, Decimal]:
        """Return opening and closing balance, from the head or from the chain."""
        chain, layout = self.chain, self.layout
        net = chain.total_in - chain.total_out
        is_chained = chain.is_complete and self.first_row_at is not None
        opening = layout.opening if layout.opening is not None or not is_chained else chain.opening
        closing = layout.closing if layout.closing is not None or not is_chained else chain.closing
        if opening is None and closing is None:
            if self.first_row_at is not None:
                why = "neither the head nor every row names a balance: nothing to hold it against"
                raise StatementUnreadable(why)
            if layout.total_in != 0 or layout.total_out != 0:
                raise StatementUnreadable("there is no row below the header")
            return _NOTHING, _NOTHING
        if opening is None and closing is not None:
            opening = closing - net
        if closing is None and opening is not None:
            closing = opening + net
        return opening or _NOTHING, closing or _NOTHING

    def _check_head(self, opening: Decimal, closing: Decimal) -> None:
        chain, layout = self.chain, self.layout
        pairs = [
            ("opening balance", opening, chain.opening),
            ("closing balance", closing, chain.closing),
            ("total paid in", layout.total_in, chain.total_in),
            ("total withdrawn", abs(layout.total_out or _NOTHING), chain.total_out),
        ]
        if layout.total_out is None:
            pairs.pop()
        if not chain.is_complete:
            del pairs[:2]
        pairs.append(("closing balance", closing, opening + chain.total_in - chain.total_out))
        for label, said, found in pairs:
            if said is not None and found is not None and said != found:
                why = f"the {label} is {said:,} by the head, and {found:,} by the rows"
                raise StatementUnreadable(why, layout.line)
