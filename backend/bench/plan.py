"""How much a run measures: the plans quick, long and gate."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The size of one run.

    `turns` is how often each load runs on each side, `seconds` how long. `sizes` are numbers of
    deposits in the tables, ascending; `history` is the number of deposits of one customer.
    """

    name: str
    #: The sides besides the product; `first` has to be the first of them.
    yardsticks: tuple[str, ...]
    stages: tuple[str, ...]
    turns: int
    seconds: float
    callback_loads: tuple[int, ...]
    read_loads: tuple[int, ...]
    push_loads: tuple[int, ...]
    #: Connections of the loads of pushes with a Daraja that answers at once, besides 16.
    fast_push_loads: tuple[int, ...]
    push_delays_s: tuple[int, ...]
    in_flight: int
    pgbench_calls: int
    sizes: tuple[int, ...]
    history: int
    overdue: int
    scenarios: int
    shared_buffers: str
    #: How many PENDING deposits and customers are created, for the loads to use up.
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
    seconds=3,
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
