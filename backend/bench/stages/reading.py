"""Status reads, compared with the first version and an empty view."""

from bench.bench import Bench


def measure(bench: Bench) -> None:
    """Run the loads, and store the figures of T7 and the status read's of T13."""
    for side in ("product", *bench.plan.yardsticks):
        bench.reads(side, 8)
    for _ in range(bench.plan.turns):
        for connections in bench.plan.read_loads:
            for side in ("product", "first"):
                _turn(bench, side, connections)
        for side in bench.plan.yardsticks[1:]:
            _turn(bench, side, bench.plan.read_loads[-1])
    book = bench.book
    book.ratio("status_of_first", "status product c=16", "status first c=16", lambda t: t.rate)
    book.ratio(
        "status_cpu_of_first", "status product c=16", "status first c=16", lambda t: t.api_cpu_ms
    )
    book.ratio(
        "status_of_empty", "status product c=16", "status empty c=16", lambda t: t.api_cpu_ms
    )


def _turn(bench: Bench, side: str, connections: int) -> None:
    bench.book.turns[f"status {side} c={connections}"].append(bench.reads(side, connections))
