"""`make cluster`: the product as several machines would run it, on loopback, until Ctrl-C."""

import argparse
import sys
import time
from pathlib import Path

from chaos.cluster import packages
from chaos.cluster.machines import SHORT_LEASE, Cluster, Lease
from chaos.cluster.product import ClusterSystem
from chaos.cluster.run_folder import run_folder, stop_on_signals
from chaos.plan import Plan


def main() -> int:
    """Start everything, print the addresses, and wait; everything ends with this process."""
    parser = argparse.ArgumentParser(prog="python -m chaos.cluster", description=__doc__)
    parser.add_argument("--short-lease", action="store_true", help="see docs/scaling.md")
    parser.add_argument("--keep", action="store_true", help="keep what the programs wrote")
    given = parser.parse_args()
    packages.refuse_missing()
    stop_on_signals()
    try:
        with run_folder(is_kept=given.keep) as folder:
            _serve(folder, SHORT_LEASE if given.short_lease else Lease())
    except KeyboardInterrupt:
        print("\nEverything has ended.")
    except (RuntimeError, TimeoutError, OSError) as error:
        print(f"The cluster does not start: {error}", file=sys.stderr)
        return 1
    return 0


def _serve(folder: Path, lease: Lease) -> None:
    started = time.monotonic()
    print("Starting the cluster; the first start takes a minute or two ...", flush=True)
    plan = Plan(deposits=10, api_processes=2, workers=2)
    cluster = Cluster(folder, lease)
    with ClusterSystem(plan, folder, cluster) as system:
        system.start()
        system.simulator.switch_faults_off()
        [(phone, token)] = system.make_customers(1).items()
        print(banner(system, phone, token, time.monotonic() - started), flush=True)
        while True:
            time.sleep(1)
            system.revive()


def banner(system: ClusterSystem, phone: str, token: str, took_s: float) -> str:
    """Return the addresses of everything, and a deposit to try."""
    cluster, ports = system.cluster, system.cluster.ports
    leader = cluster.leader()
    entry = "caddy" if cluster.caddy is not None else "front"
    members = ", ".join(
        f"{node.name} {node.port}{' (leads)' if node is leader else ''}" for node in cluster.nodes
    )
    push = f"http://127.0.0.1:{ports[entry]}/api/payments/stk-push/"
    curl = f"curl -X POST {push} -H 'Authorization: Token {token}'"
    key = '-H "Idempotency-Key: $(date +%s%N)"'
    return "\n".join(
        [
            "",
            f"  The cluster is running ({took_s:.0f} s).",
            f"  The entry ({'Caddy' if entry == 'caddy' else 'HAProxy'})".ljust(31)
            + f"http://127.0.0.1:{ports[entry]}/readyz",
            f"  HAProxy: API, its page       {ports['front']}, http://127.0.0.1:{ports['stats']}/",
            f"  API processes                {ports['api1']}, {ports['api2']}",
            f"  PgBouncer                    {ports['pooler']}",
            f"  PostgreSQL: writes, reads    {ports['leader']}, {ports['replicas']}",
            f"  Members                      {members}",
            f"  The database as its owner    {cluster.url}",
            f"  Redis, its replica           {ports['redis1']}, {ports['redis2']}",
            f"  Simulator                    {system.simulator_url}/",
            f"  Data and logs                {cluster.folder}",
            f"  A deposit of {phone}:",
            f"    {curl} {key} --json '{{\"amount\": 50}}'",
            "  Ctrl-C stops everything, and throws its data away.",
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
