"""One run of the bench: set up, all stages of the plan, audit."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.bench import Bench
from bench.book import Book
from bench.plan import Plan
from bench.stages import (
    callbacks,
    isolation,
    pushes,
    reading,
    round_trips,
    sizes,
    sweep,
    whole_deposit,
)
from bench.system import System

_MAX_AUDITED = 2_000_000
STAGES: dict[str, Callable[[Bench], None]] = {
    "round trips": round_trips.measure,
    "callbacks": callbacks.measure,
    "reading": reading.measure,
    "pushes": pushes.measure,
    "isolation": isolation.measure,
    "whole deposits": whole_deposit.measure,
    "the sweep": sweep.measure,
    "large tables": sizes.measure,
}


def run(plan: Plan, folder: Path) -> Book:
    """Run the plan and return its results; `folder` has to be empty, and receives all logs."""
    started = time.monotonic()

    def say(what: str) -> None:
        print(f"{time.monotonic() - started:5.0f} s  {what}", file=sys.stderr, flush=True)

    with System(plan, folder) as system:
        bench = Bench(system)
        say("starting everything")
        bench.set_up()
        say("filling the yardsticks")
        bench.set_up_yardsticks()
        for name in plan.stages:
            if name == "large tables":
                _audit(bench, say)
            say(f"measuring {name}")
            STAGES[name](bench)
        _audit(bench, say)
        say("done")
        bench.fixtures.close()
        return bench.book


def _audit(bench: Bench, say: Callable[[str], None]) -> None:
    """Run `check_ledger`, unless the tables are so large that it would take longer than the run.

    The bench has compared wallets, entries and deposits after every load (bench/money.py).
    """
    if bench.grown > _MAX_AUDITED:
        bench.book.notes.append(f"check_ledger: ran before {bench.grown:,} rows were filled in")
        return
    say("auditing the ledger")
    bench.money.audit()
