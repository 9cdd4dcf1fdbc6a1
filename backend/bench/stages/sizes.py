"""T9: whether requests become slower with large tables, or with one customer's long history."""

import shutil
import time

from bench.bench import Bench
from bench.load import requests
from bench.stages.one_customer import Customer

_LOAD = 16
_CLIENTS = 8
#: Disk space of a paid deposit with its ledger entry, receipt, callback and indexes.
_BYTES_PER_DEPOSIT = 2600
_NAMES = {1_000_000: "large", 10_000_000: "huge"}
_PAIRS = 60


def measure(bench: Bench) -> None:
    """Measure at each size of the tables, then for the customer with a long history."""
    for nth, size in enumerate(bench.plan.sizes):
        if nth and not _grow(bench, size):
            break
        _measure_size(bench, size)
    _compare(bench)
    _measure_history(bench)
    bench.money.check("large tables")


def _grow(bench: Bench, size: int) -> bool:
    """Add deposits until the tables have this size; return False if the disk space is too small."""
    free = shutil.disk_usage(bench.system.folder).free
    wanted = size - bench.plan.sizes[0]
    if wanted * _BYTES_PER_DEPOSIT * 1.5 > free:
        bench.book.notes.append(f"{size:,} rows: skipped, {free / 2**30:.0f} GiB free are too few")
        return False
    began = time.monotonic()
    added = wanted - bench.grown
    bench.fixtures.add_paid(added, low=1, width=bench.plan.customers - 1, is_quick=True)
    bench.fixtures.vacuum()
    bench.grown += added
    bench.money.add(added)
    seconds = time.monotonic() - began
    bench.book.notes.append(f"{size:,} rows: filled in {seconds:.0f} s")
    return True


def _measure_size(bench: Bench, size: int) -> None:
    bench.loads.daraja("delay/0")
    turns = bench.book.turns
    bench.callbacks("product", _LOAD)
    for _ in range(bench.plan.turns):
        turns[f"size {size}: callback"].append(bench.callbacks("product", _LOAD))
        turns[f"size {size}: push"].append(bench.pushes("product", _LOAD))
        turns[f"size {size}: status"].append(bench.reads("product", _LOAD))
    calls = bench.plan.pgbench_calls
    paces = []
    for _ in range(bench.plan.turns):
        paces.append(
            bench.pgbench.ours(bench.waiting, clients=_CLIENTS, calls=calls, is_prepared=True)
        )
        bench.money.add(_CLIENTS * calls)
    bench.book.note_figure(f"settle_rate_{size}", *(pace.rate for pace in paces))
    bench.book.note_figure(f"settle_cpu_ms_{size}", *(pace.cpu_ms for pace in paces))


def _compare(bench: Bench) -> None:
    book, smallest = bench.book, bench.plan.sizes[0]
    for size in bench.plan.sizes[1:]:
        settled = book.figures.get(f"settle_rate_{size}")
        name = _NAMES.get(size, f"{size}")
        if settled is None:
            continue
        before = book.figures[f"settle_rate_{smallest}"].middle
        book.note_figure(f"settle_{name}", settled.middle / before)
        small = f"size {smallest}: push"
        book.note_figure(f"push_{name}", book.rate(f"size {size}: push") / book.rate(small))


def _measure_history(bench: Bench) -> None:
    """Compare a customer of many deposits with a new one, who deposit in turns."""
    number = bench.customers.take(2)
    # Not `is_quick`: the triggers fire, so that the counters they keep include these deposits.
    bench.fixtures.add_paid(bench.plan.history, low=number, width=1)
    bench.money.add(bench.plan.history)
    bench.fixtures.vacuum()
    ports = bench.system.ports["product"], bench.system.ports["daraja"]
    old, new = (Customer(*ports, requests.customer_token(number + nth)) for nth in (0, 1))
    old.deposit()
    new.deposit()
    for _ in range(_PAIRS):
        old.deposit()
        new.deposit()
    bench.money.add(2 * (_PAIRS + 1))
    for step in ("push", "callback", "status"):
        bench.book.note_figure(f"history_{step}", old.median_s(step) / new.median_s(step))
