"""T11: callbacks and status reads while Daraja leaves hundreds of pushes without an answer."""

import time

from bench.bench import Bench

_HUNG = 256
_HANGS_S = 30
_LOAD = 4
#: Shorter than the product's timeout of a push, so that no push ends during this wait.
_GATHER_S = 12.0
_STILL_FOR_S = 1.5


def measure(bench: Bench) -> None:
    """Store how much slower callbacks and status reads are while pushes hang than without them."""
    bench.loads.daraja("delay/0")
    quiet = bench.callbacks("product", _LOAD), bench.reads("product", _LOAD)
    bench.loads.daraja(f"delay/{_HANGS_S}")
    job = {**bench.build_push_load("product", _HUNG, 0.5), "port": bench.system.ports["product"]}
    pushing = bench.loads.begin(job)
    try:
        hung = _gather(bench)
        busy = bench.callbacks("product", _LOAD), bench.reads("product", _LOAD)
    finally:
        # A new delay makes the fake Daraja answer the pushes that hang.
        bench.loads.daraja("delay/0")
        bench.loads.finish(pushing, job)
    book = bench.book
    names = ("callback", "status")
    for name, before, during in zip(names, quiet, busy, strict=True):
        book.turns[f"{name} product c={_LOAD} quiet"].append(before)
        book.turns[f"{name} product c={_LOAD} beside {_HUNG} hung pushes"].append(during)
        if before.p99_ms:
            book.note_figure(f"isolated_{name}_p99", during.p99_ms / before.p99_ms)
    book.note_figure("isolated_in_flight", hung)
    book.note_figure("isolated_errors", sum(turn.errors + turn.refused for turn in busy))
    bench.money.check("isolation")


def _gather(bench: Bench) -> int:
    """Wait until the number of hung pushes no longer grows; return that number."""
    deadline = time.monotonic() + _GATHER_S
    hung, since = 0, time.monotonic()
    while time.monotonic() < deadline and (not hung or time.monotonic() - since < _STILL_FOR_S):
        time.sleep(0.2)
        now = int(bench.loads.daraja()["in_flight"])
        if now != hung:
            hung, since = now, time.monotonic()
    return hung
