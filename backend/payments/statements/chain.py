"""Follows the balance from row to row, whichever way round the statement is.

Rows of one second stand in no certain order, so each second is looked at as a whole: every row
leads from the balance before it to the one after it, and there must be one way through all of
them. A sweep may be shown on both accounts, the second with the other account's balance.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from payments.statements.records import RowKind, StatementRow, StatementUnreadable

#: Rows of one second (or day, where no times are named), which are held at once.
MAX_GROUP = 100_000
_NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class _Step:
    """A row's way from the balance before it to the one after it."""

    line: int
    receipt: str
    amount: Decimal
    #: None where the row names no balance.
    after: Decimal | None
    is_sweep: bool


class Chain:
    """Takes the completed rows in the file's order; `finish` ends it.

    Raises (all methods):
        StatementUnreadable: a balance does not follow, or the rows are not in order of time.
    """

    def __init__(self, *, opening: Decimal | None, closing: Decimal | None) -> None:
        """Both as the head names them; used only where the rows can be read in two ways."""
        self.total_in = self.total_out = _NOTHING
        self.is_complete = True
        self._said = opening, closing
        self._group: list[_Step] = []
        self._at: datetime | None = None
        self._is_newest_first: bool | None = None
        #: The balances that the next group may have at its near end; empty for any.
        self._known: list[Decimal] = []
        #: What the balance may be before the first row of the file, or after it; and at the end.
        self._ends: tuple[list[Decimal], list[Decimal]] = ([], [])

    def add(self, row: StatementRow) -> None:
        """Take the next completed row."""
        if self._at is not None and row.completed_at != self._at:
            self._turn(row)
            self._close_group()
        self._at = row.completed_at
        amount = (row.paid_in or _NOTHING) - (row.withdrawn or _NOTHING)
        step = _Step(row.line, row.receipt, amount, row.balance, row.kind is RowKind.SWEEP)
        if len(self._group) >= MAX_GROUP:
            why = f"more than {MAX_GROUP:,} rows of one second"
            raise StatementUnreadable(why, row.line)
        self._group.append(step)

    def finish(self) -> None:
        """Look at the last rows."""
        if self._group:
            self._close_group()

    @property
    def opening(self) -> Decimal | None:
        """The balance before the earliest row; None without rows or with a row without balance."""
        return self._choose(self._ends[1 if self._is_newest_first is not False else 0], 0)

    @property
    def closing(self) -> Decimal | None:
        """The balance after the latest row; None as before."""
        return self._choose(self._ends[0 if self._is_newest_first is not False else 1], 1)

    def _choose(self, balances: list[Decimal], end: int) -> Decimal | None:
        if not balances or not self.is_complete:
            return None
        said = self._said[end]
        return said if said is not None and said in balances else balances[0]

    def _turn(self, row: StatementRow) -> None:
        """Learn from the first two times which row comes first; after that, hold to it."""
        is_earlier = self._at is not None and row.completed_at < self._at
        if self._is_newest_first is None:
            self._is_newest_first = is_earlier
        elif self._is_newest_first is not is_earlier:
            raise StatementUnreadable("the rows are not in order of time", row.line)

    def _close_group(self) -> None:
        group, self._group = self._group, []
        steps, ways = self._find_ways(group)
        self.total_in += sum((s.amount for s in steps if s.amount > 0), _NOTHING)
        self.total_out -= sum((s.amount for s in steps if s.amount < 0), _NOTHING)
        near = 1 if self._is_newest_first is not False else 0
        far = [way[1 - near] for way in ways]
        # While all that has come leads back to where it began, its beginning is not certain.
        first = self._ends[0]
        if len(first) != 1:
            first = [way[near] for way in ways]
        self._known, self._ends = far, (first, far)

    def _find_ways(self, group: list[_Step]) -> tuple[list[_Step], list[tuple[Decimal, Decimal]]]:
        """Return the steps on this account, and the first and last balances they may have."""
        if any(step.after is None for step in group):
            self.is_complete = False
            return next(_without_other_account(group)), []
        near = 1 if self._is_newest_first is not False else 0
        for steps in _without_other_account(group):
            for ways in (find_ways(steps), find_ways(_with_shared_balances(steps))):
                fitting = [way for way in ways if not self._known or way[near] in self._known]
                if fitting:
                    return steps, fitting
        raise StatementUnreadable(self._explain(group), group[0].line)

    def _explain(self, group: list[_Step]) -> str:
        if len(group) > 1 or len(self._known) != 1:
            return "the balances of the rows of this time do not follow from each other"
        after, known = group[0].after, self._known[0]
        if self._is_newest_first:
            return (
                f"the balance {after:,} does not lead to {known:,}, which the next row began with"
            )
        return f"the balance {after:,} does not follow from {known:,} and the amount"


def _without_other_account(group: list[_Step]) -> Iterator[list[_Step]]:
    """Yield the rows without the other account's side of sweeps; the likelier side first."""
    sides: dict[str, list[_Step]] = defaultdict(list)
    for step in group:
        if step.is_sweep:
            sides[step.receipt].append(step)
    pairs = [
        pair for pair in sides.values() if len(pair) == 2 and pair[0].amount == -pair[1].amount
    ]
    for sign in (1, -1) if pairs else ():
        other = {step.line for pair in pairs for step in pair if step.amount * sign > 0}
        yield [step for step in group if step.line not in other]
    yield group


def _with_shared_balances(steps: list[_Step]) -> list[_Step]:
    """Return a payment and its charge as one step, where both rows show the balance after both."""
    together: dict[tuple[str, Decimal | None], list[_Step]] = defaultdict(list)
    for step in steps:
        together[step.receipt, step.after].append(step)
    joined: list[_Step] = []
    for (receipt, after), twins in together.items():
        if sum(twin.amount > 0 for twin in twins) == 1:
            amount = sum((twin.amount for twin in twins), _NOTHING)
            joined.append(_Step(twins[0].line, receipt, amount, after, is_sweep=False))
        else:
            joined += twins
    return joined


def find_ways(steps: list[_Step]) -> list[tuple[Decimal, Decimal]]:
    """Return the balances at the ends of the ways that take every step once.

    There is a way where each balance is left as often as it is reached, but for the way's two
    ends, and each can be reached (Euler). A way that leads back may begin at any of its balances.
    """
    if len(steps) == 1 and steps[0].after is not None:
        return [(steps[0].after - steps[0].amount, steps[0].after)]
    onward: dict[Decimal, list[Decimal]] = defaultdict(list)
    surplus: Counter[Decimal] = Counter()
    for step in steps:
        after = step.after or _NOTHING
        onward[after - step.amount].append(after)
        surplus[after - step.amount] += 1
        surplus[after] -= 1
    if sum(map(abs, surplus.values())) > 2:
        return []
    ends = {count: balance for balance, count in surplus.items() if count}
    ways = [(ends[1], ends[-1])] if ends else [(balance, balance) for balance in onward]
    return ways if _reaches_all(onward, ways[0][0]) else []


def _reaches_all(onward: dict[Decimal, list[Decimal]], start: Decimal) -> bool:
    """Return whether every step can be reached; takes `onward` apart."""
    waiting = [start]
    while waiting:
        waiting += onward.pop(waiting.pop(), ())
    return not onward
