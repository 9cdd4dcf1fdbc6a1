"""One token for all: who renews it, who waits, and that no connection is held meanwhile."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache.backends.locmem import LocMemCache
from django.db import OperationalError, connection
from django.test import override_settings
from redis.exceptions import ConnectionError as RedisConnectionError

from payments.daraja.oauth import IssuedToken
from payments.gateways.token_store import (
    CacheTokenStore,
    DatabaseTokenStore,
    TokenStore,
    TokenUnavailable,
    pick_token_store,
)
from payments.tests.gateways.token_issuer import (
    FINGERPRINT,
    LEASE_S,
    Issuer,
    make_cache_store,
    make_shared,
)

LOCAL_CACHE = "django.core.cache.backends.locmem.LocMemCache"
SHARED_CACHE = "django.core.cache.backends.redis.RedisCache"


class TokenStoreContract:
    """What both stores must do alike; subclasses give the fixture `store`."""

    def save(self, store: TokenStore, token: str, good_for_s: int = 60) -> None:
        lease = store.take_lease(FINGERPRINT, LEASE_S)
        assert lease is not None
        store.save(FINGERPRINT, token, good_for_s=good_for_s, lease=lease)

    def clean(self) -> None:
        """Undo what other threads have stored."""

    def test_an_empty_store_has_no_token(self, store: TokenStore) -> None:
        assert store.read(FINGERPRINT) is None

    def test_a_saved_token_is_read(self, store: TokenStore) -> None:
        self.save(store, "first")

        assert store.read(FINGERPRINT) == "first"

    def test_other_credentials_do_not_get_the_token(self, store: TokenStore) -> None:
        self.save(store, "first")

        assert store.read("e" * 64) is None

    def test_an_old_token_is_no_token(self, store: TokenStore) -> None:
        self.save(store, "first", good_for_s=1)

        time.sleep(1.1)

        assert store.read(FINGERPRINT) is None

    def test_only_one_holds_the_lease(self, store: TokenStore) -> None:
        first = store.take_lease(FINGERPRINT, LEASE_S)

        assert first is not None
        assert store.take_lease(FINGERPRINT, LEASE_S) is None

    def test_an_ended_lease_is_free(self, store: TokenStore) -> None:
        lease = store.take_lease(FINGERPRINT, LEASE_S)
        assert lease is not None

        store.end_lease(FINGERPRINT, lease)

        assert store.take_lease(FINGERPRINT, LEASE_S) is not None

    def test_saving_ends_the_lease(self, store: TokenStore) -> None:
        self.save(store, "first")

        assert store.take_lease(FINGERPRINT, LEASE_S) is not None

    def test_a_lease_that_ran_out_is_taken_over_and_its_holder_saves_nothing(
        self, store: TokenStore
    ) -> None:
        lost = store.take_lease(FINGERPRINT, 1)
        assert lost is not None
        time.sleep(1.1)

        taken = store.take_lease(FINGERPRINT, LEASE_S)
        store.save(FINGERPRINT, "late", good_for_s=60, lease=lost)
        store.end_lease(FINGERPRINT, lost)

        assert taken is not None
        assert store.read(FINGERPRINT) is None
        assert store.take_lease(FINGERPRINT, LEASE_S) is None

    def test_a_dropped_token_is_gone(self, store: TokenStore) -> None:
        self.save(store, "first")

        store.drop(FINGERPRINT, "first")

        assert store.read(FINGERPRINT) is None

    def test_a_token_renewed_since_is_not_dropped(self, store: TokenStore) -> None:
        self.save(store, "second")

        store.drop(FINGERPRINT, "first")

        assert store.read(FINGERPRINT) == "second"

    def test_processes_renew_once_between_them(self, store: TokenStore) -> None:
        issuer = Issuer(takes_s=0.2)

        def ask(_: int) -> str:
            # A SharedToken each, as processes have: only the store joins them.
            return make_shared(store).obtain(issuer, wait_s=10)

        with ThreadPoolExecutor(6) as threads:
            tokens = list(threads.map(ask, range(6)))
        self.clean()

        assert tokens == ["token-1"] * 6
        assert issuer.count == 1


class TestCacheTokenStore(TokenStoreContract):
    @pytest.fixture
    def store(self) -> TokenStore:
        return make_cache_store()

    def test_a_broken_cache_has_no_token(self) -> None:
        class BrokenCache(LocMemCache):
            def get(self, *args: object, **kwargs: object) -> object:
                raise RedisConnectionError("down")

        store = CacheTokenStore(BrokenCache("broken", {}))

        with pytest.raises(TokenUnavailable):
            store.read(FINGERPRINT)


@pytest.mark.django_db
class TestDatabaseTokenStore(TokenStoreContract):
    """The test's own connection is in a transaction; threads have connections that commit."""

    @pytest.fixture
    def store(self) -> TokenStore:
        return DatabaseTokenStore()

    def clean(self) -> None:
        in_a_thread(blank_row)

    def test_no_connection_is_held_while_mpesa_is_asked(self, store: TokenStore) -> None:
        held: list[object] = []

        def renew() -> IssuedToken:
            held.append(connection.connection)
            return IssuedToken(access_token="first", expires_in_s=3600)

        def obtain() -> None:
            make_shared(store).obtain(renew, wait_s=5)
            held.append(connection.connection)

        in_a_thread(obtain)
        self.clean()

        assert held == [None, None]

    def test_a_transaction_of_the_caller_stays_open(self, store: TokenStore) -> None:
        self.save(store, "first")

        assert connection.in_atomic_block
        assert connection.connection is not None

    def test_the_margin_is_in_the_row(self, store: TokenStore) -> None:
        make_shared(store).obtain(Issuer(), wait_s=5)

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT extract(epoch FROM expires_at - clock_timestamp())"
                " FROM payments_darajatoken WHERE id = 1"
            )
            (left_s,) = cursor.fetchone()
        assert 3500 < left_s <= 3540

    @pytest.mark.parametrize("ahead", ["16 seconds", "1 day", "100 years"])
    def test_a_lease_that_ends_later_than_any_can_is_void(
        self, store: TokenStore, ahead: str
    ) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE payments_darajatoken SET lease_until = clock_timestamp() + %s::interval",
                [ahead],
            )

        assert make_shared(store).obtain(Issuer(), wait_s=5) == "token-1"

    def test_a_token_that_lives_longer_than_any_can_is_no_token(self, store: TokenStore) -> None:
        self.save(store, "first", good_for_s=90_000)

        assert store.read(FINGERPRINT) is None

    def test_a_broken_database_has_no_token(
        self, store: TokenStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse() -> None:
            raise OperationalError("down")

        monkeypatch.setattr(connection, "cursor", refuse)

        with pytest.raises(TokenUnavailable):
            store.read(FINGERPRINT)


def in_a_thread(work: Callable[[], None]) -> None:
    with ThreadPoolExecutor(1) as thread:
        thread.submit(work).result()


def blank_row() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO payments_darajatoken (id) VALUES (1) ON CONFLICT (id) DO UPDATE"
            " SET access_token = '', fingerprint = '', expires_at = NULL, lease_until = NULL"
        )
    connection.close()


class TestPickTokenStore:
    def test_a_cache_of_this_process_alone_is_not_shared_so_the_database_serves(self) -> None:
        with override_settings(CACHES={"default": {"BACKEND": LOCAL_CACHE}}):
            assert isinstance(pick_token_store(), DatabaseTokenStore)

    def test_a_shared_cache_serves(self) -> None:
        redis = {"BACKEND": SHARED_CACHE, "LOCATION": "redis://127.0.0.1:6379/0"}

        with override_settings(CACHES={"default": redis}):
            assert isinstance(pick_token_store(), CacheTokenStore)
