"""Runs a load against a side, and reads the CPU and memory that it used."""

import json
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

from bench.book import Turn
from bench.processes import cpu_seconds, load_average, memory_mib
from bench.system import System
from devtools.stack import BACKEND_DIRECTORY

_SPARE_S = 60
_LOOK_AGAIN_S = 0.2


class Loads:
    """Starts the load generator, and reads CPU and memory before and after it."""

    def __init__(self, system: System) -> None:
        self.system = system

    def run(self, side: str, job: dict[str, Any]) -> Turn:
        """Run one job against the program named `side` and return the result."""
        layers = self._layers(side)
        before = {layer: cpu_seconds(pid) for layer, pid in layers.items()}
        found = self.generate({**job, "port": self.system.ports[side]})
        used = {layer: cpu_seconds(pid) - before[layer] for layer, pid in layers.items()}
        used["generator"] = found["generator_cpu_s"]
        ok = found["ok"]
        return Turn(
            ok=ok,
            sent=found["sent"],
            rate=ok / found["seconds"],
            p50_ms=found["p50_ms"],
            p99_ms=found["p99_ms"],
            statuses=found["statuses"],
            cpu_ms={layer: seconds * 1000 / max(ok, 1) for layer, seconds in used.items()},
            memory_mib=memory_mib(layers["API"]),
            machine_load=load_average(),
        )

    def begin(self, job: dict[str, Any]) -> "subprocess.Popen[str]":
        """Start a generator while other loads are measured; the caller ends it with `finish`."""
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.load"],
            cwd=BACKEND_DIRECTORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert process.stdin is not None  # noqa: S101  # stdin=PIPE
        process.stdin.write(json.dumps(job))
        process.stdin.close()
        process.stdin = None
        return process

    def generate(self, job: dict[str, Any]) -> dict[str, Any]:
        """Run one generator to its end and return its figures."""
        return self.finish(self.begin(job), job)

    def finish(self, process: "subprocess.Popen[str]", job: dict[str, Any]) -> dict[str, Any]:
        """Wait for a generator's figures and return them.

        The generator has ended when this returns or raises.
        """
        try:
            limit_s = float(job.get("seconds", 0)) + float(job.get("drain_s", 30)) + _SPARE_S
            text, _ = process.communicate(timeout=limit_s)
        finally:
            process.kill()
            process.wait()
        if process.returncode != 0:
            message = f"the load generator failed: {text}"
            raise RuntimeError(message)
        found: dict[str, Any] = json.loads(text)
        return found

    def daraja(self, what: str = "figures") -> dict[str, Any]:
        """Set the fake Daraja's delay (`delay/8`) or read its figures (`figures`)."""
        url = f"http://127.0.0.1:{self.system.ports['daraja']}/bench/{what}"
        with urllib.request.urlopen(url, timeout=10) as answer:  # loopback
            found: dict[str, Any] = json.load(answer)
            return found

    def _layers(self, side: str) -> dict[str, int]:
        names = {"API": side, "PostgreSQL": "postgres", "Daraja": "daraja"}
        if self.system.redis_path:
            names["Redis"] = "redis"
        return {layer: self.system.pid(name) for layer, name in names.items()}


@dataclass
class Connections:
    """The most connections that were seen at one time."""

    most: int = 0
    idle_in_transaction: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def keep_counting(self, connection: "psycopg.Connection[tuple[object, ...]]") -> None:
        """Count the product's connections again and again until `stop` is set."""
        query = (
            "SELECT count(*), count(*) FILTER (WHERE state = 'idle in transaction'"
            " AND state_change < clock_timestamp() - interval '2 s')"
            " FROM pg_stat_activity WHERE backend_type = 'client backend'"
            " AND application_name = 'product'"
        )
        while not self.stop.wait(_LOOK_AGAIN_S):
            row = connection.execute(query).fetchone()
            if row is not None:
                self.most = max(self.most, int(str(row[0])))
                self.idle_in_transaction = max(self.idle_in_transaction, int(str(row[1])))


@contextmanager
def watch_connections(system: System) -> Iterator[Connections]:
    """Count the product's connections to PostgreSQL while the block runs."""
    seen = Connections()
    with system.connect() as connection:
        thread = threading.Thread(target=seen.keep_counting, args=(connection,), daemon=True)
        thread.start()
        try:
            yield seen
        finally:
            seen.stop.set()
            thread.join()


def rest(seconds: float) -> None:
    """Wait until work that the last load left behind has ended."""
    time.sleep(seconds)
