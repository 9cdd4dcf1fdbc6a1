"""Counts are per customer or address, name the wait, and never stand in the way of a payment."""

import logging
import time
from typing import Any, NoReturn

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.core.cache.backends.locmem import LocMemCache
from django.http import HttpRequest
from django.test import RequestFactory
from redis.exceptions import ConnectionError as RedisConnectionError
from rest_framework.request import Request

from common import throttles
from common.throttles import RateThrottle


class PerAddress(RateThrottle):
    group = "test"
    rate_setting = "LOGIN_RATE_IP"


class PerUser(RateThrottle):
    group = "test"
    rate_setting = "STK_PUSH_RATE_USER"
    key = "user"


def _request(address: str = "41.90.1.2", user_id: int = 1) -> HttpRequest:
    request = RequestFactory().get("/", REMOTE_ADDR=address)
    request.user = get_user_model()(pk=user_id)
    return request


@pytest.fixture(autouse=True)
def _rate(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.LOGIN_RATE_IP = settings.STK_PUSH_RATE_USER = "2/m"
    monkeypatch.setattr(throttles, "_outage", throttles._Outage())


def _seen_by_view(request: HttpRequest) -> Request:
    wrapped = Request(request)
    wrapped.user = request.user
    return wrapped


def _pass(throttle: RateThrottle, *requests: HttpRequest) -> list[bool]:
    return [throttle.allow_request(_seen_by_view(request), None) for request in requests]


class TestCount:
    def test_the_third_of_two_is_refused_with_its_wait(self) -> None:
        throttle = PerAddress()

        assert _pass(throttle, *[_request()] * 3) == [True, True, False]
        assert 1 <= (throttle.wait() or 0) <= 60

    def test_the_counts_of_many_others_do_not_push_it_out(self) -> None:
        throttle = PerAddress()
        _pass(throttle, *[_request()] * 3)

        _pass(throttle, *[_request(f"41.90.{n // 250}.{n % 250}") for n in range(1000, 1400)])

        assert _pass(throttle, _request()) == [False]

    def test_a_request_that_passes_has_no_wait(self) -> None:
        throttle = PerAddress()
        _pass(throttle, _request())

        assert throttle.wait() is None

    def test_after_the_wait_it_passes_again(self) -> None:
        with time_machine.travel("2026-11-23T12:00:00Z", tick=False) as clock:
            throttle = PerAddress()
            _pass(throttle, *[_request()] * 3)
            clock.shift((throttle.wait() or 0) + 1)

            assert _pass(throttle, _request()) == [True]

    @pytest.mark.parametrize("rate", ["1/s", "1/2s"])
    def test_the_shortest_wait_is_one_second(self, settings: Any, rate: str) -> None:
        settings.LOGIN_RATE_IP = rate
        throttle = PerAddress()
        with time_machine.travel("2026-11-23T12:00:00Z", tick=False):
            _pass(throttle, *[_request()] * 2)

        assert (throttle.wait() or 0) >= 1

    def test_each_address_and_each_user_have_their_own_count(self) -> None:
        _pass(PerAddress(), *[_request()] * 2)
        _pass(PerUser(), *[_request()] * 2)

        assert _pass(PerAddress(), _request("41.90.1.3"), _request()) == [True, False]
        assert _pass(PerUser(), _request(user_id=2), _request(user_id=1)) == [True, False]

    def test_a_subscribers_ipv6_addresses_count_as_one(self) -> None:
        requests = [_request(f"2001:db8:1:1::{number}") for number in (1, 2, 3)]

        assert _pass(PerAddress(), *requests) == [True, True, False]
        assert _pass(PerAddress(), _request("2001:db8:1:2::1")) == [True]

    def test_a_place_without_address_is_counted_too(self) -> None:
        assert _pass(PerAddress(), *[_request("")] * 3) == [True, True, False]

    def test_forwarded_addresses_do_not_help(self) -> None:
        requests = [_request() for _ in range(3)]
        for number, request in enumerate(requests):
            request.META["HTTP_X_FORWARDED_FOR"] = f"10.0.0.{number}"

        assert _pass(PerAddress(), *requests) == [True, True, False]

    def test_switched_off_no_request_counts(self, settings: Any) -> None:
        settings.RATELIMIT_ENABLE = False

        assert all(_pass(PerAddress(), *[_request()] * 5))
        assert not PerAddress().is_full(_request())


class TestPeek:
    def test_looking_does_not_count(self) -> None:
        throttle = PerAddress()

        assert [throttle.is_full(_request()) for _ in range(5)] == [False] * 5
        assert _pass(throttle, *[_request()] * 2) == [True, True]
        assert throttle.is_full(_request())
        assert (throttle.wait() or 0) >= 1


class TestDeadCache:
    @pytest.fixture
    def clock(self, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        """The seconds that the throttles' own clock shows."""
        seconds = [1000.0]
        monkeypatch.setattr(time, "monotonic", lambda: seconds[0])
        return seconds

    @pytest.fixture
    def asked(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        """One entry for each time the dead cache was asked."""
        asked: list[int] = []

        def refuse(*_: object, **__: object) -> NoReturn:
            asked.append(1)
            raise RedisConnectionError("redis://:s3cret@cache:6379 refused")

        monkeypatch.setattr(throttles, "get_usage", refuse)
        return asked

    def test_requests_pass_while_the_cache_is_dead(self, asked: list[int]) -> None:
        assert all(_pass(PerAddress(), *[_request()] * 5))
        assert not PerAddress().is_full(_request())

    def test_a_dead_cache_is_asked_again_only_after_a_while(
        self, asked: list[int], clock: list[float]
    ) -> None:
        _pass(PerAddress(), *[_request()] * 5)
        assert len(asked) == 1
        clock[0] += 6
        _pass(PerAddress(), _request())

        assert len(asked) == 2

    def test_a_dead_cache_is_logged_once_a_minute_without_its_url(
        self, asked: list[int], clock: list[float], caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.WARNING):
            for _ in range(13):
                _pass(PerAddress(), _request())
                clock[0] += 6

        assert len(caplog.records) == 2
        assert "s3cret" not in caplog.text

    def test_a_count_lost_in_between_passes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(LocMemCache, "add", lambda *_: False)

        assert _pass(PerAddress(), _request()) == [True]
