"""T8: how fast deposits without an answer for a day are escalated in SQL, while callbacks go on.

No answer is never a failure: escalating ends the status queries and hands the deposit to an
operator.
"""

import threading
import time

from bench.bench import Bench

#: The worker's statement; one call escalates at most 500 deposits, and skips locked ones.
_SWEEP = "SELECT deposit_escalate(86400, now())"
_AGE = "2 days"
_SWEEPERS = 2
_CALLBACK_LOAD = 4


def measure(bench: Bench) -> None:
    """Escalate the overdue deposits over two connections; store rows/s and the callbacks' p99."""
    count = bench.plan.overdue
    if not count:
        return
    quiet = bench.callbacks("product", _CALLBACK_LOAD)
    bench.fixtures.add_waiting(count, age=_AGE)
    bench.fixtures.vacuum()
    sweepers = [_Sweeper(bench) for _ in range(_SWEEPERS)]
    began = time.perf_counter()
    for sweeper in sweepers:
        sweeper.start()
    busy = bench.callbacks("product", _CALLBACK_LOAD)
    for sweeper in sweepers:
        sweeper.join()
    closed = sum(sweeper.closed for sweeper in sweepers)
    ended = max(sweeper.ended_at for sweeper in sweepers)
    book = bench.book
    book.turns["callback product c=4"].append(quiet)
    book.turns["callback product c=4 during the sweep"].append(busy)
    if closed < count:
        book.notes.append(f"the sweep left {count - closed} of {count} overdue deposits")
    book.note_figure("sweep_rows_s", closed / (ended - began))
    if quiet.p99_ms:
        book.note_figure("sweep_callback_p99", busy.p99_ms / quiet.p99_ms)
    bench.money.check("the sweep")


class _Sweeper(threading.Thread):
    def __init__(self, bench: Bench) -> None:
        super().__init__(daemon=True)
        self._bench = bench
        self.closed = 0
        self.ended_at = 0.0

    def run(self) -> None:
        with self._bench.system.connect() as connection:
            while True:
                row = connection.execute(_SWEEP).fetchone()
                if row is None or not row[0]:
                    break
                self.closed += int(row[0])
        self.ended_at = time.perf_counter()
