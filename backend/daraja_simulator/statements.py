"""The statements of account that businesses export, in the formats A, B and D (docs/simulator.md).

They show the utility account. A payment whose charge the business pays has two rows with the same
receipt; money that leaves is negative; the newest row comes first.
"""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from .accounts import Accounts, Kind, Movement
from .clock import EAT
from .merchants import Merchant
from .sheets import Cell, workbook

Row = list[Cell]


@dataclass(frozen=True)
class Statement:
    """What a statement is about: the business, the period, and the movements in it."""

    shortcode: str
    name: str
    start: date
    end: date
    made_at: datetime
    opening: int
    movements: Sequence[Movement]

    @property
    def closing(self) -> int:
        """The balance after the last movement."""
        return self.completed[-1].balance if self.completed else self.opening

    @property
    def completed(self) -> list[Movement]:
        """The movements without the declined ones, which moved no money."""
        return [m for m in self.movements if m.status == "Completed"]

    @property
    def paid_in(self) -> int:
        """All that came in, in KES."""
        return sum(m.amount for m in self.completed if m.amount > 0)

    @property
    def withdrawn(self) -> int:
        """All that went out, in KES, as a negative number."""
        return sum(m.amount for m in self.completed if m.amount < 0)


def make_statement(
    accounts: Accounts, merchant: Merchant, start: date, end: date, made_at: datetime, listed: str
) -> Statement:
    """Return the statement of a period, both days included, in Nairobi.

    `listed` is "completed", or "all" with the payments that the business declined.
    """
    known = accounts.movements + (accounts.declined if listed == "all" else [])
    movements = sorted(
        (m for m in known if start <= m.at.astimezone(EAT).date() <= end), key=lambda m: m.at
    )
    earlier = [m for m in accounts.movements if m.at.astimezone(EAT).date() < start]
    opening = earlier[-1].balance if earlier else accounts.opening
    return Statement(merchant.shortcode, merchant.name, start, end, made_at, opening, movements)


def _format_a(made: Statement) -> list[Row]:
    """Return the classic export of the organisation portal."""
    preamble: list[Row] = [
        ["Account Holder:", made.name],
        ["Short Code:", made.shortcode],
        ["Account:", "Utility Account"],
        [
            "Time Period:",
            "From",
            f"{made.start:%d-%m-%Y} 00:00:00",
            "To",
            f"{made.end:%d-%m-%Y} 23:59:59",
        ],
        [
            "Operator:",
            "operator",
            "Organization:",
            made.name,
            "Date of Report:",
            f"{made.made_at:%d-%m-%Y %H:%M:%S}",
        ],
        [
            "Opening Balance:",
            f"{made.opening}.00",
            "Closing Balance:",
            f"{made.closing}.00",
            "Available Balance:",
            f"{made.closing}.00",
            "Total Paid In:",
            f"{made.paid_in}.00",
            "Total Withdrawn:",
            f"{made.withdrawn}.00",
        ],
    ]
    header: Row = [
        "Receipt No.",
        "Completion Time",
        "Initiation Time",
        "Details",
        "Transaction Status",
        "Paid In",
        "Withdrawn",
        "Balance",
        "Balance Confirmed",
        "Reason Type",
        "Other Party Info",
        "Linked Transaction ID",
        "A/C No.",
        "Currency",
    ]
    return [*preamble, header, *(_row_a(m) for m in reversed(made.movements))]


def _row_a(movement: Movement) -> Row:
    when = f"{movement.at.astimezone(EAT):%d-%m-%Y %H:%M:%S}"
    return [
        movement.receipt,
        when,
        when,
        movement.details,
        movement.status,
        f"{movement.amount}.00" if movement.amount > 0 else "",
        f"{movement.amount}.00" if movement.amount < 0 else "",
        f"{movement.balance}.00",
        "true",
        movement.reason_type,
        movement.other_party,
        movement.linked_receipt,
        movement.account_reference,
        "KES",
    ]


def _format_b(made: Statement) -> list[Row]:
    """Return the export of late 2026: no preamble, shortcode and period in the file's name only."""
    header: Row = [
        "Receipt No",
        "Completion Time",
        "Details",
        "Transaction Status",
        "Paid In (KSHs)",
        "Withdrawn (KSHs)",
        "Balance (KSHs)",
    ]
    rows: list[Row] = []
    swept = 0
    for movement in made.movements:
        rows.append(_row_b(movement, movement.amount, movement.balance))
        if movement.kind is Kind.SWEEP:
            # The other side of a sweep: the settlement account, under the same receipt.
            swept -= movement.amount
            rows.append(_row_b(movement, -movement.amount, swept))
    return [header, *reversed(rows)]


def _row_b(movement: Movement, amount: int, balance: int) -> Row:
    # Only some rows say through which channel they came.
    suffix = " via API by api" if movement.reason_type == "Pay Utility" else ""
    return [
        movement.receipt,
        f"{movement.at.astimezone(EAT):%d/%m/%Y %H:%M:%S}",
        f"{movement.details}{suffix}",
        movement.status,
        f"{max(amount, 0):,}.00",
        f"{min(amount, 0):,}.00",
        f"{balance:,}.00",
    ]


def _format_d(made: Statement) -> list[Row]:
    """Return the export of M-PESA for Business."""
    preamble: list[Row] = [
        ["M-PESA FULL STATEMENT - Merchant"],
        [],
        ["Organization Name", made.name],
        ["Short Code", made.shortcode],
        ["Statement Period", f"{made.start:%Y-%m-%d} to {made.end:%Y-%m-%d}"],
        ["Request Date", f"{made.made_at:%Y-%m-%d %H:%M:%S}"],
        ["Total Paid In", made.paid_in],
        ["Total Withdrawn", made.withdrawn],
    ]
    header: Row = [
        "Receipt No",
        "Completion Time",
        "Details",
        "Transaction Status",
        "Paid in",
        "Withdrawn",
        "Balance",
        "Transaction Type",
        "Other Party",
    ]
    rows: list[Row] = [
        [
            movement.receipt,
            f"{movement.at.astimezone(EAT):%Y-%m-%d %H:%M:%S}",
            movement.details,
            movement.status,
            max(movement.amount, 0),
            min(movement.amount, 0),
            movement.balance,
            movement.reason_type,
            movement.other_party.replace(" - ", "-", 1),
        ]
        for movement in reversed(made.movements)
    ]
    return [*preamble, header, *rows]


FORMATS: dict[str, Callable[[Statement], list[Row]]] = {
    "A": _format_a,
    "B": _format_b,
    "D": _format_d,
}
ENCODINGS = ("utf-8", "utf-8-sig", "cp1252")


def file_name(made: Statement, form: str, kind: str) -> str:
    """Return the name under which the portal saves the file."""
    period = f"{made.shortcode} from {made.start:%Y-%m-%d} to {made.end:%Y-%m-%d}"
    return f"{'Statements' if form == 'B' else 'Statement'} for {period}.{kind}"


def as_csv(rows: list[Row], encoding: str) -> bytes:
    """Return the rows as CSV with CRLF, in this encoding."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode(encoding, "replace")


def as_workbook(rows: list[Row]) -> bytes:
    """Return the rows as an Excel workbook with the sheet `transaction`."""
    return workbook("transaction", rows)
