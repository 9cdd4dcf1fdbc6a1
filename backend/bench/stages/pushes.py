"""Pushes, while Daraja answers at once, slowly, and very slowly."""

from bench.bench import Bench
from bench.book import Turn
from bench.loads import watch_connections

_VERY_SLOW_S = 8
_FAST_LOAD, _SLOW_LOAD, _ADDED_LOAD = 16, 256, 64
#: Connections of the load on the first version. It has five workers, so that more connections
#: would only wait longer.
_FIRST_LOAD = 10


def measure(bench: Bench) -> None:
    """Run the loads, and store the figures of T4, T5, T6, T15 and the push's of T13."""
    bench.loads.daraja("delay/0")
    for side in ("product", *bench.plan.yardsticks):
        bench.pushes(side, 8)
    if 0 in bench.plan.push_delays_s:
        _fast(bench)
    if 1 in bench.plan.push_delays_s:
        _slow(bench)
    if _VERY_SLOW_S in bench.plan.push_delays_s:
        _very_slow(bench)
    bench.loads.daraja("delay/0")
    bench.money.check("pushes")


def _fast(bench: Bench) -> None:
    for _ in range(bench.plan.turns):
        for side in ("product", *bench.plan.yardsticks):
            _turn(bench, side, _FAST_LOAD, 0)
        for connections in bench.plan.fast_push_loads:
            _turn(bench, "product", connections, 0)
    book = bench.book
    ours, first = _name("product", _FAST_LOAD, 0), _name("first", _FAST_LOAD, 0)
    book.ratio("push_fast_of_first", ours, first, lambda t: t.rate)
    book.ratio("push_cpu_of_first", ours, first, lambda t: t.api_cpu_ms)
    book.ratio("push_of_empty", ours, _name("empty", _FAST_LOAD, 0), lambda t: t.api_cpu_ms)


def _slow(bench: Bench) -> None:
    bench.loads.daraja("delay/1")
    seconds = max(bench.plan.seconds, 2.5)
    most = 0
    for _ in range(bench.plan.turns):
        for connections in bench.plan.push_loads:
            if connections >= _ADDED_LOAD:
                with watch_connections(bench.system) as seen:
                    _turn(bench, "product", connections, 1, seconds)
                most = max(most, seen.most)
        _turn(bench, "first", _FIRST_LOAD, 1, seconds)
    bench.book.note_figure("connections", most)
    book = bench.book
    added = book.turns.get(_name("product", _ADDED_LOAD, 1), [])
    book.note_figure("added_p50_ms", *(t.p50_ms - 1000 for t in added))
    book.note_figure("added_p99_ms", *(t.p99_ms - 1000 for t in added))
    many = book.turns.get(_name("product", _SLOW_LOAD, 1), [])
    book.note_figure("refused_256", *(t.refused for t in many))
    book.note_figure("added_256_p50_ms", *(t.p50_ms - 1000 for t in many))
    book.note_figure("added_256_p99_ms", *(t.p99_ms - 1000 for t in many))
    book.ratio(
        "push_slow_of_first", _name("product", _SLOW_LOAD, 1), _name("first", _FIRST_LOAD, 1),
        lambda t: t.rate,
    )  # fmt: skip


def _very_slow(bench: Bench) -> None:
    bench.loads.daraja(f"delay/{_VERY_SLOW_S}")
    with watch_connections(bench.system) as connections:
        turn = _turn(bench, "product", bench.plan.in_flight, _VERY_SLOW_S, 1.0)
    book = bench.book
    book.note_figure("in_flight", bench.loads.daraja()["most_in_flight"])
    before = book.figures.get("connections")
    book.note_figure("connections", max(connections.most, before.high if before else 0))
    book.note_figure("idle_in_transaction", connections.idle_in_transaction)
    book.note_figure("in_flight_errors", turn.errors)
    book.note_figure("memory_mib", turn.memory_mib)
    book.note_figure("refused_in_flight", turn.refused)


def _name(side: str, connections: int, delay_s: int) -> str:
    return f"push {side} c={connections} daraja={delay_s}s"


def _turn(
    bench: Bench, side: str, connections: int, delay_s: int, seconds: float | None = None
) -> Turn:
    # Customers come one by one, not all in the moment in which M-Pesa has answered the others.
    spread_s = delay_s if delay_s < _VERY_SLOW_S else 0
    turn = bench.pushes(side, connections, seconds, spread_s)
    bench.book.turns[_name(side, connections, delay_s)].append(turn)
    return turn
