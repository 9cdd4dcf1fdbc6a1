"""What is done to the cluster in a chaos run, one act at a time, and what each cost.

Every kind comes once before any comes again, in an order that the seed decides.
"""

import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from chaos.cluster.machines import OWNER, Cluster
from chaos.cluster.nodes import Node
from chaos.cluster.probe import Insistent, Probe
from chaos.cluster.product import ClusterSystem
from chaos.programs import Program
from chaos.saboteur import EVERYTHING, Act

_REST_S = 3.0
#: How long Redis stays away: longer than a process keeps its own copy of M-Pesa's token.
_AWAY_S = 5.0
#: An insistent client's last statement waits until the member steps down.
_INSIST_S = 60.0
_LIMIT_S = 180.0


class ClusterAct(StrEnum):
    """The ways in which a run disturbs the cluster."""

    KILL_POSTGRES = "kill -9 of the leader's PostgreSQL"
    KILL_NODE = "kill -9 of the leader's PostgreSQL and Patroni"
    FREEZE_NODE = "the leader stands still, and comes back"
    SWITCH_OVER = "switchover on request"
    KILL_STANDBY = "kill -9 of the synchronous standby"
    KILL_ETCD = "kill -9 of etcd's leader"
    KILL_POOLER = "kill -9 of PgBouncer, started again"
    KILL_HAPROXY = "kill -9 of HAProxy, started again"
    KILL_REDIS = "kill -9 of Redis, away for 5 s"
    KILL_API = "kill -9 of an API process"
    KILL_WORKER = "kill -9 of a worker"


#: Seconds without writes that an act may cost, by the acts that have such a limit.
LIMITS = {
    ClusterAct.KILL_POSTGRES: 6,
    ClusterAct.KILL_NODE: 22,
    ClusterAct.FREEZE_NODE: 22,
    ClusterAct.SWITCH_OVER: 5,
}


@dataclass(frozen=True)
class Measured:
    """What one act cost: seconds without a write, and without a read of the replicas."""

    kind: ClusterAct
    without_writes_s: float
    without_reads_s: float
    whole_after_s: float
    detail: str


def draw_acts(seed: int, rounds: int) -> list[ClusterAct]:
    """Return the order of the acts. Pure."""
    drawn = random.Random(f"{seed}:cluster")  # noqa: S311  # must be repeatable
    return [kind for _ in range(rounds) for kind in drawn.sample(list(ClusterAct), len(ClusterAct))]


