"""What a comparison finds: differences, and the counts beside them."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from chaos.ledger import Deposit


class Kind(StrEnum):
    """What is wrong in a difference."""

    LOST = "lost"  # paid, and neither credited nor held in suspense
    DOUBLED = "doubled"  # credited or charged more than once, or credited without a payment
    WRONG_STATUS = "wrong status"
    WRONG_SUM = "wrong sum"  # an amount or a total differs
    UNREST = "no rest"  # work was still under way at the time limit, or an answer was unexpected


@dataclass(frozen=True)
class Difference:
    """One place where our rows do not agree with the simulator's records."""

    kind: Kind
    text: str
    deposit_id: int | None = None
    receipt: str | None = None


@dataclass
class Comparison:
    """The result of a comparison.

    `has_statement`: M-Pesa's statement was imported before, so that nothing may need it any more.
    `needs_statement` counts, by cause, the payments that only M-Pesa's statement can tell us of.
    `needs_operator` counts, by the reason, what an operator has to decide even so.
    `nameless` counts payments of prompts in suspense whose confirmation did not name their deposit.
    `held` counts deposits with money in suspense, `by_hand` what became of payments by hand;
    `uncredited` is what each phone paid without a credit to its wallet.
    """

    has_statement: bool = False
    differences: list[Difference] = field(default_factory=list)
    needs_statement: Counter[str] = field(default_factory=Counter)
    needs_operator: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    by_hand: Counter[str] = field(default_factory=Counter)
    nameless: Counter[str] = field(default_factory=Counter)
    held: int = 0
    uncredited: defaultdict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def add(self, kind: Kind, deposit: Deposit, text: str) -> None:
        """Record a difference about one deposit."""
        about = f"deposit {deposit.id} of {deposit.phone}, KES {deposit.amount}, {deposit.status}"
        self.differences.append(Difference(kind, f"{about}: {text}", deposit.id))

    def explain_unbooked(self, cause: str | None) -> str | None:
        """Count a payment that is nowhere in our books by its cause; return what is wrong with it.

        None: nothing could have told us of it. `cause` None: something should have.
        """
        if cause is None:
            return "was paid, and is neither credited nor in suspense"
        self.needs_statement[cause] += 1
        if self.has_statement:
            return f"needs the statement, which was imported ({cause})"
        return None

    def count(self, kind: Kind) -> int:
        return sum(1 for difference in self.differences if difference.kind is kind)
