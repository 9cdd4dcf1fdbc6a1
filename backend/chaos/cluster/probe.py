"""Clients that ask one thing after the other, and keep when each was answered.

What they wait, longest, is the time without writes or without reads that a customer may meet.
"""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise

import psycopg

_PAUSE_S = 0.05
#: One row a write, numbered; apart from the product's tables.
SCHEMA = """
CREATE SCHEMA probe;
CREATE TABLE probe.written (writer integer, nth bigint, PRIMARY KEY (writer, nth));
"""
_WRITE = "INSERT INTO probe.written VALUES (%s, %s)"
_READ = "SELECT count(*) FROM probe.written WHERE writer = %s AND nth = %s"


def longest_gap(answered: Sequence[float], since: float, until: float) -> float:
    """Return the longest time without an answer that touches the time from `since` to `until`.

    The gap may begin with the last answer before `since` and end with the first one after `until`.
    Where there is no such answer, `since` or `until` itself counts. Pure.
    """
    before = max((moment for moment in answered if moment <= since), default=since)
    after = min((moment for moment in answered if moment >= until), default=until)
    inside = sorted(moment for moment in answered if since < moment < until)
    moments = [before, *inside, after]
    return max(late - early for early, late in pairwise(moments))


class Client(threading.Thread):
    """One client of the database, which connects again whenever something fails.

    `answered` has the moments of its answers by time.monotonic(), `acknowledged` the numbers that
    were written for certain, `errors` counts what it met by SQLSTATE or the kind of error.
    """

    def __init__(self, number: int, url: str, *, writes: bool) -> None:
        super().__init__(name=f"client {number}", daemon=True)
        self.number = number
        self.answered: list[float] = []
        self.acknowledged: list[int] = []
        self.errors: Counter[str] = Counter()
        self._url = url
        self._statement = _WRITE if writes else _READ
        self._stopped = threading.Event()
        self._nth = 0

    def stop(self) -> None:
        """End the thread; it finishes its present statement."""
        self._stopped.set()
        if self.is_alive():
            self.join()

    def run(self) -> None:
        while not self._stopped.is_set():
            try:
                # PgBouncer keeps no prepared statement from one transaction to the next.
                with psycopg.connect(
                    self._url, autocommit=True, connect_timeout=3, prepare_threshold=None
                ) as connection:
                    self._ask(connection)
            except psycopg.Error as error:
                self.errors[error.sqlstate or type(error).__name__] += 1
                self._stopped.wait(_PAUSE_S)

    def _ask(self, connection: "psycopg.Connection[tuple[object, ...]]") -> None:
        while not self._stopped.is_set():
            # A number whose answer was lost is not used again: it may be stored.
            self._nth += 1
            connection.execute(self._statement, (self.number, self._nth))
            self.answered.append(time.monotonic())
            self.acknowledged.append(self._nth)
            self._stopped.wait(_PAUSE_S)


class Probe:
    """Three writers through PgBouncer, and two readers of the replicas."""

    _WRITERS, _READERS = 3, 2

    def __init__(self, owner_url: str, writers_url: str, readers_url: str) -> None:
        self._url = owner_url
        self.writers = [Client(nth, writers_url, writes=True) for nth in range(self._WRITERS)]
        self.readers = [Client(nth, readers_url, writes=False) for nth in range(self._READERS)]

    def start(self) -> None:
        """Make the table, and begin.

        Raises:
            psycopg.Error: the database cannot be reached.
        """
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(SCHEMA)
        for client in [*self.writers, *self.readers]:
            client.start()

    def stop(self) -> None:
        """End all clients."""
        for client in [*self.writers, *self.readers]:
            client.stop()

    def without_writes(self, since: float, until: float) -> float:
        """Return the longest time in which one of the writers had no answer, in seconds."""
        return max(longest_gap(list(one.answered), since, until) for one in self.writers)

    def without_reads(self, since: float, until: float) -> float:
        """Return the longest time in which one of the readers had no answer, in seconds."""
        return max(longest_gap(list(one.answered), since, until) for one in self.readers)

    def has_written_since(self, moment: float) -> bool:
        """Say whether every writer has had an answer after this moment."""
        return all(one.answered and one.answered[-1] > moment for one in self.writers)

    def acknowledged(self) -> int:
        """Return how many rows were acknowledged."""
        return sum(len(one.acknowledged) for one in self.writers)

    def lost(self) -> list[str]:
        """Return each acknowledged row that is not there.

        Raises:
            psycopg.Error: the database cannot be reached.
        """
        with psycopg.connect(self._url, autocommit=True) as connection:
            stored = set(connection.execute("SELECT writer, nth FROM probe.written").fetchall())
        return [
            f"row {nth} of writer {one.number}"
            for one in self.writers
            for nth in one.acknowledged
            if (one.number, nth) not in stored
        ]


class Insistent(threading.Thread):
    """Writes straight to one member over a connection that was opened before; ends when it breaks.

    `acknowledged` has the numbers that the member said it had stored.
    """

    #: Apart from the numbers of the probe's writers.
    _FIRST_NUMBER = 100

    def __init__(self, nth: int, url: str) -> None:
        super().__init__(name=f"insistent {nth}", daemon=True)
        self.number = self._FIRST_NUMBER + nth
        self.acknowledged: list[int] = []
        self._connection = psycopg.connect(url, autocommit=True)
        self._first = time.time_ns()

    def run(self) -> None:
        nth = self._first
        with suppress(psycopg.Error), self._connection:
            while True:
                nth += 1
                self._connection.execute(_WRITE, (self.number, nth))
                self.acknowledged.append(nth)
