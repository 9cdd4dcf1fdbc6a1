"""The cluster's programs below the product: etcd, PostgreSQL under Patroni, HAProxy and so on."""

import os
import pwd
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

import httpx
import psycopg
from psycopg import sql

from chaos.cluster import packages
from chaos.cluster.nodes import Node
from chaos.programs import Program
from chaos.system import find_free_ports
from config import env

_TEMPLATES = env.REPOSITORY_DIR / "deploy" / "cluster"
#: A first start takes some 20 s on a quiet machine; a crowded one may take its time.
_START_S = 240
MEMBERS = (1, 2, 3)
SUPERUSER, OWNER, APPLICATION = "postgres", "kibeezy", "kibeezy_app"
_DATABASE = "kibeezy"


@dataclass(frozen=True)
class Lease:
    """How long a leader that is not heard of stays leader, and how often it is asked, in seconds.

    `is_short`: below Patroni's own minimum; deploy/cluster/patroni_short_lease.py says what for.
    """

    ttl: int = 20
    loop_wait: int = 2
    retry_timeout: int = 4
    is_short: bool = False


SHORT_LEASE = Lease(ttl=10, loop_wait=1, retry_timeout=3, is_short=True)


class Ports:
    """A free port of 127.0.0.1 for each purpose, by its name."""

    _NAMES = (
        *(f"{part}{nth}" for part in ("etcd", "etcd_peer", "pg", "rest") for nth in MEMBERS),
        "redis1", "redis2", "leader", "replicas", "stats", "pooler", "front", "caddy",
        "simulator", "api1", "api2",
    )  # fmt: skip

    def __init__(self) -> None:
        self._by_name = dict(zip(self._NAMES, find_free_ports(len(self._NAMES)), strict=True))

    def __getitem__(self, name: str) -> int:
        return self._by_name[name]


