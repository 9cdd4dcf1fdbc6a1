"""The API behind a real PgBouncer in transaction mode, the worker past it, the doctor's word."""

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.crash.ending import assert_equal_to_the_book, deposits_of
from tests.crash.world import World
from tests.pooler.bouncer import BINARY, SERVER_CONNECTIONS, Bouncer

pytestmark = pytest.mark.skipif(BINARY is None, reason="pgbouncer is not installed")

_BACKEND = Path(__file__).resolve().parent.parent.parent
_AT_ONCE = 12
_LISTENERS = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN %%'"


class PooledWorld(World):
    """The product as docs/pooling.md sets it up."""

    bouncer: Bouncer

    def reach_database(self, cleanup: ExitStack) -> dict[str, str]:
        """Send the API through the pooler, and the worker past it."""
        self.bouncer = Bouncer(cleanup, self.postgres.url)
        return {"DATABASE_URL": self.bouncer.url(), "WORKER_DATABASE_URL": self.postgres.url}


@pytest.fixture(scope="module")
def world() -> Iterator[PooledWorld]:
    """Start everything, with more connections in the API's pool than the pooler has."""
    with ExitStack() as cleanup:
        # Twelve at once on a busy machine: M-Pesa's answer may take its time.
        yield PooledWorld(cleanup, {"MPESA_TIMEOUT_SECONDS": "20"})


def _deposit_at_once(world: World, faults: dict[str, float]) -> None:
    """Let many customers deposit at once; our books must equal the simulator's."""
    customers = world.sign_up(_AT_ONCE)
    world.misbehave(faults)
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        answers = [push.result() for push in world.push_at_once(customers, threads)]

    assert [answer and answer.status_code for answer in answers] == [200] * _AT_ONCE
    assert assert_equal_to_the_book(world, customers) == 0
    statuses = [one.status for one in deposits_of(world.postgres, customers).values()]
    assert statuses == ["COMPLETED"] * _AT_ONCE


def test_many_deposit_at_once_on_fewer_connections(world: PooledWorld) -> None:
    before = world.bouncer.transactions()

    _deposit_at_once(world, {})

    # Each opens a row, stores M-Pesa's answer and takes a callback.
    assert world.bouncer.transactions() - before >= 3 * _AT_ONCE
    assert world.bouncer.server_connections() <= SERVER_CONNECTIONS < 8


def test_the_worker_bypasses_the_pooler_and_asks_about_lost_callbacks(world: PooledWorld) -> None:
    _deposit_at_once(world, {"callback.lose": 1})

    assert world.postgres.rows(_LISTENERS) == [(1,)]


class TestDoctor:
    def look(self, world: PooledWorld, check: str = "pooler", **environment: str) -> dict[str, Any]:
        """Return what `manage.py doctor` says, by default of the pooler."""
        done = subprocess.run(
            [sys.executable, "manage.py", "doctor", "--json"],
            cwd=_BACKEND,
            env={**world.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        findings = json.loads(done.stdout)["findings"]
        [found] = [finding for finding in findings if finding["check"] == check]
        return dict(found)

    def test_transaction_mode_is_fine_for_the_api(self, world: PooledWorld) -> None:
        found = self.look(world)

        assert found["level"] == "ok"
        assert found["says"] == "transaction mode for the API, the worker goes past it"

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
    def test_a_worker_that_listens_through_the_pooler_is_a_problem(
        self, world: PooledWorld, host: str
    ) -> None:
        found = self.look(world, WORKER_DATABASE_URL=world.bouncer.url(host=host))

        assert found["level"] == "problem"
        assert "cannot listen" in found["says"]
        assert "WORKER_DATABASE_URL" in found["fix"]

    def test_a_worker_without_an_address_of_its_own_is_a_problem(self, world: PooledWorld) -> None:
        assert self.look(world, WORKER_DATABASE_URL="")["level"] == "problem"

    def test_in_session_mode_the_worker_may_use_the_pooler(self, world: PooledWorld) -> None:
        sessions = world.bouncer.url("sessions")

        found = self.look(world, DATABASE_URL=sessions, WORKER_DATABASE_URL=sessions)

        assert (found["level"], found["says"]) == ("ok", "none in transaction mode seen")

    def test_one_connection_of_our_own_is_enough_to_tell(self, world: PooledWorld) -> None:
        found = self.look(world, DB_POOL_SIZE="1")

        assert found["says"] == "transaction mode for the API, the worker goes past it"

    def test_time_limits_have_to_be_the_roles_own(self, world: PooledWorld) -> None:
        found = self.look(world, "time_limits")
        assert (found["level"], "ALTER ROLE" in found["fix"]) == ("warning", True)
        setting = "ALTER ROLE postgres IN DATABASE kibeezy"
        with psycopg.connect(world.postgres.url, autocommit=True) as owner:
            owner.execute(f"{setting} SET lock_timeout = '7s'")
            owner.execute(f"{setting} SET statement_timeout = '70s'")
            try:
                world.bouncer.reconnect()
                assert self.look(world, "time_limits")["level"] == "ok"
            finally:
                owner.execute(f"{setting} RESET ALL")
                world.bouncer.reconnect()
