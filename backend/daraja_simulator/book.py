"""The simulator's book: payments to a business, reversals and payouts. Entries never change."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class Way(StrEnum):
    """How a payment came to the business."""

    STK = "stk"
    MENU = "menu"
    SIMULATE = "simulate"
    OVERDRAFT = "overdraft"
    RATIBA = "ratiba"
    ORGANISATION = "organisation"


@dataclass(frozen=True)
class Payment:
    """One payment to a business, by a customer or, with an empty `phone`, by another business."""

    receipt: str
    phone: str
    amount: int
    shortcode: str
    account_reference: str
    paid_at: datetime
    # None for a payment from the M-Pesa menu, without an STK push.
    checkout_request_id: str | None
    way: Way = Way.MENU
    payer_name: str = ""
    is_till: bool = False
    # What the validation answered, and the confirmation carries.
    third_party_trans_id: str = ""


@dataclass(frozen=True)
class Reversal:
    """A payment that went back to its payer: the new receipt, and the one of the payment."""

    receipt: str
    original: Payment
    reversed_at: datetime
    # By whom: the business through the API, or Safaricom, which tells nobody.
    by: str


@dataclass(frozen=True)
class Payout:
    """A payment of a business to a customer (B2C)."""

    receipt: str
    phone: str
    amount: int
    shortcode: str
    paid_at: datetime
    command_id: str
    charge: int
    originator_conversation_id: str
    conversation_id: str


@dataclass
class Confirmations:
    """How the business was told of one payment by C2B confirmations: how many it took (2xx) and how
    many it did not, and the faults that struck them.
    """

    delivered: int = 0
    failed: int = 0
    faults: list[str] = field(default_factory=list)

    def count(self, is_delivered: bool) -> None:  # called by Delivery
        """Count a confirmation that was taken, or was not after its last try."""
        self.delivered += is_delivered
        self.failed += not is_delivered


@dataclass
class Book:
    """All payments by receipt and by customer, the reversals by receipt of the payment, the payouts
    by receipt, and the confirmations by receipt of the payment.
    """

    payments: dict[str, Payment] = field(default_factory=dict)
    reversals: dict[str, Reversal] = field(default_factory=dict)
    payouts: dict[str, Payout] = field(default_factory=dict)
    confirmations: defaultdict[str, Confirmations] = field(
        default_factory=lambda: defaultdict(Confirmations)
    )
    # Every receipt that was issued, also those of charges and sweeps.
    receipts: set[str] = field(default_factory=set)
    _by_phone: defaultdict[str, list[Payment]] = field(default_factory=lambda: defaultdict(list))

    def enter(self, payment: Payment) -> None:
        """Add a payment.

        Raises:
            ValueError: the book has a payment with this receipt.
        """
        if payment.receipt in self.payments:
            message = f"receipt {payment.receipt} is in the book already"
            raise ValueError(message)
        self.payments[payment.receipt] = payment
        self.receipts.add(payment.receipt)
        self._by_phone[payment.phone].append(payment)

    def of(self, phone: str) -> list[Payment]:
        """Return this customer's payments, oldest first."""
        return list(self._by_phone.get(phone, ()))

    def find_reversal(self, receipt: str) -> Reversal | None:
        """Return the reversal that has this receipt of its own."""
        return next((r for r in self.reversals.values() if r.receipt == receipt), None)

    def received(self, phone: str) -> int:
        """Return the sum of what came back to this customer or was paid out to them, in KES."""
        back = sum(r.original.amount for r in self.reversals.values() if r.original.phone == phone)
        return back + sum(p.amount for p in self.payouts.values() if p.phone == phone)

    def phones(self) -> list[str]:
        """Return the phones of all customers who paid."""
        return sorted(phone for phone in self._by_phone if phone)

    def total(self, phone: str) -> int:
        """Return the sum of this customer's payments, in KES."""
        return sum(payment.amount for payment in self._by_phone.get(phone, ()))

    def paid_on_day(self, phone: str, moment: datetime) -> int:
        """Return the sum of this customer's payments on the day of `moment`, in KES."""
        payments = reversed(self._by_phone.get(phone, ()))
        return sum(p.amount for p in payments if p.paid_at.date() == moment.date())

    def repeats(self, payment: Payment, within_s: float) -> bool:
        """Whether the customer paid the same amount to the same business within so many seconds."""
        since = payment.paid_at - timedelta(seconds=within_s)
        return within_s > 0 and any(
            (p.amount, p.shortcode) == (payment.amount, payment.shortcode)
            for p in self._by_phone.get(payment.phone, ())
            if p.paid_at > since
        )