class Cluster:
    """All programs below the product. `stop` ends every one; what they stored is thrown away.

    `folder` has to be empty, and receives settings, data and logs.
    """

    def __init__(self, folder: Path, lease: Lease = Lease()) -> None:
        self.folder = folder
        self.lease = lease
        self.ports = Ports()
        self._user = packages.find_user()
        self._passwords = {
            name: secrets.token_hex(16)
            for name in (SUPERUSER, "replicator", "rewinder", "rest", OWNER, APPLICATION)
        }
        self._binaries = packages.find_binaries()
        self._python = packages.prepare_patroni()
        packages.refuse_unreachable(self._binaries, folder, self._user)
        self._rest = httpx.Client(timeout=1, trust_env=False)
        self.etcd = [self._etcd(nth) for nth in MEMBERS]
        self.redis = [self._redis(nth) for nth in (1, 2)]
        self.nodes = [self._node(nth) for nth in MEMBERS]
        self.haproxy = self._haproxy()
        self.pooler = self._pooler()
        self.caddy = self._caddy()

    @property
    def url(self) -> str:
        """The owner's address of the database: the leader, past the pooler."""
        return self.address(OWNER, "leader")

    def address(self, role: str, port: str) -> str:
        """Return a role's address of the product's database through one of the ports."""
        return (
            f"postgresql://{role}:{self._passwords[role]}@127.0.0.1:{self.ports[port]}/{_DATABASE}"
        )

    def password(self, role: str) -> str:
        """Return a role's password, drawn for this run."""
        return self._passwords[role]

    def start(self) -> None:
        """Start everything, wait until three members follow each other, and make the database.

        Raises:
            TimeoutError: a part does not come up; the message names it.
        """
        for program in [*self.etcd, *self.redis]:
            program.start()
        self._wait("etcd", self._has_etcd)
        first, *others = self.nodes
        # The first one starts alone, so that it and no other creates the database.
        first.start()
        self._wait("the first PostgreSQL", lambda: self._says(first, "/health"))
        for node in others:
            node.start()
        for part in (self.haproxy, self.pooler, self.caddy):
            if part is not None:
                part.start()
        self._wait("all three members", lambda: all(self._says(n, "/health") for n in self.nodes))
        self.wait_until_whole()
        self._wait("the leader's port", self._make_database)
        self._wait("the way through PgBouncer", self._is_pooled)

    def stop(self) -> None:
        """Kill every program: nothing that they stored is kept."""
        for part in (self.caddy, self.pooler, self.haproxy):
            if part is not None:
                part.kill()
        for node in self.nodes:
            node.thaw()
            node.kill()
        for program in [*self.redis, *self.etcd]:
            program.kill()
        self._rest.close()

    def wait_until_whole(self) -> None:
        """Wait until there are a leader, a synchronous standby, and two members that follow.

        Raises:
            TimeoutError: that does not happen in time.
        """
        self._wait("a leader with a synchronous standby and a replica", self._is_whole)

    def leader(self) -> Node | None:
        """Return the member that holds the lease, by its own word; None while there is none."""
        return next((node for node in self.nodes if self._says(node, "/primary")), None)

    def standby(self, *, is_synchronous: bool = True) -> Node | None:
        """Return a member that follows, the synchronous one or another; None if there is none."""
        path = "/sync" if is_synchronous else "/async"
        return next((node for node in self.nodes if self._says(node, path)), None)

    def switch_over(self, leader: Node, candidate: Node) -> None:
        """Ask Patroni to make another member the leader, and wait for its answer.

        Raises:
            httpx.HTTPError: it did not.
        """
        body = {"leader": leader.name, "candidate": candidate.name}
        answer = self._rest.post(
            f"{leader.rest_url}/switchover",
            json=body,
            auth=("operator", self._passwords["rest"]),
            timeout=60,
        )
        answer.raise_for_status()

    def etcd_leader(self) -> Program | None:
        """Return etcd's own leader; None if none of its members knows one."""
        for nth, program in zip(MEMBERS, self.etcd, strict=True):
            with suppress(httpx.HTTPError, KeyError):
                status = self._ask_etcd(nth, "/v3/maintenance/status")
                if status["leader"] == status["header"]["member_id"]:
                    return program
        return None

    def _ask_etcd(self, nth: int, path: str) -> dict[str, Any]:
        url = f"http://127.0.0.1:{self.ports[f'etcd{nth}']}{path}"
        answer: dict[str, Any] = self._rest.post(url, json={}).raise_for_status().json()
        return answer

    def _has_etcd(self) -> bool:
        return self.etcd_leader() is not None

    def _says(self, node: Node, path: str) -> bool:
        with suppress(httpx.HTTPError):
            return self._rest.get(f"{node.rest_url}{path}").status_code == httpx.codes.OK
        return False

    def _is_whole(self) -> bool:
        roles = [self._says(node, path) for path in ("/primary", "/sync") for node in self.nodes]
        following = [self._says(node, "/replica?lag=16MB") for node in self.nodes]
        return sum(roles) == 2 and sum(following) == 2

    def _is_pooled(self) -> bool:
        url = self.address(OWNER, "pooler")
        with suppress(psycopg.Error), psycopg.connect(url, connect_timeout=2) as pooled:
            return pooled.execute("SELECT 1").fetchone() == (1,)
        return False

    def _make_database(self) -> bool:
        """Make the tables' owner, who is no superuser, and its database."""
        url = self.address(SUPERUSER, "leader").removesuffix(_DATABASE) + "postgres"
        owner, database = sql.Identifier(OWNER), sql.Identifier(_DATABASE)
        # It makes the roles of application and reader (manage.py database_roles).
        make = sql.SQL("CREATE ROLE {} LOGIN CREATEROLE PASSWORD {}")
        with (
            suppress(psycopg.OperationalError),
            psycopg.connect(url, autocommit=True, connect_timeout=2) as connection,
        ):
            connection.execute(make.format(owner, sql.Literal(self._passwords[OWNER])))
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner))
            return True
        return False

    def _wait(self, what: str, is_there: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _START_S
        while not is_there():
            for program in self._all_programs():
                if program.exit_status not in {None, 0} and not self._was_killed(program):
                    words = f"{program.name} has ended; its words are in {program.log}"
                    raise TimeoutError(words)
            if time.monotonic() > deadline:
                message = f"{what} does not come up; the words of each part are in {self.folder}"
                raise TimeoutError(message)
            time.sleep(0.2)

    @staticmethod
    def _was_killed(program: Program) -> bool:
        return program.exit_status is not None and program.exit_status < 0

    def _all_programs(self) -> Iterator[Program]:
        yield from [*self.etcd, *self.redis, *(node.patroni for node in self.nodes)]
        yield from (self.haproxy, self.pooler)
        if self.caddy is not None:
            yield self.caddy

    def _program(self, name: str, command: list[str], folder: Path) -> Program:
        kept = {key: os.environ[key] for key in ("PATH", "LD_LIBRARY_PATH") if key in os.environ}
        environment = {**kept, "HOME": str(folder), "LC_ALL": "C.UTF-8"}
        log = self.folder / f"{name}.log"
        return Program(name, command, environment, log, user=self._user)

    def _make_folder(self, name: str) -> Path:
        """Make a folder that only the programs' user gets into."""
        folder = self.folder / name
        folder.mkdir(mode=0o700)
        self._give(folder)
        return folder

    def _give(self, path: Path) -> None:
        if self._user is not None:
            entry = pwd.getpwnam(self._user)
            os.chown(path, entry.pw_uid, entry.pw_gid)

    def _fill_in(self, template: str, folder: Path, values: Mapping[str, object]) -> str:
        """Write one of deploy/cluster's files into the folder; return its path."""
        path = folder / template
        path.touch(mode=0o600)
        path.write_text(Template((_TEMPLATES / template).read_text()).substitute(values))
        self._give(path)
        return str(path)

    def _etcd(self, nth: int) -> Program:
        name, folder = f"etcd{nth}", self._make_folder(f"etcd{nth}")
        client = f"http://127.0.0.1:{self.ports[name]}"
        peers = {i: f"http://127.0.0.1:{self.ports[f'etcd_peer{i}']}" for i in MEMBERS}
        flags = {
            "name": name, "data-dir": str(folder / "data"),
            "listen-client-urls": client, "advertise-client-urls": client,
            "listen-peer-urls": peers[nth], "initial-advertise-peer-urls": peers[nth],
            "initial-cluster": ",".join(f"etcd{i}={url}" for i, url in peers.items()),
            "initial-cluster-state": "new", "initial-cluster-token": "kibeezy",
            "heartbeat-interval": "100", "election-timeout": "1000",
            "auto-compaction-retention": "1", "logger": "zap",
        }  # fmt: skip
        command = [packages.find("etcd") or "etcd"]
        for flag, value in flags.items():
            command += [f"--{flag}", value]
        return self._program(name, command, folder)

    def _redis(self, nth: int) -> Program:
        folder = self._make_folder(f"redis{nth}")
        values = {"PORT": self.ports[f"redis{nth}"], "FOLDER": folder}
        command = [packages.find("redis-server") or "", self._fill_in("redis.conf", folder, values)]
        if nth != 1:
            command += ["--replicaof", f"127.0.0.1 {self.ports['redis1']}"]
        return self._program(f"redis{nth}", command, folder)

    def _node(self, nth: int) -> Node:
        name, folder = f"pg{nth}", self._make_folder(f"pg{nth}")
        settings = self._fill_in(
            "patroni.yml",
            folder,
            {
                "NAME": name,
                "PORT": self.ports[name],
                "REST_PORT": self.ports[f"rest{nth}"],
                "REST_PASSWORD": self._passwords["rest"],
                "ETCD_HOSTS": ", ".join(f"127.0.0.1:{self.ports[f'etcd{i}']}" for i in MEMBERS),
                "TTL": self.lease.ttl,
                "LOOP_WAIT": self.lease.loop_wait,
                "RETRY_TIMEOUT": self.lease.retry_timeout,
                "DATA": folder / "data",
                "BINARIES": self._binaries,
                "PASSWORD_FILE": folder / "pgpass",
                "SUPERUSER_PASSWORD": self._passwords[SUPERUSER],
                "REPLICATOR_PASSWORD": self._passwords["replicator"],
                "REWINDER_PASSWORD": self._passwords["rewinder"],
            },
        )
        short = shutil.copy(_TEMPLATES / "patroni_short_lease.py", folder)
        self._give(Path(short))
        how = [str(short)] if self.lease.is_short else ["-m", "patroni"]
        patroni = self._program(f"patroni{nth}", [str(self._python), *how, settings], folder)
        return Node(name, self.ports[name], self.ports[f"rest{nth}"], folder, patroni)

    def _haproxy(self) -> Program:
        folder = self._make_folder("haproxy")
        members = {f"PG{nth}_PORT": self.ports[f"pg{nth}"] for nth in MEMBERS}
        rests = {f"PG{nth}_REST_PORT": self.ports[f"rest{nth}"] for nth in MEMBERS}
        settings = self._fill_in(
            "haproxy.cfg",
            folder,
            {
                **members,
                **rests,
                "LEADER_PORT": self.ports["leader"],
                "REPLICAS_PORT": self.ports["replicas"],
                "API_PORT": self.ports["front"],
                "STATS_PORT": self.ports["stats"],
                "API1_PORT": self.ports["api1"],
                "API2_PORT": self.ports["api2"],
            },
        )
        command = [packages.find("haproxy") or "", "-db", "-f", settings]
        return self._program("haproxy", command, folder)

    def _pooler(self) -> Program:
        folder = self._make_folder("pgbouncer")
        users = folder / "users"
        users.touch(mode=0o600)
        self._give(users)
        roles = (OWNER, APPLICATION)
        users.write_text("".join(f'"{role}" "{self._passwords[role]}"\n' for role in roles))
        settings = self._fill_in(
            "pgbouncer.ini",
            folder,
            {
                "LEADER_PORT": self.ports["leader"],
                "PORT": self.ports["pooler"],
                "USERS": users,
            },
        )
        return self._program("pgbouncer", [packages.find("pgbouncer") or "", settings], folder)

    def _caddy(self) -> Program | None:
        program = packages.find("caddy")
        if program is None:
            return None
        folder = self._make_folder("caddy")
        values = {
            "PORT": self.ports["caddy"],
            "API1_PORT": self.ports["api1"],
            "API2_PORT": self.ports["api2"],
        }
        settings = self._fill_in("Caddyfile", folder, values)
        command = [program, "run", "--adapter", "caddyfile", "--config", settings]
        return self._program("caddy", command, folder)
