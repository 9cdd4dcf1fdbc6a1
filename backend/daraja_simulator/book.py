"""The simulator's own book: what every customer really paid. Nothing is ever changed in it."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Payment:
    """Money that left a customer once and arrived at a business."""

    receipt: str
    phone: str
    amount: int
    shortcode: str
    account_reference: str
    paid_at: datetime
    # None for money sent to the paybill by hand.
    checkout_request_id: str | None


@dataclass
class Book:
    """All payments, by receipt and by customer."""

    payments: dict[str, Payment] = field(default_factory=dict)
    _by_phone: defaultdict[str, list[Payment]] = field(default_factory=lambda: defaultdict(list))

    def enter(self, payment: Payment) -> None:
        """Write a payment down; its receipt is new, or ValueError."""
        if payment.receipt in self.payments:
            message = f"receipt {payment.receipt} is in the book already"
            raise ValueError(message)
        self.payments[payment.receipt] = payment
        self._by_phone[payment.phone].append(payment)

    def of(self, phone: str) -> list[Payment]:
        """What this customer paid, in order."""
        return list(self._by_phone.get(phone, ()))

    def phones(self) -> list[str]:
        """Everyone who ever paid."""
        return sorted(self._by_phone)

    def total(self, phone: str) -> int:
        """All this customer paid, in KES."""
        return sum(payment.amount for payment in self._by_phone.get(phone, ()))

    def paid_on_day(self, phone: str, moment: datetime) -> int:
        """What this customer paid on the day of the moment."""
        payments = reversed(self._by_phone.get(phone, ()))
        return sum(p.amount for p in payments if p.paid_at.date() == moment.date())

    def repeats(self, payment: Payment, within_s: float) -> bool:
        """Whether the same amount went to the same business this short time ago."""
        since = payment.paid_at - timedelta(seconds=within_s)
        return within_s > 0 and any(
            (p.amount, p.shortcode) == (payment.amount, payment.shortcode)
            for p in self._by_phone.get(payment.phone, ())
            if p.paid_at > since
        )
