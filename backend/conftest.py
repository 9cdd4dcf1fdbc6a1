"""What every test shares: a cheap password hash, empty counts, a flush that the ledger allows."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import pytest
from django.core.cache import cache
from django.db import connections
from django.db.backends.base.operations import BaseDatabaseOperations
from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice

from users.hashers import LeanArgon2PasswordHasher

if TYPE_CHECKING:
    from django.db.backends.postgresql.base import DatabaseWrapper

# The same algorithm as in production at a thousandth of its cost.
LeanArgon2PasswordHasher.time_cost = 1
LeanArgon2PasswordHasher.memory_cost = 8

#: Rows that migrations insert and code relies on; a flush takes them too.
_STANDING_ROWS = (
    "INSERT INTO payments_querypace (id) VALUES (1) ON CONFLICT DO NOTHING",
    "INSERT INTO payments_darajatoken (id) VALUES (1) ON CONFLICT DO NOTHING",
)


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Begin without counts, tokens and flags of the test before."""
    cache.clear()


@pytest.fixture(autouse=True)
def _operators_give_their_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `force_login` stand for an operator's whole log-in: it skips the code with the password.

    Who logs in by the API, or a form, is as unverified as in production.
    """
    force_login = Client.force_login

    def with_code(self: Client, user: Any, backend: str | None = None) -> None:
        force_login(self, user, backend)
        if user.is_staff:
            device, _ = TOTPDevice.objects.get_or_create(user=user, name="test")
            session = self.session
            session[DEVICE_ID_SESSION_KEY] = device.persistent_id
            session.save()

    monkeypatch.setattr(Client, "force_login", with_code)


@pytest.fixture(scope="session", autouse=True)
def _flush_despite_triggers() -> Iterator[None]:
    """Let transactional tests clean up: the ledger's triggers refuse TRUNCATE, rightly.

    A replica's session runs no triggers; the setting ends with the flush's transaction.
    """
    flush = BaseDatabaseOperations.execute_sql_flush

    def flush_as_replica(self: Any, sql_list: list[str]) -> None:
        role = "SET LOCAL session_replication_role = replica"
        flush(self, [role, *sql_list, *(_STANDING_ROWS if sql_list else ())])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", flush_as_replica)
        yield
    for open_connection in connections.all(initialized_only=True):
        cast("DatabaseWrapper", open_connection).close_pool()
