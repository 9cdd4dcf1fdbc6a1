"""What a statement says, in our terms: its rows, its summary, and why a file is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class StatementUnreadable(Exception):
    """The file is no statement, is damaged, or contradicts itself.

    `why` is a sentence for an operator; it holds amounts and dates, never a name or a number.
    `line` is the line of a text file or the row of a sheet, from 1; None where no line is to blame.
    """

    def __init__(self, why: str, line: int | None = None) -> None:
        super().__init__(why if line is None else f"line {line}: {why}")
        self.why = why
        self.line = line


class RowKind(StrEnum):
    """What a row reports."""

    #: Money of a payer came in.
    PAYMENT = "payment"
    #: M-Pesa's charge, mostly beside a payment and under its receipt.
    CHARGE = "charge"
    #: Between the organisation's own accounts, or to its bank.
    SWEEP = "sweep"
    #: A payment was taken back.
    REVERSAL = "reversal"
    #: Any other movement, such as a payout to a customer.
    OTHER = "other"
    #: The row is not Completed: no money moved.
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One row of a statement. Amounts are in KES; both amounts are positive, or None for none."""

    line: int
    receipt: str
    #: In Nairobi's time; of a declined row without it, when it was initiated.
    completed_at: datetime
    kind: RowKind
    #: M-Pesa's text, with whole phone numbers masked.
    details: str
    status: str
    paid_in: Decimal | None
    withdrawn: Decimal | None
    #: After this row.
    balance: Decimal | None
    reason_type: str
    payer_name: str
    #: Masked; "" where the statement names none, or names an organisation by its short code.
    payer_number: str
    #: As the payer typed it, or the account reference of our prompt; "" for none.
    account_number: str
    #: The receipt that this row takes back or belongs to.
    linked_receipt: str | None


@dataclass(frozen=True)
class StatementSummary:
    """What a whole statement says, once its rows and totals agreed. Amounts are in KES."""

    #: "A", "B" or "D" (docs/simulator.md).
    layout: str
    short_code: str | None
    #: The period; of a file that names none, the times of its first and last row. Such a file, and
    #: any of layout B, may have lost rows at its end, which nothing in it can tell.
    begins_at: datetime | None
    ends_at: datetime | None
    opening: Decimal
    closing: Decimal
    #: Sums of the completed rows of this account: a sweep that the file shows on both accounts
    #: counts once.
    total_in: Decimal
    total_out: Decimal
    rows: int
    counts: Mapping[RowKind, int]
    #: The earliest and the latest completed row.
    first_row_at: datetime | None
    last_row_at: datetime | None
    #: Whether it has payments, and they name the account number, so that a missing one is evidence.
    names_accounts: bool
    #: SHA-256 of the file, in hexadecimal.
    digest: str
    #: Whether every completed row had a balance, and the balances follow from each other.
    is_chained: bool
