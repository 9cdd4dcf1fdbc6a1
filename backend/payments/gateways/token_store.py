"""Stores one Daraja access token for all processes, and lets one process at a time renew it.

A new token may end the last one (docs/daraja.md §1), so all processes share one token. The process
that renews it holds a lease, not a lock, so that no connection and no transaction is open while
Daraja is called.
"""

import contextlib
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from django.core.cache import DEFAULT_CACHE_ALIAS, cache, caches
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache
from django.db import Error as DatabaseError
from django.db import connection
from redis.exceptions import RedisError

from payments.daraja.oauth import IssuedToken

logger = logging.getLogger(__name__)

RENEW_EARLY_S = 60
#: Seconds for which a process uses its own copy of the token before it reads the store again.
REMEMBER_S = 5.0
POLL_INTERVAL_S = 0.05
#: A lease lasts this much longer than the call that renews the token, so that only a process that
#: died loses its lease.
LEASE_MARGIN_S = 2
#: No lease of any process is longer, whatever its settings: TOKEN_LIMIT_S limits the call.
_MAX_LEASE_S = 15


class TokenUnavailable(Exception):
    """No token was obtained in the time allowed, or the token store failed."""


class TokenStore(Protocol):
    """Stores one token per fingerprint (a hash of host and consumer key) and the renewal lease.

    Every method raises TokenUnavailable where the store fails. No method waits.
    """

    def read(self, fingerprint: str) -> str | None:
        """Return the token while it is valid, else None."""

    def take_lease(self, fingerprint: str, lease_s: int) -> str | None:
        """Return a lease for `lease_s` seconds; None while another process holds one."""

    def save(self, fingerprint: str, access_token: str, *, good_for_s: int, lease: str) -> None:
        """Store a new token and end the lease; do nothing where the lease has expired."""

    def end_lease(self, fingerprint: str, lease: str) -> None:
        """End the lease, if it is still this one, so that another process may renew the token."""

    def drop(self, fingerprint: str, access_token: str) -> None:
        """Delete the token, if it is still this one: another process may have renewed it."""


