"""Runs the reconciliation some seconds after a push; status queries without a clear answer."""

from datetime import datetime, timedelta
from typing import Any

from payments.gateway import (
    GatewayError,
    GatewayRejected,
    GatewayUnreachable,
    OutcomeUnknown,
    RejectionReason,
)
from payments.models import Transaction
from payments.services import ReconcileReport, reconcile_due_deposits
from payments.tests.building import NOON, make_customer, make_deposit

UNCLEAR: list[GatewayError] = [
    OutcomeUnknown("HTML"),
    GatewayRejected("Invalid CheckoutRequestID"),
    GatewayRejected("busy", reason=RejectionReason.BUSY),
    GatewayUnreachable("no connection"),
]


def after(seconds: float) -> datetime:
    """Return a moment after the push."""
    return NOON + timedelta(seconds=seconds)


def ask(seconds: float = 30, *, limit: int = 100) -> ReconcileReport:
    """Make one pass that many seconds after the push."""
    return reconcile_due_deposits(now=after(seconds), limit=limit)


def make_many(count: int, **fields: Any) -> list[Transaction]:
    """Store deposits of as many customers, due one second after the other."""
    return [
        make_deposit(
            make_customer(f"2547000000{number:02}"),
            checkout_request_id=f"ws_CO_{number}",
            token=f"token {number}",
            next_query_at=after(number),
            **fields,
        )
        for number in range(count)
    ]
