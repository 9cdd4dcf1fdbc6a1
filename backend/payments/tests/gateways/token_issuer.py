"""Stand-ins for the issuer of tokens and for the process that asks."""

import time
import uuid
from collections.abc import Callable

from django.core.cache.backends.locmem import LocMemCache

from payments.daraja.oauth import IssuedToken
from payments.gateways.token_store import CacheTokenStore, SharedToken, TokenStore

FINGERPRINT = "f" * 64
LEASE_S = 30


class Issuer:
    """Stands for Daraja's OAuth: counts what it issues."""

    def __init__(self, *, takes_s: float = 0.0, expires_in_s: int = 3600) -> None:
        self.count = 0
        self._takes_s = takes_s
        self._expires_in_s = expires_in_s

    def __call__(self) -> IssuedToken:
        self.count += 1
        time.sleep(self._takes_s)
        return IssuedToken(access_token=f"token-{self.count}", expires_in_s=self._expires_in_s)


def make_cache_store() -> CacheTokenStore:
    return CacheTokenStore(LocMemCache(uuid.uuid4().hex, {}))


def make_shared(
    store: TokenStore, *, monotonic: Callable[[], float] = time.monotonic
) -> SharedToken:
    return SharedToken(store, fingerprint=FINGERPRINT, renewal_limit_s=10, monotonic=monotonic)
