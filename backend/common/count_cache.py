"""The cache of a single process, which forgets low counts before high ones.

Django's cache in memory drops what was not asked for lately. With 100,000 IPv6 networks, one
request from each, anybody could so push out the count that locks a number or an address.
"""

import heapq
import pickle
import time
from typing import Any

from django.core.cache.backends.locmem import LocMemCache


class CountCache(LocMemCache):
    """Drops, once MAX_ENTRIES are stored, what has expired, and then a third: the lowest counts.

    Values that are no counts are dropped last.
    """

    _cache: dict[str, bytes]
    _expire_info: dict[str, float | None]

    def _cull(self) -> None:
        now = time.time()
        for key in [key for key, end in self._expire_info.items() if end and end <= now]:
            self._delete(key)  # type: ignore[attr-defined]
        excess = len(self._cache) - self._max_entries + self._max_entries // 3
        for key in heapq.nsmallest(excess, self._cache, key=self._rank):
            self._delete(key)  # type: ignore[attr-defined]

    def _rank(self, key: str) -> float:
        value: Any = pickle.loads(self._cache[key])  # noqa: S301 - this process pickled it
        return value if isinstance(value, int) else float("inf")
