"""Rate-limit counts in Redis: one round trip checks all limits of a request.

A count belongs to one fixed window, as with django-ratelimit, and expires with it. The limits
themselves come from common.throttles.
"""

import hashlib
import zlib
from collections.abc import Sequence
from typing import Any, NamedTuple

from redis import ConnectionPool
from redis.exceptions import NoScriptError

#: Seconds for which a count outlives its window, because clocks of two machines differ.
_OUTLIVES_S = 5
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}

# Stops at the first limit that is exceeded and returns its number, or 0 when none is. Later limits
# are not counted then: one customer's refused requests must not use up the limit of an address that
# thousands may share.
_SCRIPT = b"""
local step = tonumber(ARGV[1])
for number, key in ipairs(KEYS) do
  local limit, lives_for = tonumber(ARGV[number * 2]), tonumber(ARGV[number * 2 + 1])
  local count
  if step == 0 then
    count = tonumber(redis.call('GET', key) or '0') + 1
  else
    count = redis.call('INCR', key)
    if count == 1 then redis.call('EXPIRE', key, lives_for) end
  end
  if count > limit then return number end
end
return 0
"""
_SCRIPT_SHA = hashlib.sha1(_SCRIPT, usedforsecurity=False).hexdigest()


class Limit(NamedTuple):
    """At most `rate` (`5/m`) requests of the kind `group` by `counted`, a customer or address."""

    group: str
    counted: str
    rate: str


class Exceeded(NamedTuple):
    """The first exceeded limit's group, and the whole seconds until its window ends, at least 1."""

    group: str
    wait_s: int


def parse_rate(rate: str) -> tuple[int, int]:
    """Return (requests, seconds) of a rate such as `5/m` or `5/10s`; config.env checks its form."""
    count, _, period = rate.partition("/")
    return int(count), int(period[:-1] or 1) * _SECONDS[period[-1]]


def window_end(counted: str, period_s: int, now_s: int) -> int:
    """Return when the present window ends, in Unix seconds; the second depends on `counted`."""
    if period_s == 1:
        return now_s
    end = now_s - now_s % period_s + zlib.crc32(counted.encode()) % period_s
    return end + period_s if end < now_s else end


class RedisCounts:
    """Counts over its own connections: redis-py's client would cost several times the script."""

    def __init__(self, url: str, options: dict[str, Any]) -> None:
        self._pool = ConnectionPool.from_url(url, **options)

    def find_exceeded(
        self, limits: Sequence[Limit], *, now_s: int, is_counted: bool
    ) -> Exceeded | None:
        """Return the first limit that one more request exceeds, or None.

        With `is_counted` the request is counted by each limit up to that one.

        Raises:
            RedisError, OSError: Redis cannot be reached, or failed.
        """
        keys, arguments, ends = [], [1 if is_counted else 0], []
        for group, counted, rate in limits:
            allowed, period_s = parse_rate(rate)
            ends.append(window_end(counted, period_s, now_s))
            arguments += [allowed, period_s + _OUTLIVES_S]
            # Hashed, so that no customer's phone number is stored in the cache.
            name = f"{group} {rate} {counted} {ends[-1]}".encode()
            keys.append("counts:" + hashlib.sha256(name).hexdigest())
        number = self._run(keys, arguments)
        if number == 0:
            return None
        return Exceeded(limits[number - 1].group, max(ends[number - 1] - now_s, 1))

    def _run(self, keys: list[str], arguments: list[int]) -> int:
        connection = self._pool.get_connection()
        try:
            return self._ask(connection, keys, arguments)
        except BaseException:
            # The reply may still arrive, and the next request must not read it as its own.
            connection.disconnect()  # type: ignore[no-untyped-call]
            raise
        finally:
            self._pool.release(connection)

    @staticmethod
    def _ask(connection: Any, keys: list[str], arguments: list[int]) -> int:
        connection.send_command("EVALSHA", _SCRIPT_SHA, len(keys), *keys, *arguments)
        try:
            return int(connection.read_response())
        except NoScriptError:
            # A restarted Redis has forgotten the script; EVAL sends and stores it again.
            connection.send_command("EVAL", _SCRIPT, len(keys), *keys, *arguments)
            return int(connection.read_response())
