"""These tests belong to the step `libraries`: without libraries there is nothing to collect."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from devtools import libraries
from tests.libraries.shop import Library, Receiver, Shop, Simulator

collect_ignore_glob = [] if libraries.FOLDER in os.environ else ["test_*.py"]


@pytest.fixture(scope="session")
def installed() -> Path:
    """Return the folder of installed libraries."""
    return Path(os.environ[libraries.FOLDER])


@pytest.fixture(scope="session")
def receiver() -> Iterator[Receiver]:
    """Return the server that gets what M-Pesa sends."""
    with Receiver.started() as started:
        yield started


@pytest.fixture(scope="session")
def simulator(installed: Path) -> Iterator[Simulator]:
    """Return the simulator as other people install it."""
    with Simulator.started(installed / libraries.SIMULATOR) as started:
        yield started


@pytest.fixture(scope="session")
def library(
    request: pytest.FixtureRequest, installed: Path, simulator: Simulator
) -> Iterator[Library]:
    """Return one library, with its keys; it stays for all its tests, as in a server."""
    name: str = request.param
    reason = libraries.missing(installed, name)
    if reason is not None:
        pytest.skip(f"{name}: {reason}")
    with Library.started(name, installed / name, simulator.url) as started:
        yield started


@pytest.fixture
def shop(library: Library, simulator: Simulator, receiver: Receiver) -> Shop:
    """Return a shop with this library, in a new world of the simulator."""
    simulator.begin(library.name)
    receiver.received.clear()
    return Shop(library, simulator, receiver)
