"""The simulator's book: every payment that a customer made. Entries are never changed."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Payment:
    """One payment of a customer to a business."""

    receipt: str
    phone: str
    amount: int
    shortcode: str
    account_reference: str
    paid_at: datetime
    # None for a payment from the M-Pesa menu, without an STK push.
    checkout_request_id: str | None


@dataclass
class Book:
    """All payments, by receipt and by customer."""

    payments: dict[str, Payment] = field(default_factory=dict)
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
        self._by_phone[payment.phone].append(payment)

    def of(self, phone: str) -> list[Payment]:
        """Return this customer's payments, oldest first."""
        return list(self._by_phone.get(phone, ()))

    def phones(self) -> list[str]:
        """Return the phones of all customers who paid."""
        return sorted(self._by_phone)

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
