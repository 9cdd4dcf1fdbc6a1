"""One world for all tests here; every process of it ends, whatever happens."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.crash.world import World


@pytest.fixture(scope="package")
def _running_world() -> Iterator[World]:
    with ExitStack() as cleanup:
        yield World(cleanup)


@pytest.fixture
def world(_running_world: World) -> World:
    """Return the world, with every part of it running and well."""
    _running_world.misbehave()
    return _running_world
