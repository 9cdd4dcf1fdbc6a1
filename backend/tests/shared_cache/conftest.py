"""One real Redis for the tests of what several processes share."""

import shutil
import subprocess
from collections.abc import Callable, Iterator

import httpx
import pytest
import redis

from tests.crash.processes import free_port, wait_until

REDIS = shutil.which("redis-server")


def answers(ask: Callable[[], object]) -> bool:
    """Say whether it answers already."""
    try:
        ask()
    except (httpx.TransportError, redis.ConnectionError):
        return False
    return True


@pytest.fixture(scope="module")
def cache_url() -> Iterator[str]:
    """Start a Redis that keeps nothing on disk."""
    port = free_port()
    command = [
        REDIS or "",
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        "no",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    client = redis.Redis(port=port)
    wait_until(lambda: answers(client.ping), within_s=10, what="Redis answers")
    yield f"redis://127.0.0.1:{port}/0"
    client.close()
    process.terminate()
    process.wait(timeout=10)
