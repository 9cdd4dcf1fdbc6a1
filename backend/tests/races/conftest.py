"""A gateway per test, and a pool wide enough for the threads to meet in the database."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

#: Two test processes of this size fit into PostgreSQL's usual hundred connections.
_POOL_SIZE = 40


@pytest.fixture(autouse=True)
def _slow_gateway(settings: Settings, request: pytest.FixtureRequest) -> None:
    settings.PAYMENTS_GATEWAY = {
        "CLASS": "tests.races.gateway.SlowGateway",
        "OPTIONS": {"name": request.node.name},
    }
    settings.PROMPT_OPEN_SECONDS = 60
    settings.DARAJA_QUERY_RATE = "60000/m"


@pytest.fixture(autouse=True)
def _wide_pool(transactional_db: None) -> Iterator[None]:
    pool: Any = connection.pool  # type: ignore[attr-defined]
    narrow = (pool.min_size, pool.max_size)
    pool.resize(1, _POOL_SIZE)
    yield
    pool.resize(*narrow)
