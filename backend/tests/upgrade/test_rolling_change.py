"""A release is rolled out under load: old code runs beside the new schema and the new functions.

No request fails, no payment is lost or doubled, and what the old code needed goes a release later.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.crash.processes import Program, free_port, wait_until
from tests.crash.world import product_environment
from tests.upgrade.databases import BACKEND, Database, new_database
from tests.upgrade.load import Load, Seen, Servers, Watch
from tests.upgrade.next_code import NEW_SIGNATURE, OLD_SIGNATURE, contract, expand

_CUSTOMERS = 3
#: A process looks at the database's functions again after ten seconds (common.health).
_UNTIL_LOOKED_AGAIN_S = 11.0
_SIGNATURES = "SELECT oid::regprocedure::text FROM pg_proc WHERE proname = 'callback_record'"
_SUMS = """
SELECT (SELECT sum(balance) FROM wallet_ledgeraccount),
       (SELECT sum(amount) FROM payments_transaction WHERE status = 'COMPLETED'),
       (SELECT count(*) FROM wallet_journalentry)
"""


class Rollout:
    """A database, a simulator, the servers of several releases, and customers all the while."""

    def __init__(self, cleanup: ExitStack, database: Database) -> None:
        self.database, self._cleanup = database, cleanup
        self.simulator_url = self._start_simulator()
        self.seen = Seen()
        self.servers = Servers([])

    def start_server(self, tree: Path) -> tuple[str, Program]:
        """Start the API of a tree, wait until it is ready, and send it a share of the requests."""
        port = free_port()
        environment = {
            **product_environment(port, self.simulator_url),
            "DATABASE_URL": self.database.url,
            "DB_POOL_SIZE": "4",
        }
        url = f"http://127.0.0.1:{port}"
        program = self._start(Program("api", ["-m", "config.server"], environment, tree=tree))
        wait_until(lambda: _answers(f"{url}/readyz"), within_s=30, what="the API is ready")
        self.servers.add(url)
        return url, program

    def start_load(self) -> list[Load]:
        """Let customers deposit from now on."""
        crowd = [
            Load(f"25470000010{nth}", self.servers, self.simulator_url, self.seen)
            for nth in range(_CUSTOMERS)
        ]
        for customer in crowd:
            customer.start()
            self._cleanup.callback(customer.stop)
        return crowd

    def deposit_more(self, count: int) -> None:
        """Wait until the customers have completed so many more deposits."""
        wanted = len(self.seen.completed) + count
        wait_until(
            lambda: len(self.seen.completed) >= wanted or bool(self.seen.failures),
            within_s=30,
            what=f"{count} more deposits",
        )
        assert self.seen.failures == []

    def _start_simulator(self) -> str:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        flags = [f"--port={port}", "--automatic", "--delay-ms=20"]
        self._start(
            Program("simulator", ["-m", "daraja_simulator", *flags], product_environment(port, url))
        )
        wait_until(lambda: _answers(f"{url}/healthz"), within_s=30, what="the simulator answers")
        # The customers' own threads send them, to whichever server is next.
        silent = {"probabilities": {"callback.lose": 1}}
        httpx.put(f"{url}/control/faults", json=silent, trust_env=False).raise_for_status()
        return url

    def _start(self, program: Program) -> Program:
        self._cleanup.callback(program.remove)
        program.start()
        return program


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture
def rollout(fresh: Database) -> Iterator[Rollout]:
    """Return a world without a server; whatever is started in it ends."""
    with new_database(fresh) as database, ExitStack() as cleanup:
        yield Rollout(cleanup, database)


def test_two_releases_are_rolled_out_under_load(rollout: Rollout, tmp_path: Path) -> None:
    database, servers = rollout.database, rollout.servers
    expanded = expand(tmp_path / "expanded")
    contracted = contract(tmp_path / "contracted", expanded)
    old_url, old = rollout.start_server(BACKEND)
    crowd = rollout.start_load()
    watch = Watch(old_url)
    watch.start()
    rollout.deposit_more(5)

    # Expand: the old server goes on beside the new schema and functions, also once it has looked.
    said = database.migrate(expanded.path)
    migrated_at = time.monotonic()
    assert "_channel... OK" in said
    assert {name for (name,) in database.rows(_SIGNATURES)} == {OLD_SIGNATURE, NEW_SIGNATURE}
    rollout.deposit_more(5)
    assert database.ask_readyz().says == ["the database has those of a newer release"]
    rollout.start_server(expanded.path)
    rollout.deposit_more(10)
    time.sleep(max(0.0, migrated_at + _UNTIL_LOOKED_AGAIN_S - time.monotonic()))
    rollout.deposit_more(5)
    watch.stop()
    servers.leave(old_url)
    assert old.stop() == 0
    rollout.deposit_more(5)

    # Contract: nothing calls the old signature any more.
    database.migrate(contracted.path)
    rollout.deposit_more(5)
    rollout.start_server(contracted.path)
    rollout.deposit_more(5)
    for customer in crowd:
        customer.stop()

    assert rollout.seen.failures == []
    assert (watch.errors, watch.count > 20) == ([], True)
    assert len(rollout.seen.asked) == 3
    _assert_each_payment_is_booked_once(rollout)
    assert {name for (name,) in database.rows(_SIGNATURES)} == {NEW_SIGNATURE}
    answer = database.ask_readyz(contracted.path)
    assert (answer.status, answer.says) == (200, ["functions and guards are this code's"])


def _assert_each_payment_is_booked_once(rollout: Rollout) -> None:
    """Hold our ledger against the simulator's book."""
    book = httpx.get(f"{rollout.simulator_url}/control/book", trust_env=False).json()
    database = rollout.database
    deposits = database.rows("SELECT id, status, mpesa_receipt_number FROM payments_transaction")
    assert {status for _, status, _ in deposits} == {"COMPLETED"}
    assert {row[0]: row[2] for row in deposits} == rollout.seen.completed
    assert len(deposits) == book["payments"] > 0
    [(balances, credited, entries)] = database.rows(_SUMS)
    assert balances == credited == book["total"]
    assert entries == len(deposits)
    # The new code's parameter arrived, where it was the new code that was called.
    [(channels,)] = database.rows("SELECT count(channel) FROM payments_transaction")
    assert 0 < channels < len(deposits)
    assert database.python("manage.py", "check_ledger").returncode == 0
