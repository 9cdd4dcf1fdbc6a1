"""The plan of one run: its seed, its size, and everything that is drawn from the seed. Pure.

The seed decides the amounts, the simulator's faults and the order of the sabotage. It cannot decide
which request is under way when a process is killed: that depends on the machine's timing.
"""

import random
from dataclasses import dataclass
from enum import StrEnum

#: The probability of each fault of the simulator; docs/simulator.md explains the names.
FAULTS: dict[str, float] = {
    "oauth.system_busy": 0.05,
    "oauth.dead_token": 0.05,
    "oauth.garbage": 0.05,
    "oauth.delay": 0.05,
    "push.invalid_token": 0.01,
    "push.lock_subscriber": 0.01,
    "push.being_processed": 0.01,
    "push.system_busy": 0.01,
    "push.apigee_429": 0.01,
    "push.waf_503": 0.01,
    "push.internal_error": 0.01,
    "push.reset": 0.01,
    "push.slow_drip": 0.01,
    "push.delay": 0.02,
    "push.drop_answer": 0.02,
    "push.reset_after": 0.01,
    "push.hang": 0.01,
    "push.truncated": 0.01,
    "push.garbage": 0.01,
    "push.html_200": 0.01,
    "push.bad_gateway": 0.01,
    "push.gateway_timeout": 0.01,
    "push.internal_error_after": 0.01,
    "query.invalid_token": 0.02,
    "query.unknown_id": 0.02,
    "query.pending_500": 0.03,
    "query.pending_4999": 0.03,
    "query.spike_arrest": 0.02,
    "query.reset": 0.02,
    "query.deny": 0.02,
    "query.numeric_code": 0.05,
    "query.drop_answer": 0.02,
    "query.hang": 0.01,
    "query.truncated": 0.02,
    "query.html_200": 0.02,
    "callback.early": 0.04,
    "callback.lose": 0.06,
    "callback.duplicate": 0.08,
    "callback.late": 0.05,
    "callback.reorder": 0.05,
    "callback.failure_first": 0.02,
    "callback.failure_after": 0.03,
    "callback.wrong_amount": 0.02,
    "shape.string_code": 0.1,
    "shape.float_amount": 0.1,
    "shape.valueless_balance": 0.1,
    "shape.masked_phone": 0.1,
    "shape.no_phone": 0.05,
    "shape.extra_items": 0.1,
    "shape.shuffled": 0.1,
    "c2b.lose": 0.04,
    "c2b.duplicate": 0.1,
    "c2b.late": 0.1,
    "c2b_shape.hashed_phone": 0.1,
    "c2b_shape.masked_hash": 0.05,
    "c2b_shape.empty_phone": 0.1,
    "c2b_shape.clear_phone": 0.05,
    "c2b_shape.missing_keys": 0.1,
    "c2b_shape.no_names": 0.1,
    "c2b_shape.full_names": 0.1,
    "c2b_shape.number_amount": 0.1,
    "c2b_shape.short_amount": 0.1,
    "c2b_shape.padded_reference": 0.1,
    "c2b_shape.blank_type": 0.05,
    "c2b_shape.unknown_type": 0.05,
    "c2b_shape.invoice": 0.05,
    "c2b_shape.no_balance": 0.1,
    # Only the shapes of M-Pesa's list, no lost answers: a pull asks for so many pages that nearly
    # every pull would lose one, and fail.
    "pull_shape.flat": 0.3,
    "pull_shape.empty_list": 0.3,
    "pull_shape.plain_date": 0.2,
    "pull_shape.number_amount": 0.2,
    "pull_shape.text_phone": 0.2,
    "pull_shape.masked_phone": 0.2,
    "pull_shape.short_phone": 0.1,
    "pull_shape.named_sender": 0.2,
    # Often, since M-Pesa takes a payment to a wrong account number only when it cannot ask us.
    "validation.unreachable": 0.35,
    "validation.duplicate": 0.1,
    "customer.cancels": 0.05,
    "customer.wrong_pin": 0.02,
    "customer.ignores": 0.01,
    "customer.unreachable": 0.02,
    "customer.broke": 0.02,
    "deposit.lose_everything": 0.01,
    "deposit.forge": 0.05,
}
#: How long the slow faults take. Delayed answers stay within MPESA_TIMEOUT_SECONDS; only a hang
#: exceeds it.
FAULT_PARAMETERS: dict[str, float] = {
    "answer_delay_ms": 1200,
    "late_seconds": 3,
    "reorder_seconds": 1,
    "duplicate_gap_ms": 150,
    "hang_seconds": 6,
    "drip_ms": 10,
}
#: Amounts that choose an outcome in the simulator's automatic mode; the run never draws them.
_MAGIC = {1001, 1019, 1025, 1032, 1037, 1111, 2001, 4999, 8006, 9999}
_MAX_AMOUNT = 3000


