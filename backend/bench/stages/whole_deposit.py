"""T16: the CPU of one whole deposit as the page makes it, compared with the first version."""

import secrets
import threading
from typing import Any

from bench.bench import Bench
from bench.processes import cpu_seconds

_PIN_S = 12


def measure(bench: Bench) -> None:
    """Run the same deposits on both sides at the same time, and store the CPU of each side."""
    count = bench.plan.scenarios
    if not count:
        return
    bench.loads.daraja("delay/0")
    found: dict[str, tuple[float, int]] = {}
    firsts = {"product": bench.customers.take(count), "first": 1}

    def tell(side: str) -> None:
        found[side] = _measure_side(bench, side, firsts[side])

    threads = [threading.Thread(target=tell, args=(side,)) for side in firsts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    book = bench.book
    for side, (cpu_ms, requests) in found.items():
        book.note_figure(f"deposit_cpu_ms_{side}", cpu_ms)
        book.note_figure(f"deposit_requests_{side}", requests)
    if found["first"][0]:
        book.note_figure("deposit_cpu_of_first", found["product"][0] / found["first"][0])
    bench.money.check("whole deposits")


def _measure_side(bench: Bench, side: str, first: int) -> tuple[float, int]:
    """Return the server's CPU in ms and the number of requests, both for one deposit."""
    count = bench.plan.scenarios
    job: dict[str, Any] = {
        "kind": "scenario",
        "side": "twin" if side == "first" else "product",
        "port": bench.system.ports[side],
        "daraja_port": bench.system.ports["daraja"],
        "customers": count,
        "first": first,
        # The deposits begin at different times, so that no request waits in a queue.
        "spread_s": count / 6,
        "pin_s": _PIN_S,
        "seconds": count / 6 + 60,
        "run": secrets.token_hex(4),
    }
    pid = bench.system.pid(side)
    before = cpu_seconds(pid)
    told = bench.loads.generate(job)
    used = cpu_seconds(pid) - before
    if side == "product":
        bench.money.add(told["finished"])
    if told["finished"] != count:
        bench.book.notes.append(f"{side}: {count - told['finished']} deposits were not finished")
    return used * 1000 / count, round(told["requests"] / count)
