"""Limits counted by the script: on a real Redis, in one round trip, as django-ratelimit counts."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
import time_machine
from django_ratelimit.core import get_usage
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from common import throttles
from common.redis_counts import Exceeded, Limit, RedisCounts, parse_rate, window_end
from tests.shared_cache.conftest import REDIS

pytestmark = pytest.mark.skipif(REDIS is None, reason="redis-server is not installed")

NOON = 1_795_000_000
_USER = Limit("push-user", "user:1", "2/m")
_PLACE = Limit("push-ip", "ip:41.90.1.2", "3/m")


class Wire(redis.Connection):
    """A connection that notes what it sends."""

    sent: list[str] = []

    def send_command(self, *words: Any, **options: Any) -> None:
        self.sent.append(str(words[0]))
        super().send_command(*words, **options)  # type: ignore[no-untyped-call]


@pytest.fixture
def server(cache_url: str) -> Iterator[redis.Redis]:
    """An empty Redis."""
    client = redis.Redis.from_url(cache_url)
    client.flushall()
    client.script_flush()
    yield client
    client.close()


@pytest.fixture
def counts(cache_url: str, server: redis.Redis) -> Iterator[RedisCounts]:
    """Counts over a wire that is watched, which has been used once."""
    found = RedisCounts(cache_url, {"connection_class": Wire})
    _count(found, Limit("warm", "up", "1/m"))
    Wire.sent.clear()
    yield found
    found._pool.disconnect()


def _count(counts: RedisCounts, *limits: Limit, now_s: int = NOON) -> Exceeded | None:
    return counts.find_exceeded(limits, now_s=now_s, is_counted=True)


class TestScript:
    def test_all_limits_of_a_request_are_one_round_trip(self, counts: RedisCounts) -> None:
        assert _count(counts, _USER, _PLACE, Limit("push-phone", "phone:2547", "5/h")) is None

        assert Wire.sent == ["EVALSHA"]

    def test_the_first_full_limit_is_named_with_its_wait(self, counts: RedisCounts) -> None:
        assert [_count(counts, _USER, _PLACE) for _ in range(2)] == [None, None]

        exceeded = _count(counts, _USER, _PLACE)

        assert exceeded is not None
        assert exceeded.group == "push-user"
        assert exceeded.wait_s == max(window_end("user:1", 60, NOON) - NOON, 1)

    def test_limits_after_a_full_one_are_not_counted(self, counts: RedisCounts) -> None:
        for _ in range(5):
            _count(counts, _USER, _PLACE)

        # Two of the five passed the first limit, so that one more may come from there.
        assert [_count(counts, _PLACE) is None for _ in range(2)] == [True, False]

    def test_looking_counts_nothing(self, counts: RedisCounts) -> None:
        def look() -> Exceeded | None:
            return counts.find_exceeded([_USER], now_s=NOON, is_counted=False)

        assert [look() for _ in range(5)] == [None] * 5
        _count(counts, _USER)
        assert look() is None
        _count(counts, _USER)

        assert look() is not None

    def test_a_new_window_begins_at_nothing_and_old_counts_go(
        self, counts: RedisCounts, server: redis.Redis
    ) -> None:
        for _ in range(3):
            _count(counts, _USER)

        assert _count(counts, _USER, now_s=NOON + 61) is None
        assert all(0 < server.ttl(key) <= 65 for key in server.scan_iter("counts:*"))

    def test_no_phone_number_is_in_the_cache(
        self, counts: RedisCounts, server: redis.Redis
    ) -> None:
        _count(counts, Limit("push-phone", "phone:254712345678", "5/m"))

        assert all(b"2547" not in key for key in server.scan_iter())

    def test_a_redis_without_the_script_is_sent_the_script(
        self, counts: RedisCounts, server: redis.Redis
    ) -> None:
        server.script_flush()

        assert _count(counts, _USER) is None
        assert Wire.sent == ["EVALSHA", "EVAL"]
        _count(counts, _USER)
        assert Wire.sent[2:] == ["EVALSHA"]

    def test_a_connection_that_died_while_it_lay_idle_is_replaced(
        self, counts: RedisCounts, server: redis.Redis
    ) -> None:
        server.client_kill_filter(_type="normal", skipme=True)

        assert [_count(counts, _USER) is None for _ in range(3)] == [True, True, False]

    def test_many_at_once_get_exactly_what_is_allowed(self, counts: RedisCounts) -> None:
        limit = Limit("race", "user:1", "20/m")
        with ThreadPoolExecutor(16) as threads:
            answers = list(threads.map(lambda _: _count(counts, limit), range(60)))

        assert answers.count(None) == 20


class TestOutage:
    def test_requests_pass_while_redis_hangs_and_its_late_answer_is_ignored(
        self, cache_url: str, server: redis.Redis
    ) -> None:
        counts = RedisCounts(cache_url, {"socket_timeout": 0.2})
        try:
            _count(counts, _USER)
            server.client_pause(600)
            with pytest.raises(redis.TimeoutError):
                _count(counts, _USER)
            time.sleep(0.7)

            assert _count(counts, Limit("other", "user:2", "1/m")) is None
        finally:
            counts._pool.disconnect()

    def test_without_redis_nothing_is_counted(
        self, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(throttles, "_outage", throttles._Outage())
        dead = {"BACKEND": throttles._REDIS, "LOCATION": "redis://127.0.0.1:1/0"}
        settings.CACHES = {"default": dead}

        assert [throttles.count([_USER]) for _ in range(4)] == [None] * 4


class TestAsDjangoRatelimit:
    @given(
        st.lists(
            st.tuples(st.sampled_from(["1/s", "2/5s", "3/m", "2/h"]), st.integers(0, 40)),
            min_size=1,
            max_size=12,
        )
    )
    @hypothesis_settings(
        suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None
    )
    def test_limits_allow_and_refuse_the_same_as_django_ratelimit(
        self, counts: RedisCounts, steps: list[tuple[str, int]]
    ) -> None:
        group, now_s = f"same{time.monotonic_ns()}", NOON
        for rate, later_s in steps:
            now_s += later_s
            with time_machine.travel(now_s, tick=False):
                usage = get_usage(
                    None, group=group, key=lambda *_: "user:1", rate=rate, increment=True
                )
            ours = _count(counts, Limit(group, "user:1", rate), now_s=now_s)

            expected = max(usage["time_left"], 1) if usage["should_limit"] else None
            assert (ours and ours.wait_s) == expected

    @pytest.mark.parametrize(
        ("rate", "expected"), [("5/m", (5, 60)), ("1/2s", (1, 2)), ("30/h", (30, 3600))]
    )
    def test_a_rate_is_read_the_same(self, rate: str, expected: tuple[int, int]) -> None:
        assert parse_rate(rate) == expected
