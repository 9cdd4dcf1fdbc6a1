"""The M-Pesa accounts of a business, and every movement on its utility account."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """Why money moved on the utility account."""

    PAYMENT = "payment"
    CHARGE = "charge"
    REVERSAL = "reversal"
    PAYOUT = "payout"
    SWEEP = "sweep"
    FUNDING = "funding"


@dataclass(frozen=True)
class Movement:
    """One movement on the utility account, and the balance after it."""

    receipt: str
    kind: Kind
    at: datetime
    # Whole KES; negative when it leaves the account.
    amount: int
    balance: int
    reason_type: str = ""
    details: str = ""
    other_party: str = ""
    account_reference: str = ""
    linked_receipt: str = ""
    status: str = "Completed"


@dataclass
class Accounts:
    """The accounts of one business, in whole KES; only `move` changes the utility account.

    Money of customers lands in the utility account, and payouts leave it.
    """

    opening: int
    utility: int
    working: int = 0
    charges_paid: int = 0
    settlement: int = 0
    movements: list[Movement] = field(default_factory=list)
    # Payments that the business rejected: no money moved, some statements list them all the same.
    declined: list[Movement] = field(default_factory=list)

    def move(
        self,
        receipt: str,
        kind: Kind,
        at: datetime,
        amount: int,
        *,
        reason_type: str,
        details: str,
        other_party: str = "",
        account_reference: str = "",
        linked_receipt: str = "",
    ) -> Movement:
        """Move the amount into the utility account, or out of it if negative.

        Raises:
            ValueError: the account does not hold so much; charges may overdraw it.
        """
        if kind is not Kind.CHARGE and amount < 0 and self.utility + amount < 0:
            message = f"the utility account holds {self.utility} KES only"
            raise ValueError(message)
        self.utility += amount
        movement = Movement(
            receipt,
            kind,
            at,
            amount,
            self.utility,
            reason_type,
            details,
            other_party,
            account_reference,
            linked_receipt,
        )
        self.movements.append(movement)
        return movement

    @property
    def is_balanced(self) -> bool:
        """Whether the movements lead from the opening balance to the present one."""
        return self.opening + sum(m.amount for m in self.movements) == self.utility
