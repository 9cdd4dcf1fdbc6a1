"""Counts of requests per person or address, as DRF throttles over django-ratelimit.

A count lives in the cache. When the cache is down the request passes: a customer who cannot pay
is worse than one who may try too often, and money limits are not counted here.
"""

import logging
import time
from typing import Any, ClassVar, Literal

from django.conf import settings
from django.http import HttpRequest
from django_ratelimit.core import get_usage
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from common.proxies import client_network

logger = logging.getLogger(__name__)

_TRY_AGAIN_S = 5.0
_WARN_AGAIN_S = 60.0


class _Outage:
    """Remembers that the cache is down: spares requests its timeout, and the log its repetition."""

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


class RateThrottle(BaseThrottle):
    """Allows as many requests as the setting named by `rate_setting` says (`5/m`).

    Throttles with the same `group` share one count. The setting is read at each request.
    """

    group: ClassVar[str]
    rate_setting: ClassVar[str]
    key: ClassVar[Literal["user", "phone", "ip"]] = "ip"

    _wait_s: int | None = None

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count this request and say whether it may pass."""
        self._wait_s = self.seconds_to_wait(request)
        return self._wait_s is None

    def wait(self) -> float | None:
        """Return the seconds until the count starts anew."""
        return self._wait_s

    def seconds_to_wait(self, request: HttpRequest | Request) -> int | None:
        """Count this request; return None when it may pass. Plain Django views call this."""
        usage = self._find_usage(request, increment=True)
        if usage is None or usage["count"] <= usage["limit"]:
            return None
        return max(usage["time_left"], 1)

    def is_full(self, request: HttpRequest | Request) -> bool:
        """Say whether one more request would be too many, without counting it."""
        self._wait_s = self.seconds_until_free(request)
        return self._wait_s is not None

    def seconds_until_free(self, request: HttpRequest | Request) -> int | None:
        """Return how long the count stays full, or None when it is not, without counting."""
        usage = self._find_usage(request, increment=False)
        if usage is None or usage["count"] < usage["limit"]:
            return None
        return max(usage["time_left"], 1)

    def _find_usage(
        self, request: HttpRequest | Request, *, increment: bool
    ) -> dict[str, int] | None:
        """Return the count, or None when nothing is counted: switched off, or the cache is down."""
        if _outage.is_on():
            return None
        try:
            usage: dict[str, int] | None = get_usage(
                request,
                group=self.group,
                key=self._counted,
                rate=getattr(settings, self.rate_setting),
                increment=increment,
            )
        except (RedisError, OSError) as error:
            _outage.begin(type(error).__name__)
            return None
        # django-ratelimit answers -1 when the cache lost the count under its hands.
        return None if usage is None or usage["time_left"] < 0 else usage

    def _counted(self, group: str, request: HttpRequest | Request) -> str:
        """Return whose requests are counted together."""
        if self.key == "user":
            return f"user:{request.user.pk}"
        if self.key == "phone":
            # django-ratelimit stores a hash of it: no number lies in the cache.
            return f"phone:{getattr(request.user, 'phone_number', '')}"
        return f"ip:{client_network(request)}"
