"""Who renews the shared token, who waits, and for how long."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache.backends.locmem import LocMemCache

from payments.daraja.oauth import IssuedToken
from payments.gateways.token_store import (
    CacheTokenStore,
    TokenUnavailable,
)
from payments.tests.gateways.token_issuer import (
    FINGERPRINT,
    LEASE_S,
    Issuer,
    make_cache_store,
    make_shared,
)


class TestSharedToken:
    def test_threads_renew_once_between_them(self) -> None:
        shared, issuer = make_shared(make_cache_store()), Issuer(takes_s=0.1)

        with ThreadPoolExecutor(16) as threads:
            asked = [threads.submit(shared.obtain, issuer, wait_s=5) for _ in range(64)]
            tokens = {one.result() for one in asked}

        assert tokens == {"token-1"}
        assert issuer.count == 1

    def test_a_kept_token_is_not_renewed_by_a_new_process(self) -> None:
        store, issuer = make_cache_store(), Issuer()
        make_shared(store).obtain(issuer, wait_s=5)

        assert make_shared(store).obtain(issuer, wait_s=5) == "token-1"
        assert issuer.count == 1

    def test_a_process_looks_again_after_some_seconds(self) -> None:
        moment = [0.0]
        store, issuer = make_cache_store(), Issuer()
        shared = make_shared(store, monotonic=lambda: moment[0])
        shared.obtain(issuer, wait_s=5)
        store.drop(FINGERPRINT, "token-1")

        remembered = shared.obtain(issuer, wait_s=5)
        moment[0] = 6.0
        looked_up = shared.obtain(issuer, wait_s=5)

        assert (remembered, looked_up) == ("token-1", "token-2")

    def test_a_dropped_token_is_renewed(self) -> None:
        shared, issuer = make_shared(make_cache_store()), Issuer()

        shared.drop(shared.obtain(issuer, wait_s=5))

        assert shared.obtain(issuer, wait_s=5) == "token-2"

    def test_dropping_an_older_token_keeps_the_present_one(self) -> None:
        shared, issuer = make_shared(make_cache_store()), Issuer()
        shared.obtain(issuer, wait_s=5)

        shared.drop("token-0")

        assert shared.obtain(issuer, wait_s=5) == "token-1"

    def test_a_failed_renewal_frees_the_lease_and_passes_the_error_on(self) -> None:
        def fail() -> IssuedToken:
            raise LookupError

        shared = make_shared(make_cache_store())
        with pytest.raises(LookupError):
            shared.obtain(fail, wait_s=5)

        assert shared.obtain(Issuer(), wait_s=0) == "token-1"

    def test_a_dead_holder_is_replaced_once_its_lease_has_run_out(self) -> None:
        store = make_cache_store()
        assert store.take_lease(FINGERPRINT, 1)

        assert make_shared(store).obtain(Issuer(), wait_s=10) == "token-1"

    def test_waiting_for_another_process_ends_in_time(self) -> None:
        store = make_cache_store()
        assert store.take_lease(FINGERPRINT, LEASE_S)

        with pytest.raises(TokenUnavailable, match="process"):
            make_shared(store).obtain(Issuer(), wait_s=0.1)

    def test_waiting_for_another_thread_ends_in_time(self) -> None:
        shared, is_renewing, may_end = (
            make_shared(make_cache_store()),
            threading.Event(),
            threading.Event(),
        )

        def renew() -> IssuedToken:
            is_renewing.set()
            assert may_end.wait(10)
            return IssuedToken(access_token="first", expires_in_s=3600)

        thread = threading.Thread(target=lambda: shared.obtain(renew, wait_s=10))
        thread.start()
        assert is_renewing.wait(10)
        with pytest.raises(TokenUnavailable, match="thread"):
            shared.obtain(renew, wait_s=0.05)
        may_end.set()
        thread.join()

    def test_a_token_renewed_between_look_and_lease_is_not_renewed_again(self) -> None:
        class Racing(CacheTokenStore):
            """Another process saves a token just before we get the lease."""

            def take_lease(self, fingerprint: str, lease_s: int) -> str | None:
                theirs = super().take_lease(fingerprint, lease_s)
                assert theirs is not None
                self.save(fingerprint, "theirs", good_for_s=60, lease=theirs)
                return super().take_lease(fingerprint, lease_s)

        store, issuer = Racing(LocMemCache(uuid.uuid4().hex, {})), Issuer()

        assert make_shared(store).obtain(issuer, wait_s=5) == "theirs"
        assert issuer.count == 0

    def test_a_token_that_cannot_be_stored_is_used_nevertheless(self) -> None:
        class NoSpace(CacheTokenStore):
            def save(self, *args: object, **kwargs: object) -> None:
                raise TokenUnavailable("full")

            def end_lease(self, *args: object, **kwargs: object) -> None:
                raise TokenUnavailable("full")

        store = NoSpace(LocMemCache(uuid.uuid4().hex, {}))

        assert make_shared(store).obtain(Issuer(), wait_s=5) == "token-1"

    def test_a_short_lived_token_is_used_for_half_its_life(self) -> None:
        store, issuer = make_cache_store(), Issuer(expires_in_s=30)

        make_shared(store).obtain(issuer, wait_s=5)

        assert store.read(FINGERPRINT) == "token-1"