#: How often, of the wishes without a payment by hand, M-Pesa confirms the prompt's payment without
#: our account reference, as it does for tills, and loses its callback. Only the run arms these: a
#: validation of such a shape would refuse a right account number.
_NAMELESS = 0.02
NAMELESS_SHAPES = ("c2b_shape.null_reference", "c2b_shape.own_reference")


class Means(StrEnum):
    """What a customer types as account number in a payment by hand, and why."""

    NUMBER = "own account number"
    SPACED = "own account number with spaces or dashes"
    SLIP = "account number with a wrong digit"
    PHONE = "phone number in place of the account number"
    REFERENCE = "reference of an own deposit"
    BOTH_WAYS = "own account number, and the same amount by prompt"


#: Ways to pay by hand in which the amount is that of the wish that goes with it.
SAME_AMOUNT = {Means.REFERENCE, Means.BOTH_WAYS}


class Sabotage(StrEnum):
    """The ways in which a run disturbs our own processes and database."""

    KILL_API = "kill -9 of an API process"
    KILL_WORKER = "kill -9 of a worker"
    KILL_DATABASE = "kill -9 of PostgreSQL"
    CRASH_CONNECTION = "kill -9 of one PostgreSQL connection (all are reset)"
    PAUSE_API = "an API process stands still"
    PAUSE_WORKER = "a worker stands still"
    SHIFT_API = "an API process comes back with another clock"
    SHIFT_WORKER = "a worker comes back with another clock"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The size and the seed of one run.

    `minutes` limits the load; `rest_limit_s` limits the wait afterwards until nothing is pending.
    `has_statement`: at the end M-Pesa's list is pulled and its statement imported.
    """

    seed: int = 1
    deposits: int = 1000
    by_hand: int = 20  # payments by hand for a hundred deposits; 0: payments by hand are off
    minutes: float = 10
    api_processes: int = 3
    workers: int = 2
    longest_shift_s: int = 60
    pause_between_acts_s: tuple[float, float] = (1.0, 4.0)
    rest_limit_s: float = 420
    has_statement: bool = True

    @property
    def customers(self) -> int:
        """How many customers deposit at once: enough to compete, few enough for two cores."""
        return max(1, min(60, self.deposits // 10))


@dataclass(frozen=True)
class DrawnAct:
    """One act of sabotage as drawn from the seed, before its process is chosen."""

    kind: Sabotage
    target: float  # which of the processes is struck, as a fraction of their number (0 to 1)
    length: float  # how long the act lasts, as a fraction of the longest (0 to 1)
    shift_s: int
    rest_before_s: float


def draw_amounts(plan: Plan) -> list[list[int]]:
    """Return each customer's amounts.

    One customer's amounts all differ, so that a second payment for the same wish is noticed.
    """
    drawn = random.Random(f"{plan.seed}:amounts")  # noqa: S311  # must be repeatable
    choice = [amount for amount in range(10, _MAX_AMOUNT + 1) if amount not in _MAGIC]
    shares = [
        plan.deposits // plan.customers + (nth < plan.deposits % plan.customers)
        for nth in range(plan.customers)
    ]
    return [drawn.sample(choice, share) for share in shares]


@dataclass(frozen=True)
class ByHand:
    """One payment by hand as drawn from the seed. It goes with a wish, and is made beside it.

    `drawn` (0 to 1) chooses the spelling, the wrong digit, or the moment.
    """

    means: Means
    amount: int
    drawn: float

    @property
    def leaves_prompt_open(self) -> bool:
        """Whether the payer does not answer the prompt whose reference they type."""
        return self.means is Means.REFERENCE and int(self.drawn * 8) % 2 == 0


def draw_by_hand(plan: Plan, amounts: list[list[int]]) -> list[list[ByHand | None]]:
    """Return for each wish of `draw_amounts` the payment by hand that goes with it, if any.

    Every way to pay comes once before any comes again.
    """
    drawn = random.Random(f"{plan.seed}:by hand")  # noqa: S311
    places = [(nth, turn) for nth, mine in enumerate(amounts) for turn in range(len(mine))]
    chosen = drawn.sample(places, plan.deposits * plan.by_hand // 100)
    payments: list[list[ByHand | None]] = [[None] * len(mine) for mine in amounts]
    left: list[Means] = []
    for nth, turn in chosen:
        if not left:
            left = drawn.sample(list(Means), len(Means))
        means = left.pop()
        amount = drawn.randint(10, _MAX_AMOUNT)
        if means in SAME_AMOUNT:
            amount = amounts[nth][turn]
        payments[nth][turn] = ByHand(means, amount, drawn.random())
    return payments


def draw_nameless(plan: Plan, by_hand: list[list[ByHand | None]]) -> list[list[str | None]]:
    """Return for each wish the shape in which its payment is confirmed without our reference.

    None for most wishes. None for all where no statement is imported at the end: only a statement
    tells which deposit such a payment belongs to.
    """
    drawn = random.Random(f"{plan.seed}:nameless")  # noqa: S311
    chance = _NAMELESS if plan.has_statement and plan.by_hand else 0
    return [
        [
            shape if drawn.random() < chance and payment is None else None
            for payment, shape in ((item, drawn.choice(NAMELESS_SHAPES)) for item in mine)
        ]
        for mine in by_hand
    ]


@dataclass(frozen=True)
class StatementFile:
    """One way to download the statement: the parameters of the simulator's control API."""

    layout: str  # A, B or D
    kind: str  # csv or xlsx
    encoding: str  # of a CSV
    listed: str  # completed, or all: with payments that our validation rejected


