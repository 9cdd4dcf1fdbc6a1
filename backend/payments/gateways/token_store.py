"""One Daraja access token for all processes: where it is kept, and who may renew it.

Each new token may kill the last one (docs/daraja.md §1), so processes share one and renew it one at
a time, under a lease: no connection and no transaction is open while M-Pesa is asked for it.
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
#: How long a process believes its own copy: one read of the store per process and 5 seconds.
REMEMBER_S = 5.0
POLL_INTERVAL_S = 0.05
#: A lease outlives the call it covers by this much, so that only a dead holder loses it.
LEASE_MARGIN_S = 2


class TokenUnavailable(Exception):
    """No token in the time allowed, or the place where it is kept is out of order."""


class TokenStore(Protocol):
    """Keeps one token per fingerprint (credentials and host) and the lease of who renews it.

    Every method raises TokenUnavailable when the store is out of order. None waits.
    """

    def read(self, fingerprint: str) -> str | None:
        """Return the token while it is good, else None."""

    def take_lease(self, fingerprint: str, lease_s: int) -> str | None:
        """Return a lease for so many seconds, None while somebody else holds one."""

    def save(self, fingerprint: str, access_token: str, *, good_for_s: int, lease: str) -> None:
        """Keep a fresh token and end the lease; do nothing when the lease is lost."""

    def end_lease(self, fingerprint: str, lease: str) -> None:
        """Let the next one renew, if the lease is still this one."""

    def drop(self, fingerprint: str, access_token: str) -> None:
        """Forget the token, if it is still this one: another process may have renewed it."""


class SharedToken:
    """Hands out the token of one pair of credentials; renews it once for all callers.

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
        # One thread of this process at a time asks the store; the others wait for its answer.
        self._turn = threading.Lock()
        self._remembered: tuple[str, float] | None = None

    def obtain(self, renew: Callable[[], IssuedToken], *, wait_s: float) -> str:
        """Return a good token, renewing it when needed; whatever `renew` raises passes through.

        Raises:
            TokenUnavailable: nobody had one within `wait_s`, or the store is out of order.
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
        """Forget a token that M-Pesa refused, unless it has been renewed since.

        Raises:
            TokenUnavailable: the store is out of order.
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
            # Between our look and our lease another process may have finished renewing, and a
            # second renewal would kill its token.
            token = self._store.read(self._fingerprint)
            return token if token is not None else self._save(renew(), lease)
        finally:
            # When this fails the lease expires.
            with contextlib.suppress(TokenUnavailable):
                self._store.end_lease(self._fingerprint, lease)

    def _save(self, issued: IssuedToken, lease: str) -> str:
        # A short life is halved instead, or such a token would never count as good.
        good_for_s = issued.expires_in_s - min(RENEW_EARLY_S, issued.expires_in_s // 2)
        try:
            self._store.save(
                self._fingerprint, issued.access_token, good_for_s=good_for_s, lease=lease
            )
        except TokenUnavailable:
            # The token is good all the same; a push should not fail for want of a place to keep it.
            logger.warning("A renewed Daraja token could not be kept")
        return issued.access_token


class CacheTokenStore:
    """Keeps the token in Django's cache: shared between processes when that is Redis."""

    def __init__(self, backend: BaseCache) -> None:
        self._cache = backend

    def read(self, fingerprint: str) -> str | None:
        """Return the token; the cache itself forgets it when its time is over."""
        with _cache_errors():
            token: str | None = self._cache.get(_token_key(fingerprint))
            return token

    def take_lease(self, fingerprint: str, lease_s: int) -> str | None:
        """Return a lease if nobody holds one: `add` is atomic."""
        lease = secrets.token_hex(8)
        with _cache_errors():
            is_ours = self._cache.add(_lease_key(fingerprint), lease, timeout=lease_s)
        return lease if is_ours else None

    def save(self, fingerprint: str, access_token: str, *, good_for_s: int, lease: str) -> None:
        """Keep the token while the lease is ours."""
        # Look and write are two steps here. Should the lease run out between them, an older token
        # may be kept; the first push that it fails drops it again.
        with _cache_errors():
            if self._cache.get(_lease_key(fingerprint)) == lease:
                self._cache.set(_token_key(fingerprint), access_token, timeout=good_for_s)
                self._cache.delete(_lease_key(fingerprint))

    def end_lease(self, fingerprint: str, lease: str) -> None:
        """Delete the lease while it is ours."""
        with _cache_errors():
            if self._cache.get(_lease_key(fingerprint)) == lease:
                self._cache.delete(_lease_key(fingerprint))

    def drop(self, fingerprint: str, access_token: str) -> None:
        """Delete the token while it is the one that failed."""
        with _cache_errors():
            if self._cache.get(_token_key(fingerprint)) == access_token:
                self._cache.delete(_token_key(fingerprint))


class DatabaseTokenStore:
    """Keeps the token in the one row of payments_darajatoken, by the database's clock.

    Each statement stands alone and gives its connection back. `expires_at` already has the margin
    for renewing early taken off. A lease is named by the moment it ends, to the microsecond.
    """

    def read(self, fingerprint: str) -> str | None:
        """Return the token while it is good and belongs to these credentials."""
        return _run(
            "SELECT access_token FROM payments_darajatoken WHERE id = 1 AND fingerprint = %s"
            " AND access_token <> '' AND expires_at > clock_timestamp()",
            [fingerprint],
        )

    def take_lease(self, fingerprint: str, lease_s: int) -> str | None:
        """Return a lease if nobody holds one that has not run out."""
        return _run(
            "INSERT INTO payments_darajatoken AS kept (id, lease_until)"
            " VALUES (1, clock_timestamp() + make_interval(secs => %s))"
            " ON CONFLICT (id) DO UPDATE SET lease_until = excluded.lease_until"
            " WHERE kept.lease_until IS NULL OR kept.lease_until <= clock_timestamp()"
            " RETURNING lease_until::text",
            [lease_s],
        )

    def save(self, fingerprint: str, access_token: str, *, good_for_s: int, lease: str) -> None:
        """Keep the token and end the lease in one statement, if the lease is still ours."""
        _run(
            "UPDATE payments_darajatoken SET access_token = %s, fingerprint = %s,"
            " expires_at = clock_timestamp() + make_interval(secs => %s), lease_until = NULL"
            " WHERE id = 1 AND lease_until = %s::timestamptz RETURNING 'saved'",
            [access_token, fingerprint, good_for_s, lease],
        )

    def end_lease(self, fingerprint: str, lease: str) -> None:
        """End the lease while it is ours."""
        _run(
            "UPDATE payments_darajatoken SET lease_until = NULL"
            " WHERE id = 1 AND lease_until = %s::timestamptz RETURNING 'ended'",
            [lease],
        )

    def drop(self, fingerprint: str, access_token: str) -> None:
        """Blank the token while it is the one that failed."""
        _run(
            "UPDATE payments_darajatoken SET access_token = '', expires_at = NULL"
            " WHERE id = 1 AND fingerprint = %s AND access_token = %s RETURNING 'dropped'",
            [fingerprint, access_token],
        )


def pick_token_store() -> TokenStore:
    """Return the cache where processes share one (CACHE_URL), else the row in the database."""
    is_shared = not isinstance(caches[DEFAULT_CACHE_ALIAS], LocMemCache | DummyCache)
    # The proxy, unlike what it stands for, may be used by every thread.
    return CacheTokenStore(cache) if is_shared else DatabaseTokenStore()


def _run(sql: str, params: Sequence[str | int]) -> str | None:
    """Run one statement on a connection of its own and return its only value.

    Raises:
        TokenUnavailable: the database cannot be reached.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            row = cursor.fetchone()
    except DatabaseError as error:
        raise TokenUnavailable("the token's row could not be used") from error
    finally:
        # Back to the pool before M-Pesa is called. Inside a transaction it is not ours to close.
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
