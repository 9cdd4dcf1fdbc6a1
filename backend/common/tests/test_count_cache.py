"""Without Redis, counts that lock outlive a flood of new ones, in bounded memory."""

import time
from typing import Any

import pytest
from django.core.cache import caches
from django.http import HttpRequest

from common.count_cache import CountCache
from common.throttles import RateThrottle

_MAX_ENTRIES = 300


class PerAddress(RateThrottle):
    """Counts by address."""

    group = "test-flood"
    rate_setting = "LOGIN_RATE_IP"


@pytest.fixture
def _small(settings: Any) -> None:
    assert settings.CACHES["default"]["BACKEND"] == "common.count_cache.CountCache"
    small = {"LOCATION": "small", "OPTIONS": {"MAX_ENTRIES": _MAX_ENTRIES}}
    settings.CACHES = {"default": {**settings.CACHES["default"], **small}}
    settings.RATELIMIT_ENABLE, settings.LOGIN_RATE_IP = True, "4/h"


def _request(address: str) -> HttpRequest:
    request = HttpRequest()
    request.META["REMOTE_ADDR"] = address
    return request


def _stored() -> int:
    cache = caches["default"]
    assert isinstance(cache, CountCache)
    return len(cache._cache)


def _count(address: str) -> int | None:
    return PerAddress().seconds_to_wait(_request(address))


@pytest.mark.usefixtures("_small")
class TestFlood:
    @pytest.mark.parametrize("begun", [3, 5])
    def test_a_count_is_not_pushed_out_by_new_addresses(self, begun: int) -> None:
        for _ in range(begun):
            _count("41.90.1.2")

        for number in range(3 * _MAX_ENTRIES):
            assert _count(f"2001:db8:{number:x}::1") is None

        assert _stored() <= _MAX_ENTRIES
        left = [_count("41.90.1.2") for _ in range(5 - min(begun, 4))]
        assert left[-1] is not None
        assert left[:-1] == [None] * (4 - min(begun, 4))

    def test_many_equal_counts_do_not_grow_the_cache_without_bound(self) -> None:
        """Among equals some go, and memory stays bounded."""
        for number in range(2 * _MAX_ENTRIES):
            for _ in range(5):
                _count(f"41.90.{number // 256}.{number % 256}")

        assert _stored() <= _MAX_ENTRIES


class TestCull:
    def test_expired_ones_go_first_and_what_is_no_count_last(self) -> None:
        cache = CountCache("cull", {"OPTIONS": {"MAX_ENTRIES": 6}})
        cache.set("gone", 99, timeout=0.001)
        time.sleep(0.01)
        cache.set("kept", "text", timeout=None)
        for number in range(1, 6):
            cache.set(f"count-{number}", number)

        cache.set("more", 1)
        cache.set("yet-more", 1)

        assert cache.get("gone") is None
        assert cache.get("kept") == "text"
        assert cache.get("count-5") == 5
        assert cache.get("count-1") is None
        assert cache.get("yet-more") == 1
