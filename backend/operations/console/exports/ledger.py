"""The day book: every journal entry of a period with both accounts, and the running sums."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from common.days import DaySpan
from common.masking import mask_text
from operations.console.amounts import NOTHING
from operations.console.exports.reading import read
from operations.console.exports.sheets import Row, Sheet, amount, moment, number, text

_OPENING = """
SELECT account.kind, sum(line.amount)
  FROM (SELECT debit_account_id AS account_id, amount FROM wallet_journalentry
         WHERE created_at < %(begin)s
         UNION ALL
        SELECT credit_account_id, -amount FROM wallet_journalentry WHERE created_at < %(begin)s
       ) AS line
  JOIN wallet_ledgeraccount AS account ON account.id = line.account_id
 GROUP BY account.kind
"""
_ENTRIES = """
SELECT entry.id, entry.created_at, entry.key, entry.description,
       taken.code, taken.kind, given.code, given.kind, entry.amount
  FROM wallet_journalentry AS entry
  JOIN wallet_ledgeraccount AS taken ON taken.id = entry.debit_account_id
  JOIN wallet_ledgeraccount AS given ON given.id = entry.credit_account_id
 WHERE entry.created_at >= %(begin)s AND entry.created_at < %(end)s
 ORDER BY entry.id
"""
_COLUMNS = (
    number("Entry"), moment("Posted"), text("Key"), text("Description"),
    text("Debit account"), text("Credit account"), amount("Amount"),
    amount("At M-PESA"), amount("Owed by customers"), amount("In suspense"), amount("In wallets"),
    amount("Difference"),
)  # fmt: skip


@dataclass(frozen=True)
class Sums:
    """What the kinds of accounts hold in KES: assets by their debits, the others by their credits.

    `difference` is 0 in a ledger whose entries have two sides.
    """

    clearing: Decimal = NOTHING
    debt: Decimal = NOTHING
    suspense: Decimal = NOTHING
    customer: Decimal = NOTHING

    def after(self, taken: str, given: str, moved: Decimal) -> "Sums":
        """Return the sums after an entry that debits one kind of account and credits another."""
        return self.debited(taken, moved).debited(given, -moved)

    def debited(self, kind: str, moved: Decimal) -> "Sums":
        """Return the sums after a debit of a kind of account; a credit is a negative one."""
        is_asset = kind in ("clearing", "debt")
        return replace(self, **{kind: getattr(self, kind) + (moved if is_asset else -moved)})

    @property
    def difference(self) -> Decimal:
        """Assets less liabilities."""
        return self.clearing + self.debt - self.suspense - self.customer

    def cells(self) -> Row:
        """Return the cells of the running sums."""
        return self.clearing, self.debt, self.suspense, self.customer, self.difference


def day_book(span: DaySpan) -> Sheet:
    """Return the day book of a period; call it within `reading.one_snapshot`."""
    return Sheet(f"Day book {span.first} to {span.last}", _COLUMNS, _rows(span))


def _rows(span: DaySpan) -> Iterator[Row]:
    values = {"begin": span.begins_at, "end": span.ends_before}
    sums = Sums()
    for kind, moved in read(_OPENING, values):
        sums = sums.debited(kind, moved)
    yield None, span.begins_at, "", "Opening", "", "", None, *sums.cells()
    total = NOTHING
    for row in read(_ENTRIES, values):
        entry_id, at, key, description, taken, taken_kind, given, given_kind, moved = row
        sums = sums.after(taken_kind, given_kind, moved)
        total += moved
        yield entry_id, at, key, mask_text(description), taken, given, moved, *sums.cells()
    yield None, span.ends_before, "", "Closing", "", "", total, *sums.cells()
