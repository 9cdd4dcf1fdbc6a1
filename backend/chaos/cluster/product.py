"""The product on the cluster: two API processes, two workers, and the Daraja simulator."""

import json
from pathlib import Path

from chaos.cluster.machines import APPLICATION, Cluster
from chaos.plan import Plan
from chaos.system import System


class ClusterSystem(System):
    """The programs of a chaos run, with the cluster in place of one PostgreSQL.

    Commands run as the tables' owner, past the pooler; API and workers as a role that owns nothing.
    """

    def __init__(self, plan: Plan, folder: Path, cluster: Cluster) -> None:
        self.cluster = cluster
        ports = [cluster.ports[name] for name in ("simulator", "api1", "api2")]
        super().__init__(plan, folder, cluster, ports)
        self.customer_urls = [f"http://127.0.0.1:{cluster.ports['front']}"]

    def make_customers(self, count: int) -> dict[str, str]:
        """Make verified customers; return each one's API token by the phone number."""
        tokens: dict[str, str] = json.loads(self.python("-m", "chaos.accounts", str(count)))
        return tokens

    def migrate(self) -> None:
        # Nothing is there yet that could be lost: the standby need not be waited for.
        hurried = {"PGOPTIONS": "-c synchronous_commit=off"}
        self.manage("migrate", "--verbosity", "0", **hurried)
        password = self.cluster.password(APPLICATION)
        self.manage("database_roles", DATABASE_APPLICATION_PASSWORD=password)

    def _environment(self) -> dict[str, str]:
        cache = f"redis://127.0.0.1:{self.cluster.ports['redis1']}/0"
        return {**super()._environment(), "CACHE_URL": cache, "WEB_CONCURRENCY": "1"}

    def _services(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self.cluster.address(APPLICATION, "pooler"),
            # LISTEN needs a session, which a pooler in transaction mode does not keep.
            "WORKER_DATABASE_URL": self.cluster.address(APPLICATION, "leader"),
        }