class ClusterSaboteur(threading.Thread):
    """A thread that does every act, and measures it; then `when_done` is called.

    An error ends the thread and is kept in `problem`. `faults` names what no act may cause.
    """

    def __init__(self, system: ClusterSystem, probe: Probe, acts: list[ClusterAct]) -> None:
        super().__init__(name="saboteur", daemon=True)
        self._system = system
        self._cluster: Cluster = system.cluster
        self._probe = probe
        self._left = acts
        self._stopped = threading.Event()
        self.when_done: Callable[[], None] = lambda: None
        self.acts: list[Act] = []
        self.measured: list[Measured] = []
        self.faults: list[str] = []
        self.problem: Exception | None = None
        self._random = random.Random(f"{system.plan.seed}:targets")  # noqa: S311
        self._deeds: dict[ClusterAct, Callable[[], tuple[str, str]]] = {
            ClusterAct.KILL_POSTGRES: self._kill_postgres,
            ClusterAct.KILL_NODE: self._kill_node,
            ClusterAct.FREEZE_NODE: self._freeze_node,
            ClusterAct.SWITCH_OVER: self._switch_over,
            ClusterAct.KILL_STANDBY: self._kill_standby,
            ClusterAct.KILL_ETCD: self._kill_etcd,
            ClusterAct.KILL_POOLER: lambda: self._restart(self._cluster.pooler),
            ClusterAct.KILL_HAPROXY: lambda: self._restart(self._cluster.haproxy),
            ClusterAct.KILL_REDIS: lambda: self._restart(self._cluster.redis[0], _AWAY_S),
            ClusterAct.KILL_API: lambda: self._restart_one_of(self._system.apis),
            ClusterAct.KILL_WORKER: lambda: self._restart_one_of(self._system.workers),
        }

    def counts(self) -> Counter[str]:
        """Return how often each kind of act was done."""
        return Counter(act.kind.value for act in self.acts)

    def stop(self) -> None:
        """Let the current act finish, then end the thread."""
        self._stopped.set()
        if self.is_alive():
            self.join()

    def run(self) -> None:
        try:
            for kind in self._left:
                if self._stopped.wait(_REST_S):
                    break
                self._do(kind)
        except Exception as error:  # noqa: BLE001  # chaos/run.py raises `problem` after join
            self.problem = error
        self.when_done()

    def _do(self, kind: ClusterAct) -> None:
        since, started_at = time.monotonic(), datetime.now(UTC)
        program, detail = self._deeds[kind]()
        self._cluster.wait_until_whole()
        self._wait_for_writes()
        until = time.monotonic()
        self.acts.append(Act(kind, program, started_at, datetime.now(UTC), detail))
        self.measured.append(
            Measured(
                kind,
                self._probe.without_writes(since, until),
                self._probe.without_reads(since, until),
                until - since,
                detail,
            )
        )
        self._system.revive()

    def _kill_postgres(self) -> tuple[str, str]:
        leader = self._leader()
        leader.kill_postgres()
        self._wait_for_another(leader)
        return EVERYTHING, ""

    def _kill_node(self) -> tuple[str, str]:
        leader = self._leader()
        # Patroni must not hand the lease over first.
        leader.freeze()
        leader.kill()
        self._wait_for_another(leader)
        self._wait_for_writes()
        leader.start()
        return EVERYTHING, ""

    def _freeze_node(self) -> tuple[str, str]:
        """Freeze the leader until another leads; then it wakes with clients that write to it."""
        leader = self._leader()
        clients = [Insistent(nth, self._cluster.address(OWNER, leader.name)) for nth in range(3)]
        leader.freeze()
        try:
            self._wait_for_another(leader)
            self._wait_for_writes()
            for client in clients:
                client.start()
            time.sleep(0.2)
        finally:
            leader.thaw()
        for client in clients:
            client.join(_INSIST_S)
        taken = sum(len(client.acknowledged) for client in clients)
        if taken or any(client.is_alive() for client in clients):
            self.faults.append(f"{leader.name}, back from a stand-still, took {taken} writes")
        return EVERYTHING, f"once back, {leader.name} took {taken} writes of clients that insisted"

    def _switch_over(self) -> tuple[str, str]:
        candidate = self._cluster.standby()
        if candidate is None:
            raise TimeoutError("there is no synchronous standby to switch over to")
        self._cluster.switch_over(self._leader(), candidate)
        return EVERYTHING, ""

    def _kill_standby(self) -> tuple[str, str]:
        standby = self._cluster.standby()
        if standby is None:
            raise TimeoutError("there is no synchronous standby to kill")
        standby.freeze()
        standby.kill()
        time.sleep(_REST_S)
        self._wait_for_writes()
        standby.start()
        return EVERYTHING, ""

    def _kill_etcd(self) -> tuple[str, str]:
        program = self._cluster.etcd_leader()
        if program is None:
            raise TimeoutError("etcd has no leader")
        return self._restart(program, _REST_S)

    def _restart(self, program: Program, away_s: float = 0) -> tuple[str, str]:
        program.kill()
        time.sleep(away_s)
        program.start()
        return EVERYTHING, ""

    def _restart_one_of(self, programs: list[Program]) -> tuple[str, str]:
        program = self._random.choice(programs)
        program.signal_group(signal.SIGKILL)
        program.wait()
        time.sleep(_REST_S)
        program.start()
        self._until("the process is back", lambda: program.is_ready)
        return program.name, ""

    def _leader(self) -> Node:
        leader = self._cluster.leader()
        if leader is None:
            raise TimeoutError("the cluster has no leader")
        return leader

    def _wait_for_another(self, leader: Node) -> None:
        self._until("another leader", lambda: self._cluster.leader() not in {None, leader})

    def _wait_for_writes(self) -> None:
        now = time.monotonic()
        self._until("writes are taken again", lambda: self._probe.has_written_since(now))

    def _until(self, what: str, is_there: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _LIMIT_S
        while not is_there():
            if time.monotonic() > deadline:
                message = f"not within {_LIMIT_S:.0f} s: {what}"
                raise TimeoutError(message)
            time.sleep(0.05)