def draw_statements(plan: Plan) -> tuple[StatementFile, StatementFile]:
    """Return two ways to download the statement; they differ in layout and in kind of file."""
    drawn = random.Random(f"{plan.seed}:statement")  # noqa: S311
    layouts, kinds = drawn.sample("ABD", 2), drawn.sample(["csv", "xlsx"], 2)
    first, second = (
        StatementFile(
            layout,
            kind,
            drawn.choice(["utf-8", "utf-8-sig", "cp1252"]),
            drawn.choice(["completed", "all"]),
        )
        for layout, kind in zip(layouts, kinds, strict=True)
    )
    return first, second


class Deck:
    """Draws acts of sabotage in random order; every kind comes once before any comes again."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._random = random.Random(f"{plan.seed}:sabotage")  # noqa: S311
        self._left: list[Sabotage] = []

    def draw(self) -> DrawnAct:
        """Return the next act."""
        if not self._left:
            self._left = list(Sabotage)
            self._random.shuffle(self._left)
        longest = self._plan.longest_shift_s
        return DrawnAct(
            kind=self._left.pop(),
            target=self._random.random(),
            length=self._random.random(),
            shift_s=self._random.choice((-1, 1)) * self._random.randint(longest // 4, longest),
            rest_before_s=self._random.uniform(*self._plan.pause_between_acts_s),
        )
