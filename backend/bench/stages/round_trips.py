"""T14: how many round trips one request makes to PostgreSQL and to Redis.

The product is started a second time, as the side `counted`, and reaches both through proxies that
count (bench/proxy.py). No times are measured here.
"""

import json
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from bench.bench import Bench

_COUNTED = 40
_WARM = 16


@dataclass(frozen=True)
class _Seen:
    trips: int
    texts: Counter[str]


def measure(bench: Bench) -> None:
    """Count the round trips of one push, one callback and one status read."""
    system = bench.system
    bench.loads.daraja("delay/0")
    environment = _put_proxies_between(bench)
    system.start_product("counted", **environment)
    system.wait_for("counted")
    jobs: dict[str, Callable[[], None]] = {
        "push": lambda: bench.push_some("counted", _COUNTED),
        "callback": lambda: bench.callback_some("counted", _COUNTED),
        "status": lambda: bench.read_some("counted", _COUNTED),
    }
    # Warm up, uncounted: each process opens its connections, fetches its access token and loads
    # its Redis scripts.
    bench.pushes("counted", _WARM, 1.0)
    bench.callbacks("counted", _WARM)
    bench.reads("counted", _WARM)
    for name, job in jobs.items():
        if not system.redis_path:
            bench.book.lacking[f"{name}_redis_trips"] = "redis-server is not installed"
        proxies = {"postgres": "postgres_proxy"}
        if system.redis_path:
            proxies["redis"] = "redis_proxy"
        before = {store: _look(bench, proxy) for store, proxy in proxies.items()}
        job()
        for store, proxy in proxies.items():
            after = _look(bench, proxy)
            _keep(bench, name, store, before[store], after)
    for program in ("counted", *proxies.values()):
        system.stop(program)


def _put_proxies_between(bench: Bench) -> dict[str, str]:
    system = bench.system
    port = system.ports["postgres_proxy"]
    system.start_proxy("postgres_proxy", str(system.folder / "data" / ".s.PGSQL.5432"))
    environment = {"DATABASE_URL": f"postgresql://postgres:@127.0.0.1:{port}/postgres"}
    if system.redis_path:
        system.start_proxy("redis_proxy", f"127.0.0.1:{system.ports['redis']}")
        environment["CACHE_URL"] = f"redis://127.0.0.1:{system.ports['redis_proxy']}/0"
    return environment


def _look(bench: Bench, proxy: str) -> _Seen:
    with socket.create_connection(("127.0.0.1", bench.system.ports[proxy]), timeout=10) as asked:
        asked.sendall(b"BENCH\n")
        with asked.makefile("rb") as answer:
            found = json.load(answer)
    return _Seen(found["trips"], Counter(found["texts"]))


def _keep(bench: Bench, name: str, store: str, before: _Seen, after: _Seen) -> None:
    book = bench.book
    book.note_figure(f"{name}_{store}_trips", (after.trips - before.trips) / _COUNTED)
    texts = after.texts - before.texts
    book.statements[f"{name}, {store}"] = {
        text: count / _COUNTED for text, count in texts.most_common()
    }
