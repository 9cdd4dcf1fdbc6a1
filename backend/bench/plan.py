"""How much is measured: three forms of the same run."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Plan:
    """`turns`: how often each side takes its turn; `seconds`: how long a turn is.

    `sizes`: deposits that lie in the tables, in ascending order. `history`: those of one customer.
    """

    name: str
    #: Beside the product; `first` comes first.
    yardsticks: tuple[str, ...]
    stages: tuple[str, ...]
    turns: int
    seconds: float
    callback_loads: tuple[int, ...]
    read_loads: tuple[int, ...]
    push_loads: tuple[int, ...]
    #: Of these, besides 16, with a Daraja that answers at once.
    fast_push_loads: tuple[int, ...]
    push_delays_s: tuple[int, ...]
    in_flight: int
    pgbench_calls: int
    sizes: tuple[int, ...]
    history: int
    overdue: int
    scenarios: int
    shared_buffers: str
    #: Deposits to be settled, and customers: what is used up by the loads.
    callbacks: int
    customers: int


_ALL = (
    "round trips", "callbacks", "reading", "pushes", "isolation", "whole deposits", "the sweep",
    "large tables",
)  # fmt: skip
QUICK = Plan(
    name="quick",
    yardsticks=("first", "textbook", "empty"),
    stages=_ALL,
    turns=2,
    seconds=1.0,
    callback_loads=(1, 16, 64),
    read_loads=(16,),
    push_loads=(64, 256),
    fast_push_loads=(),
    pgbench_calls=250,
    push_delays_s=(0, 1, 8),
    in_flight=1000,
    sizes=(1_000, 50_000),
    history=5_000,
    overdue=10_000,
    scenarios=30,
    shared_buffers="512MB",
    callbacks=48_000,
    customers=12_000,
)
LONG = Plan(
    name="long",
    yardsticks=("first", "textbook", "empty"),
    stages=_ALL,
    turns=4,
    seconds=6,
    callback_loads=(1, 16, 64),
    read_loads=(1, 16),
    push_loads=(1, 16, 64, 256, 512, 1000),
    fast_push_loads=(1, 64, 256, 512, 1000),
    pgbench_calls=2000,
    push_delays_s=(0, 1, 8),
    in_flight=1000,
    sizes=(1_000, 1_000_000, 10_000_000),
    history=100_000,
    overdue=100_000,
    scenarios=60,
    shared_buffers="1GB",
    callbacks=600_000,
    customers=120_000,
)
GATE = Plan(
    name="gate",
    yardsticks=("first", "empty"),
    stages=("round trips", "callbacks", "reading", "pushes"),
    turns=1,
    seconds=1.5,
    callback_loads=(64,),
    read_loads=(16,),
    push_loads=(256,),
    fast_push_loads=(),
    pgbench_calls=100,
    push_delays_s=(0, 1),
    in_flight=256,
    sizes=(1_000,),
    history=1_000,
    overdue=0,
    scenarios=0,
    shared_buffers="256MB",
    callbacks=24_000,
    customers=6_000,
)
