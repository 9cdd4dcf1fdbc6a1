"""Builds our ledger's side and the simulator's side for tests of the comparison."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from chaos.compare import compare
from chaos.differences import Comparison
from chaos.ledger import Booking, Case, Deposit, Ledger
from chaos.simulator import Book, Payment, Prompt

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
PHONE = "254710000000"
CALLBACK_URL = "http://127.0.0.1:18001/api/payments/callback/secret/"


def deposit(**changes: Any) -> Deposit:
    """Return a deposit of KES 500 that was credited by its callback."""
    fields: dict[str, Any] = {
        "id": 1,
        "phone": PHONE,
        "amount": Decimal(500),
        "status": "COMPLETED",
        "account_reference": "KP1",
        "checkout_request_id": "ws_1",
        "receipt": "R1",
        "credited": Decimal(500),
        "credits": 1,
        "credited_by": "callback",
        "callbacks": 1,
    }
    return Deposit(**{**fields, **changes})


def unknown_deposit(**changes: Any) -> Deposit:
    """Return the deposit whose reports were all lost."""
    fields: dict[str, Any] = {
        "status": "PENDING",
        "checkout_request_id": None,
        "receipt": None,
        "credited": Decimal(0),
        "credits": 0,
        "credited_by": None,
        "callbacks": 0,
    }
    return deposit(**{**fields, **changes})


def prompt(**changes: Any) -> Prompt:
    """Return the prompt of that deposit, paid, and its callback delivered."""
    fields: dict[str, Any] = {
        "account_reference": "KP1",
        "checkout_request_id": "ws_1",
        "phone": PHONE,
        "amount": 500,
        "state": "paid",
        "created_at": NOON,
        "finished_at": NOON,
        "result_code": "0",
        "receipt": "R1",
        "callback_url": CALLBACK_URL,
        "callbacks_delivered": 1,
    }
    return Prompt(**{**fields, **changes})


def unpaid(**changes: Any) -> Prompt:
    """Return a prompt that its customer cancelled."""
    return prompt(**{"state": "failed", "receipt": None, "result_code": "1032", **changes})


def silent(**changes: Any) -> Prompt:
    """Return a paid prompt without any callback."""
    return prompt(**{"answer_lost": True, "callbacks_delivered": 0, **changes})


NUMBER = "5720000008"


def by_hand(typed: str = NUMBER, **changes: Any) -> Payment:
    """Return a payment by hand of KES 300 that M-Pesa confirmed."""
    fields: dict[str, Any] = {
        "receipt": "H1",
        "phone": PHONE,
        "amount": 300,
        "checkout_request_id": None,
        "account_reference": typed,
        "confirmations_delivered": 1,
    }
    return Payment(**{**fields, **changes})


def booking(**changes: Any) -> Booking:
    """Return what is booked for that payment where its own customer's number was typed."""
    fields: dict[str, Any] = {
        "receipt": "H1",
        "phone": PHONE,
        "is_own_deposit": True,
        "credited": Decimal(300),
        "credits": 1,
    }
    return Booking(**{**fields, **changes})


def held_booking(**changes: Any) -> Booking:
    """Return what is booked for that payment where no customer has its account number."""
    fields: dict[str, Any] = {
        "phone": None,
        "is_own_deposit": False,
        "credited": Decimal(0),
        "credits": 0,
        "held": Decimal(300),
        "cases": 1,
        "reason": "unknown_account",
    }
    return booking(**{**fields, **changes})


@dataclass
class Sides:
    """Both sides; wallets, suspense, clearing and book follow from the rows unless given.

    `told` are prompts' payments by receipt whose confirmation arrived; `has_statement`: M-Pesa's
    statement was imported.
    """

    deposits: Sequence[Deposit] = ()
    prompts: Sequence[Prompt] = ()
    is_outage: bool = False
    by_hand: Sequence[Payment] = ()
    bookings: Sequence[Booking] = ()
    told: Sequence[str] = ()
    cases: Sequence[Case] = ()
    has_statement: bool = False
    extra: dict[str, Any] = field(default_factory=dict)

    def compare(self) -> Comparison:
        """Compare them."""
        wallets = self.extra.get("wallets")
        if wallets is None:
            credits = [deposit.credited for deposit in self.deposits]
            credits += [item.credited for item in self.bookings if item.is_own_deposit]
            wallets = {PHONE: sum(credits, Decimal(0))}
        held_apart = sum((item.held for item in self.bookings), Decimal(0))
        suspense = self.extra.get(
            "suspense", sum((item.held for item in self.deposits), held_apart)
        )
        booked = sum(wallets.values(), Decimal(0)) + suspense
        ledger = Ledger(
            deposits=list(self.deposits),
            wallets=wallets,
            suspense=suspense,
            clearing=self.extra.get("clearing", booked),
            bookings={item.receipt: item for item in self.bookings},
            account_numbers={NUMBER: PHONE},
            phones={PHONE},
            held_apart=held_apart,
            strays=self.extra.get("strays", []),
            cases=list(self.cases),
        )
        payments = [
            Payment(
                receipt=item.receipt,
                phone=item.phone,
                amount=item.amount,
                checkout_request_id=item.checkout_request_id,
                account_reference=item.account_reference,
                confirmations_delivered=item.receipt in self.told,
            )
            for item in self.prompts
            if item.receipt
        ]
        payments += self.by_hand
        book = Book(
            is_balanced=self.extra.get("is_balanced", True),
            payments=self.extra.get("payments", payments),
        )
        return compare(
            ledger,
            list(self.prompts),
            book,
            lambda _url, _moment: self.is_outage,
            has_statement=self.has_statement,
        )


def kinds(found: Comparison) -> list[str]:
    """Return the kinds of differences, in order."""
    return [difference.kind.value for difference in found.differences]
