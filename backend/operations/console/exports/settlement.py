"""Settlement by short code: what each day brought by our books, beside M-PESA's statement."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from common.days import DaySpan
from operations.console.amounts import NOTHING
from operations.console.exports.reading import read
from operations.console.exports.sheets import Row, Sheet, amount, number, text

# The other account says what an entry of a clearing account is: a customer's is a credit or its
# reversal; suspense is money that is held, or given back, or a correction.
_OURS = """
SELECT code, day, sum(amount) FILTER (WHERE is_in AND other = 'customer'),
       sum(amount) FILTER (WHERE is_in AND other = 'suspense' AND what <> 'correct'),
       sum(CASE WHEN is_in THEN amount ELSE -amount END) FILTER (WHERE what = 'correct'),
       sum(amount) FILTER (WHERE NOT is_in AND what <> 'correct'),
       sum(CASE WHEN is_in THEN amount ELSE -amount END)
  FROM (SELECT CASE WHEN taken.kind = 'clearing' THEN taken.code ELSE given.code END AS code,
               CASE WHEN taken.kind = 'clearing' THEN given.kind ELSE taken.kind END AS other,
               taken.kind = 'clearing' AS is_in, split_part(entry.key, ':', 1) AS what,
               CASE WHEN entry.created_at >= %(begin)s THEN
                   (date_bin('1 day', entry.created_at, %(begin)s)
                    AT TIME ZONE 'Africa/Nairobi')::date END AS day, entry.amount
          FROM wallet_journalentry AS entry
          JOIN wallet_ledgeraccount AS taken ON taken.id = entry.debit_account_id
          JOIN wallet_ledgeraccount AS given ON given.id = entry.credit_account_id
         WHERE entry.created_at < %(end)s
           AND 'clearing' IN (taken.kind, given.kind)) AS moved
 GROUP BY code, day ORDER BY code, day NULLS FIRST
"""
# Of several files that have a day, the one with the most rows of it, then the newest.
_THEIRS = """
SELECT DISTINCT ON (code, day) code, day, file_id, is_whole, paid_in, charges, sweeps, taken_back,
       other
  FROM (SELECT 'mpesa:' || file.short_code AS code,
               (date_bin('1 day', line.completed_at, %(begin)s)
                AT TIME ZONE 'Africa/Nairobi')::date AS day,
               file.id AS file_id, count(*) AS rows,
               bool_and(file.is_chained
                        AND file.period_begin <= date_bin('1 day', line.completed_at, %(begin)s)
                        AND file.period_end >= date_bin('1 day', line.completed_at, %(begin)s)
                                               + interval '1 day' - interval '1 second')
                   AS is_whole,
               coalesce(sum(net) FILTER (WHERE line.kind = 'payment'), 0) AS paid_in,
               coalesce(-sum(net) FILTER (WHERE line.kind = 'charge'), 0) AS charges,
               coalesce(-sum(net) FILTER (WHERE line.kind = 'sweep'), 0) AS sweeps,
               coalesce(-sum(net) FILTER (WHERE line.kind = 'reversal'), 0) AS taken_back,
               coalesce(sum(net) FILTER (WHERE line.kind = 'other'), 0) AS other
          FROM payments_statementrow AS line
          JOIN payments_statementimport AS file ON file.id = line.file_id,
               LATERAL (SELECT coalesce(line.amount_in, 0) - coalesce(line.amount_out, 0) AS net)
                   AS moved
         WHERE file.state = 'ready' AND file.rows_deleted_at IS NULL
           AND line.completed_at >= %(begin)s AND line.completed_at < %(end)s
         GROUP BY 1, 2, 3) AS counted
 ORDER BY code, day, rows DESC, file_id DESC
"""
_COLUMNS = (
    text("Short code"), text("Day"), amount("Credited"), amount("Held in suspense"),
    amount("Corrected"), amount("Taken back"), amount("Paid in by our books"),
    amount("At M-PESA by our books"),
    number("Statement"), text("It covers the day"), amount("Paid in by M-PESA"),
    amount("M-PESA's charges"), amount("Swept to the bank"), amount("Taken back by M-PESA"),
    amount("Other movements"), amount("Difference of paid in"),
)  # fmt: skip


def settlement(span: DaySpan) -> Sheet:
    """Return a row for each day and short code that moved money, and the sums of each short code;
    call it within `reading.one_snapshot`.

    A payment is of the day on which it was booked here, and completed at M-PESA: around midnight
    these differ, and two days have differences that are each other's opposite.
    """
    return Sheet(f"Settlement {span.first} to {span.last}", _COLUMNS, _rows(span))


def _rows(span: DaySpan) -> Iterator[Row]:
    values = {"begin": span.begins_at, "end": span.ends_before}
    ours: dict[str, dict[date | None, tuple[Decimal, ...]]] = {}
    for code, day, *sums in read(_OURS, values):
        ours.setdefault(code, {})[day] = tuple(each or NOTHING for each in sums)
    theirs: dict[str, dict[date, tuple[Any, ...]]] = {}
    for code, day, *found in read(_THEIRS, values):
        theirs.setdefault(code, {})[day] = tuple(found)
    for code in sorted(ours.keys() | theirs.keys()):
        yield from _rows_of(code, ours.get(code, {}), theirs.get(code, {}))


def _rows_of(
    code: str,
    ours: dict[date | None, tuple[Decimal, ...]],
    theirs: dict[date, tuple[Any, ...]],
) -> Iterator[Row]:
    short_code = code.removeprefix("mpesa:")
    none = (NOTHING,) * 5
    balance = ours.get(None, none)[4]
    yield short_code, "Opening", *(None,) * 5, balance, *(None,) * 8
    totals = [NOTHING] * 5
    for day in sorted({day for day in ours if day} | theirs.keys()):
        credited, held, corrected, taken_back, net = ours.get(day, none)
        balance += net
        paid_in = credited + held + corrected
        sums = (credited, held, corrected, taken_back, paid_in)
        totals = [total + each for total, each in zip(totals, sums, strict=True)]
        yield short_code, f"{day}", *sums, balance, *_compared(theirs.get(day), paid_in)
    yield short_code, "Closing", *totals, balance, *(None,) * 8


def _compared(found: tuple[Any, ...] | None, paid_in: Decimal) -> Row:
    """Return the cells of M-PESA's side; empty where no statement has the day."""
    if found is None:
        return (None,) * 8
    file_id, is_whole, theirs, *others = found
    covers = "yes" if is_whole else "in part"
    return file_id, covers, theirs, *others, paid_in - theirs
