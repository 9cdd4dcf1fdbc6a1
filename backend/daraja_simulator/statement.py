"""The business's statement of account, as the M-Pesa organisation portal exports it."""

import csv
import io
from collections.abc import Iterable
from datetime import datetime

from .book import Payment
from .callbacks import masked
from .clock import EAT
from .customers import Customer

COLUMNS = (
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
)


def statement(payments: Iterable[Payment], customers: dict[str, Customer]) -> str:
    """Return all payments to the business as CSV, newest first.

    It is the only source about a payment whose push answer and callbacks were all lost.
    """
    rows, balance = [], 0
    for payment in payments:
        balance += payment.amount
        name = customers[payment.phone].name
        rows.append(_row(payment, f"{masked(payment.phone)} - {name}", balance))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(reversed(rows))
    return text.getvalue()


def _row(payment: Payment, other_party: str, balance: int) -> tuple[str, ...]:
    when = _time(payment.paid_at)
    details = f"Pay Bill from {other_party} Acc. {payment.account_reference}"
    return (
        payment.receipt,
        when,
        when,
        details,
        "Completed",
        f"{payment.amount:.2f}",
        "",
        f"{balance:.2f}",
        "true",
        "Pay Bill Online" if payment.checkout_request_id else "Pay Bill",
        other_party,
        "",
        payment.account_reference,
    )


def _time(moment: datetime) -> str:
    return moment.astimezone(EAT).strftime("%Y-%m-%d %H:%M:%S")
