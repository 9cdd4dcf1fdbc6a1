"""Writes statements as the organisation portal exports them (format A, CSV)."""

import csv
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from payments.tests.building import NOON, RECEIPT

_NAIROBI = ZoneInfo("Africa/Nairobi")
_HEADER = (
    "Receipt No.", "Completion Time", "Initiation Time", "Details", "Transaction Status", "Paid In",
    "Withdrawn", "Balance", "Balance Confirmed", "Reason Type", "Other Party Info",
    "Linked Transaction ID", "A/C No.", "Currency",
)  # fmt: skip


@dataclass(frozen=True)
class Moved:
    """A movement of money; negative: withdrawn."""

    receipt: str = RECEIPT
    amount: Decimal | int = 500
    at: datetime = NOON
    account: str = ""
    details: str = "Pay Bill from 25471****678 - WANJIKU **** KAMAU"
    reason_type: str = "Pay Bill Online"
    linked: str = ""
    status: str = "Completed"


#: Two movements around a day, so that the file covers all between them.
FIRST = Moved("NLJ1AAAAAA", 1, NOON - timedelta(hours=4), "rent")
LAST = Moved("NLJ9ZZZZZZ", 1, NOON + timedelta(hours=5), "rent")


def write_statement(
    folder: Path, *movements: Moved, name: str = "statement.csv", short_code: str = "174379"
) -> Path:
    """Write a statement of these movements, oldest first, whose balances agree."""
    opening = balance = Decimal(1000)
    rows = []
    for moved in movements:
        if moved.status == "Completed":
            balance += moved.amount
        rows.append(_row(moved, balance))
    days = [moved.at.astimezone(_NAIROBI).date() for moved in movements] or [NOON.date()]
    head = [
        ["Account Holder:", "Kibeezy"],
        ["Short Code:", short_code],
        [
            "Time Period:", "From", f"{min(days):%d-%m-%Y} 00:00:00",
            "To", f"{max(days):%d-%m-%Y} 23:59:59",
        ],
        ["Opening Balance:", f"{opening:.2f}", "Closing Balance:", f"{balance:.2f}"],
    ]  # fmt: skip
    path = folder / name
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\r\n").writerows([*head, _HEADER, *reversed(rows)])
    return path


def _row(moved: Moved, balance: Decimal) -> list[str]:
    when = f"{moved.at.astimezone(_NAIROBI):%d-%m-%Y %H:%M:%S}"
    details = f"{moved.details} Acc. {moved.account}" if moved.account else moved.details
    return [
        moved.receipt, when, when, details, moved.status,
        f"{moved.amount:.2f}" if moved.amount > 0 else "",
        f"{moved.amount:.2f}" if moved.amount < 0 else "",
        f"{balance:.2f}", "true", moved.reason_type, "25471****678 - WANJIKU **** KAMAU",
        moved.linked, moved.account, "KES",
    ]  # fmt: skip
