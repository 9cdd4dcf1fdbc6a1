"""Fixtures: real servers on loopback."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aiohttp import web

from .harness import LoopThread, Merchant, SimulatorClient, make_app


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """These tests talk over loopback; elsewhere sockets may be blocked."""
    for item in items:
        if "daraja_simulator" in item.path.parts:
            item.add_marker(pytest.mark.enable_socket)


@pytest.fixture(scope="session")
def servers() -> Iterator[LoopThread]:
    """The thread in which servers run."""
    thread = LoopThread()
    yield thread
    thread.close()


@pytest.fixture
def merchant(servers: LoopThread) -> Iterator[Merchant]:
    """A merchant's server."""
    made = Merchant()
    made.url, runner = servers.serve(made.app())
    yield made
    servers.run(runner.cleanup())


@pytest.fixture
def start(servers: LoopThread, merchant: Merchant) -> Iterator[Callable[..., SimulatorClient]]:
    """Starts a simulator with the settings given."""
    runners: list[web.AppRunner] = []
    clients: list[SimulatorClient] = []

    def make(**settings: Any) -> SimulatorClient:
        url, runner = servers.serve(make_app(**settings))
        runners.append(runner)
        clients.append(SimulatorClient(url, merchant))
        return clients[-1]

    yield make
    for client in clients:
        client.http.close()
    for runner in runners:
        servers.run(runner.cleanup())


@pytest.fixture
def manual(start: Callable[..., SimulatorClient]) -> SimulatorClient:
    """A simulator that waits for the customer."""
    return start()


@pytest.fixture
def automatic(start: Callable[..., SimulatorClient]) -> SimulatorClient:
    """A simulator that answers automatically."""
    return start(automatic=True)
