"""A whole cluster: a deposit through its front, and its leader killed while rows are written."""

import shutil
import time
import uuid
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest

from chaos.cluster import packages
from chaos.cluster.machines import APPLICATION, OWNER, SUPERUSER, Cluster
from chaos.cluster.probe import Probe
from chaos.cluster.product import ClusterSystem
from chaos.cluster.run_folder import run_folder
from chaos.plan import Plan
from tests.crash.processes import wait_until

_MISSING = packages.missing_packages()
pytestmark = [
    pytest.mark.skipif(bool(_MISSING), reason=f"not installed: {', '.join(_MISSING)}"),
    # One cluster for all: it takes a minute to start.
    pytest.mark.xdist_group("cluster"),
]
#: Far above what docs/chaos.md measures: other tests share the machine.
_BACK_S = 90


@pytest.fixture(scope="module")
def system() -> Iterator[ClusterSystem]:
    """Start everything; at the end nothing of it may be left."""
    with run_folder() as folder:
        with ClusterSystem(
            Plan(deposits=10, api_processes=2, workers=2), folder, Cluster(folder)
        ) as started:
            started.start()
            started.simulator.switch_faults_off()
            yield started
        assert [one for one in psutil.process_iter() if _mentions(one, folder)] == []


def _mentions(process: psutil.Process, folder: Path) -> bool:
    try:
        return any(str(folder) in word for word in process.cmdline())
    except psutil.Error:
        return False


def _deposit(system: ClusterSystem, token: str, amount: int) -> None:
    """Deposit through the front as the page does, and wait until it has ended."""
    [front] = system.customer_urls
    headers = {"Authorization": f"Token {token}"}
    with httpx.Client(base_url=front, headers=headers, timeout=30, trust_env=False) as client:
        key = {"Idempotency-Key": str(uuid.uuid4())}
        answer = client.post("/api/payments/stk-push/", json={"amount": amount}, headers=key)
        assert answer.status_code == 200, answer.text
        path = f"/api/payments/transactions/{answer.json()['transaction_id']}/status/"
        wait_until(
            lambda: client.get(path).json().get("status") == "COMPLETED",
            within_s=60,
            what="the deposit is credited",
        )


def _stored(system: ClusterSystem, member: str) -> Decimal:
    """Return what one member holds for the customers' wallets; only it is asked."""
    with psycopg.connect(system.cluster.address(SUPERUSER, member)) as connection:
        row = connection.execute(
            "SELECT sum(amount) FROM payments_transaction WHERE status = 'COMPLETED'"
        ).fetchone()
    assert row is not None
    return Decimal(row[0] or 0)


def test_a_deposit_through_the_front_is_on_two_machines(system: ClusterSystem) -> None:
    [token] = system.make_customers(1).values()

    _deposit(system, token, 70)

    leader, standby = system.cluster.leader(), system.cluster.standby()
    assert leader is not None
    assert standby is not None
    assert _stored(system, leader.name) == _stored(system, standby.name) == 70
    # The API's role owns nothing, and its way leads through the pooler to the leader.
    with psycopg.connect(system.cluster.address(APPLICATION, "pooler")) as pooled:
        assert pooled.execute("SELECT inet_server_port()").fetchone() == (leader.port,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            pooled.execute("TRUNCATE payments_transaction CASCADE")


def test_reads_of_the_second_port_come_from_a_replica(system: ClusterSystem) -> None:
    with psycopg.connect(system.cluster.address(APPLICATION, "replicas")) as replica:
        assert replica.execute("SELECT pg_is_in_recovery()").fetchone() == (True,)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            replica.execute("CREATE TEMPORARY TABLE x (n integer)")


def test_the_leader_killed_costs_no_acknowledged_row(system: ClusterSystem) -> None:
    cluster = system.cluster
    probe = Probe(cluster.url, cluster.address(OWNER, "pooler"), cluster.address(OWNER, "replicas"))
    leader = cluster.leader()
    assert leader is not None
    probe.start()
    try:
        wait_until(lambda: probe.has_written_since(0), within_s=30, what="every writer has written")
        killed = time.monotonic()
        leader.kill_postgres()
        leader.wait_until_dead()
        dead = time.monotonic()
        wait_until(lambda: probe.has_written_since(dead), within_s=_BACK_S, what="writes are back")
        cluster.wait_until_whole()
        assert probe.without_writes(killed, time.monotonic()) < _BACK_S
    finally:
        probe.stop()

    assert probe.acknowledged() > 10
    assert probe.lost() == []
    assert cluster.leader() is not leader


def test_caddy_serves_the_api_too(system: ClusterSystem) -> None:
    if shutil.which("caddy") is None:
        pytest.skip("caddy is not installed")
    url = f"http://127.0.0.1:{system.cluster.ports['caddy']}/readyz"

    wait_until(
        lambda: httpx.get(url, trust_env=False).status_code == 200, within_s=60, what="it is ready"
    )