class SharedToken:
    """Returns the token of one consumer key, and renews it once for all callers.

    `renewal_limit_s` is the longest that `renew` (given to `obtain`) may take.
    """

    def __init__(
        self,
        store: TokenStore,
        *,
        fingerprint: str,
        renewal_limit_s: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._fingerprint = fingerprint
        self._lease_s = int(renewal_limit_s) + 1 + LEASE_MARGIN_S
        self._monotonic = monotonic
        # One thread of this process at a time reads the store; the others wait for its result.
        self._turn = threading.Lock()
        self._remembered: tuple[str, float] | None = None

    def obtain(self, renew: Callable[[], IssuedToken], *, wait_s: float) -> str:
        """Return a valid token, renewed where needed; errors of `renew` are not caught.

        Raises:
            TokenUnavailable: no token was obtained within `wait_s`, or the store failed.
        """
        ends_at = self._monotonic() + wait_s
        token = self._recall()
        if token is not None:
            return token
        if not self._turn.acquire(timeout=max(wait_s, 0)):
            raise TokenUnavailable("another thread is still renewing the token")
        try:
            token = self._recall() or self._find_or_renew(renew, ends_at)
            self._remembered = (token, self._monotonic() + REMEMBER_S)
            return token
        finally:
            self._turn.release()

    def drop(self, access_token: str) -> None:
        """Delete a token that Daraja rejected, unless it has been renewed since.

        Raises:
            TokenUnavailable: the store failed.
        """
        remembered = self._remembered
        if remembered is not None and remembered[0] == access_token:
            self._remembered = None
        self._store.drop(self._fingerprint, access_token)

    def _recall(self) -> str | None:
        remembered = self._remembered
        is_fresh = remembered is not None and self._monotonic() < remembered[1]
        return remembered[0] if remembered is not None and is_fresh else None

    def _find_or_renew(self, renew: Callable[[], IssuedToken], ends_at: float) -> str:
        while True:
            token = self._store.read(self._fingerprint)
            if token is not None:
                return token
            lease = self._store.take_lease(self._fingerprint, self._lease_s)
            if lease is not None:
                return self._renew(renew, lease)
            if self._monotonic() >= ends_at:
                raise TokenUnavailable("another process is still renewing the token")
            time.sleep(POLL_INTERVAL_S)

    def _renew(self, renew: Callable[[], IssuedToken], lease: str) -> str:
        try:
            # Between our read and our lease another process may have renewed the token; a second
            # renewal would end that new token.
            token = self._store.read(self._fingerprint)
            return token if token is not None else self._save(renew(), lease)
        finally:
            # Where this fails, the lease ends when its time is over.
            with contextlib.suppress(TokenUnavailable):
                self._store.end_lease(self._fingerprint, lease)

    def _save(self, issued: IssuedToken, lease: str) -> str:
        # A token with a short lifetime is renewed after half of it: less RENEW_EARLY_S, it would
        # never count as valid.
        good_for_s = issued.expires_in_s - min(RENEW_EARLY_S, issued.expires_in_s // 2)
        try:
            self._store.save(
                self._fingerprint, issued.access_token, good_for_s=good_for_s, lease=lease
            )
        except TokenUnavailable:
            # The token is valid, so the push goes on although the token could not be stored.
            logger.warning("A renewed Daraja token could not be kept")
        return issued.access_token


class CacheTokenStore:
    """Stores the token in Django's cache, which processes share where it is Redis."""

    def __init__(self, backend: BaseCache) -> None:
        self._cache = backend

    def read(self, fingerprint: str) -> str | None:
        """Return the token; the cache deletes it when it expires."""
        with _cache_errors():
            token: str | None = self._cache.get(_token_key(fingerprint))
            return token

    def take_lease(self, fingerprint: str, lease_s: int) -> str | None:
        """Return a lease where no other process holds one; the cache's `add` is atomic."""
        lease = secrets.token_hex(8)
        with _cache_errors():
            is_ours = self._cache.add(_lease_key(fingerprint), lease, timeout=lease_s)
        return lease if is_ours else None

    def save(self, fingerprint: str, access_token: str, *, good_for_s: int, lease: str) -> None:
        """Store the token, if the lease is still ours."""
        # Reading the lease and writing the token are two steps. Where the lease expires between
        # them, an older token may be stored; the first push that Daraja rejects for it drops it.
        with _cache_errors():
            if self._cache.get(_lease_key(fingerprint)) == lease:
                self._cache.set(_token_key(fingerprint), access_token, timeout=good_for_s)
                self._cache.delete(_lease_key(fingerprint))

    def end_lease(self, fingerprint: str, lease: str) -> None:
        """Delete the lease, if it is still ours."""
        with _cache_errors():
            if self._cache.get(_lease_key(fingerprint)) == lease:
                self._cache.delete(_lease_key(fingerprint))

    def drop(self, fingerprint: str, access_token: str) -> None:
        """Delete the token, if it is still the rejected one."""
        with _cache_errors():
            if self._cache.get(_token_key(fingerprint)) == access_token:
                self._cache.delete(_token_key(fingerprint))


class DatabaseTokenStore:
    """Stores the token in the single row of payments_darajatoken, by the database's clock.

    Each statement is its own transaction and returns its connection to the pool. `expires_at` is
    earlier than the token's real end, by the margin for renewing early. A lease is identified by
    the time at which it ends, to the microsecond.
    """

    def read(self, fingerprint: str) -> str | None:
        """Return the token while it is valid, if it has this fingerprint."""
        return _run(
            "SELECT access_token FROM payments_darajatoken WHERE id = 1 AND fingerprint = %s"
            " AND access_token <> '' AND expires_at > clock_timestamp()"
            # No token lives longer (daraja.oauth): the row was written by a wrong clock.
            " AND expires_at <= clock_timestamp() + interval '1 day'",
            [fingerprint],
        )

    def take_lease(self, fingerprint: str, lease_s: int) -> str | None:
        """Return a lease where no other process holds one that is still running."""
        return _run(
            "INSERT INTO payments_darajatoken AS kept (id, lease_until)"
            " VALUES (1, clock_timestamp() + make_interval(secs => %s))"
            " ON CONFLICT (id) DO UPDATE SET lease_until = excluded.lease_until"
            " WHERE kept.lease_until IS NULL OR kept.lease_until <= clock_timestamp()"
            # It was written while the server's clock was wrong; no process can hold it so long.
            " OR kept.lease_until > clock_timestamp() + make_interval(secs => %s)"
            " RETURNING lease_until::text",
            [lease_s, max(lease_s, _MAX_LEASE_S)],
        )

    def save(self, fingerprint: str, access_token: str, *, good_for_s: int, lease: str) -> None:
        """Store the token and end the lease in one statement, if the lease is still ours."""
        _run(
            "UPDATE payments_darajatoken SET access_token = %s, fingerprint = %s,"
            " expires_at = clock_timestamp() + make_interval(secs => %s), lease_until = NULL"
            " WHERE id = 1 AND lease_until = %s::timestamptz RETURNING 'saved'",
            [access_token, fingerprint, good_for_s, lease],
        )

    def end_lease(self, fingerprint: str, lease: str) -> None:
        """End the lease, if it is still ours."""
        _run(
            "UPDATE payments_darajatoken SET lease_until = NULL"
            " WHERE id = 1 AND lease_until = %s::timestamptz RETURNING 'ended'",
            [lease],
        )

    def drop(self, fingerprint: str, access_token: str) -> None:
        """Blank the token, if it is still the rejected one."""
        _run(
            "UPDATE payments_darajatoken SET access_token = '', expires_at = NULL"
            " WHERE id = 1 AND fingerprint = %s AND access_token = %s RETURNING 'dropped'",
            [fingerprint, access_token],
        )


def pick_token_store() -> TokenStore:
    """Return the cache's store where processes share a cache (CACHE_URL), else the database's."""
    is_shared = not isinstance(caches[DEFAULT_CACHE_ALIAS], LocMemCache | DummyCache)
    # `cache` is a proxy that gives each thread its own connection; caches[...] is one thread's.
    return CacheTokenStore(cache) if is_shared else DatabaseTokenStore()


def _run(sql: str, params: Sequence[str | int]) -> str | None:
    """Run one statement and return its only value; None where it returns no row.

    Raises:
        TokenUnavailable: the database reported an error.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            row = cursor.fetchone()
    except DatabaseError as error:
        raise TokenUnavailable("the token's row could not be used") from error
    finally:
        # Return the connection to the pool before Daraja is called. Inside a transaction the caller
        # still needs it.
        if not connection.in_atomic_block:
            connection.close()
    return None if row is None else str(row[0])


@contextlib.contextmanager
def _cache_errors() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError) as error:
        raise TokenUnavailable("the token's cache could not be used") from error


def _token_key(fingerprint: str) -> str:
    return f"daraja:token:{fingerprint}"


def _lease_key(fingerprint: str) -> str:
    return f"daraja:lease:{fingerprint}"
