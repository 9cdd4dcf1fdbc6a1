"""How many commands a push sends to Redis, counted by Redis."""

from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.test import Client
from knox.models import get_token_model

from payments.tests.building import make_customer
from tests.shared_cache.conftest import REDIS

pytestmark = [
    pytest.mark.skipif(REDIS is None, reason="redis-server is not installed"),
    pytest.mark.django_db(transaction=True),
]

PUSH = "/api/payments/stk-push/"
#: What the script itself calls, in Redis and not over the wire.
_WITHIN = {"incr", "expire"}


@pytest.fixture
def server(cache_url: str, settings: Any) -> Iterator[redis.Redis]:
    """Return an empty Redis, which the API counts in."""
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": cache_url,
        }
    }
    settings.STK_PUSH_RATE_USER = settings.STK_PUSH_RATE_PHONE = "2/m"
    client = redis.Redis.from_url(cache_url)
    client.flushall()
    yield client
    client.close()


@pytest.fixture
def by_token() -> dict[str, str]:
    """Return the headers of a program that has a token."""
    _, token = get_token_model().objects.create(make_customer())
    return {"Authorization": f"Token {token}"}


def push(client: Client, headers: dict[str, str]) -> int:
    """Push once more, and return the status."""
    return client.post(PUSH, {"amount": 500}, "application/json", headers=headers).status_code


def asked(server: redis.Redis) -> dict[str, int]:
    """Return which commands came over the wire since the last look."""
    told: Any = server.info("commandstats")
    server.config_resetstat()
    found = {name.removeprefix("cmdstat_"): of["calls"] for name, of in told.items()}
    own = {"info", "config|resetstat", "client|setinfo"}
    return {name: calls for name, calls in found.items() if name not in own | _WITHIN}


def test_a_push_is_one_round_trip_and_a_third_one_is_refused(
    client: Client, server: redis.Redis, by_token: dict[str, str]
) -> None:
    assert push(client, by_token) == 200
    asked(server)

    assert push(client, by_token) == 200
    assert asked(server) == {"evalsha": 1}

    assert push(client, by_token) == 429
    assert asked(server) == {"evalsha": 1}


def test_looking_at_the_page_is_not_counted(
    client: Client, server: redis.Redis, by_token: dict[str, str]
) -> None:
    asked(server)

    assert client.get(PUSH, headers=by_token).status_code == 405

    assert asked(server) == {}
