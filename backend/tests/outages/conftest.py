"""Real transactions, and a pool that each test leaves as it found it."""

from collections.abc import Iterator

import pytest

from tests.outages import database


@pytest.fixture(autouse=True)
def _own_pool(transactional_db: None) -> Iterator[None]:
    yield
    database.reconnect()
