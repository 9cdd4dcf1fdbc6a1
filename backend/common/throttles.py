"""Rate limits per customer or address, as DRF throttles; one round trip counts a request.

The counts are in the cache: in Redis by one script (common.redis_counts), in any other cache by
django-ratelimit. When the cache is down requests pass: a customer who cannot pay is worse than one
who tries too often. Limits of amounts are not counted here, but in the database.
"""

import logging
import time
from collections.abc import Sequence
from functools import cache
from typing import Any, ClassVar, Literal

from django.conf import settings
from django.http import HttpRequest
from django_ratelimit.core import get_usage
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from common.proxies import client_network
from common.redis_counts import Exceeded, Limit, RedisCounts

__all__ = ["Exceeded", "Limit", "RateThrottle", "count", "find_full"]

logger = logging.getLogger(__name__)

_TRY_AGAIN_S = 5.0
_WARN_AGAIN_S = 60.0
_REDIS = "django.core.cache.backends.redis.RedisCache"


class _Outage:
    """Remembers that the cache is down: requests skip its timeout, the log repeats no warning."""

    def __init__(self) -> None:
        self.until = 0.0
        self._warned_at = float("-inf")

    def is_on(self) -> bool:
        return time.monotonic() < self.until

    def begin(self, reason: str) -> None:
        now = time.monotonic()
        self.until = now + _TRY_AGAIN_S
        if now - self._warned_at >= _WARN_AGAIN_S:
            self._warned_at = now
            logger.warning("the cache is down, so requests are not counted: %s", reason)


_outage = _Outage()


def count(limits: Sequence[Limit]) -> Exceeded | None:
    """Count one request by each limit up to the first that it exceeds, and return that limit.

    Returns None if the request may pass.
    """
    return _find_exceeded(limits, is_counted=True)


def find_full(limits: Sequence[Limit]) -> Exceeded | None:
    """Return the first limit that one more request would exceed, without counting it."""
    return _find_exceeded(limits, is_counted=False)


def _find_exceeded(limits: Sequence[Limit], *, is_counted: bool) -> Exceeded | None:
    if not settings.RATELIMIT_ENABLE or not limits or _outage.is_on():
        return None
    wanted = settings.CACHES["default"]
    try:
        if wanted["BACKEND"] != _REDIS:
            return _ask_any_cache(limits, is_counted=is_counted)
        counts = _redis_counts(wanted["LOCATION"])
        return counts.find_exceeded(limits, now_s=int(time.time()), is_counted=is_counted)
    except (RedisError, OSError) as error:
        _outage.begin(type(error).__name__)
        return None


@cache
def _redis_counts(url: str) -> RedisCounts:
    """Return this process's connections to Redis, opened at the first count."""
    return RedisCounts(url, settings.CACHES["default"].get("OPTIONS", {}))


def _ask_any_cache(limits: Sequence[Limit], *, is_counted: bool) -> Exceeded | None:
    for limit in limits:
        usage = get_usage(
            None,
            group=limit.group,
            key=lambda *_, counted=limit.counted: counted,
            rate=limit.rate,
            increment=is_counted,
        )
        # django-ratelimit returns -1 when the cache dropped the count in between.
        is_known = usage is not None and usage["time_left"] >= 0
        if is_known and usage["count"] + (0 if is_counted else 1) > usage["limit"]:
            return Exceeded(limit.group, max(usage["time_left"], 1))
    return None


class RateThrottle(BaseThrottle):
    """Allows as many requests as the setting named by `rate_setting` says, such as `5/m`.

    Throttles with the same `group` share one count. The setting is read at each request.
    A view with several throttles passes their `limit_of` to `count`, which takes one round trip.
    """

    group: ClassVar[str]
    rate_setting: ClassVar[str]
    key: ClassVar[Literal["user", "phone", "ip"]] = "ip"

    _wait_s: int | None = None

    def limit_of(self, request: HttpRequest | Request) -> Limit:
        """Return the limit that counts this request."""
        rate: str = getattr(settings, self.rate_setting)
        return Limit(self.group, self._counted(self.group, request), rate)

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count this request and return whether it may pass."""
        self._wait_s = self.seconds_to_wait(request)
        return self._wait_s is None

    def wait(self) -> float | None:
        """Return the seconds until the count is reset."""
        return self._wait_s

    def seconds_to_wait(self, request: HttpRequest | Request) -> int | None:
        """Count this request; return the seconds to wait, or None if it may pass.

        For plain Django views.
        """
        exceeded = count([self.limit_of(request)])
        return exceeded and exceeded.wait_s

    def is_full(self, request: HttpRequest | Request) -> bool:
        """Return whether one more request would exceed the limit, without counting it."""
        self._wait_s = self.seconds_until_free(request)
        return self._wait_s is not None

    def seconds_until_free(self, request: HttpRequest | Request) -> int | None:
        """Return the seconds until a request would pass, None if at once; count nothing."""
        full = find_full([self.limit_of(request)])
        return full and full.wait_s

    def _counted(self, group: str, request: HttpRequest | Request) -> str:
        """Return the name that groups the requests counted together: a user, phone or network."""
        if self.key == "user":
            return f"user:{request.user.pk}"
        if self.key == "phone":
            # The cache stores only a hash of this, never the phone number itself.
            return f"phone:{getattr(request.user, 'phone_number', '')}"
        return f"ip:{client_network(request)}"
