"""Callbacks, compared with the first version, an empty view, and PostgreSQL alone."""

from bench.bench import Bench
from bench.pgbench import BATCH, Pace

_MANY = 64
_CLIENTS = 8
_PACES = ("simple", "prepared", "minimal", "hot", "batch")


def measure(bench: Bench) -> None:
    """Run the loads, and store the figures of T1, T2, T3, T12 and the callback's of T13."""
    for side in ("product", *bench.plan.yardsticks):
        bench.callbacks(side, 8)
    paces: dict[str, list[Pace]] = {
        "simple": [],
        "prepared": [],
        "minimal": [],
        "hot": [],
        "batch": [],
    }
    for _ in range(bench.plan.turns):
        for connections in bench.plan.callback_loads:
            for side in ("product", "first"):
                _turn(bench, side, connections)
        for side in bench.plan.yardsticks[1:]:
            _turn(bench, side, bench.plan.callback_loads[-1])
        bench.book.turns[f"callback product c={_MANY} hot"].append(
            bench.callbacks("product", _MANY, bench.hot)
        )
        _let_postgres_show(bench, paces)
    bench.money.check("callbacks")
    _keep(bench, paces)


def _turn(bench: Bench, side: str, connections: int) -> None:
    name = f"callback {side} c={connections}"
    bench.book.turns[name].append(bench.callbacks(side, connections))


def _let_postgres_show(bench: Bench, paces: dict[str, list[Pace]]) -> None:
    pgbench, calls = bench.pgbench, bench.plan.pgbench_calls
    for how in ("simple", "prepared"):
        pace = pgbench.ours(
            bench.waiting, clients=_CLIENTS, calls=calls, is_prepared=how == "prepared"
        )
        bench.money.add(_CLIENTS * calls)
        paces[how].append(pace)
    paces["minimal"].append(pgbench.minimal(bench.minimal, clients=_CLIENTS, calls=calls * 2))
    paces["hot"].append(pgbench.minimal(bench.minimal_hot, clients=_CLIENTS, calls=calls))
    batch = pgbench.batches(bench.waiting, clients=_CLIENTS, calls=max(calls // BATCH, 1))
    if batch is not None:
        bench.money.add(_CLIENTS * max(calls // BATCH, 1) * BATCH)
        paces["batch"].append(batch)


def _keep(bench: Bench, paces: dict[str, list[Pace]]) -> None:
    book = bench.book
    most = bench.plan.callback_loads[-1]
    many = [turn.rate for turn in book.turns[f"callback product c={most}"]]
    hot = [turn.rate for turn in book.turns[f"callback product c={_MANY} hot"]]
    rates = {name: [pace.rate for pace in found] for name, found in paces.items()}
    for name, values in rates.items():
        book.note_figure(f"pgbench_{name}", *values)
        book.note_figure(f"pgbench_{name}_cpu_ms", *(pace.cpu_ms for pace in paces[name]))

    def ratio(figure: str, above: list[float], below: list[float]) -> None:
        book.note_figure(figure, *(a / b for a, b in zip(above, below, strict=True)))

    ratio("callback_of_own_function", many, rates["simple"])
    ratio("hot_wallet_of_many", hot, many)
    ratio("hot_wallet_of_minimal", hot, rates["hot"])
    ratio("settle_of_minimal", rates["prepared"], rates["minimal"])
    if rates["batch"]:
        ratio("batch_of_minimal", rates["batch"], rates["minimal"])
    else:
        book.notes.append("T12: there is no function for batches to be measured")
    ratio(
        "settle_cpu_of_minimal",
        [pace.cpu_ms for pace in paces["minimal"]],
        [pace.cpu_ms for pace in paces["prepared"]],
    )
    first, ours = f"callback first c={most}", f"callback product c={most}"
    book.ratio("callback_of_first", ours, first, lambda turn: turn.rate)
    book.ratio("callback_cpu_of_first", ours, first, lambda turn: turn.api_cpu_ms)
    book.ratio("callback_of_empty", ours, f"callback empty c={most}", lambda turn: turn.api_cpu_ms)
    book.ratio(
        "callback_latency_of_first", "callback product c=1", "callback first c=1",
        lambda turn: turn.p50_ms,
    )  # fmt: skip
    book.note_figure(
        "callback_p99_ms", *(turn.p99_ms for turn in book.turns.get("callback product c=16", []))
    )
