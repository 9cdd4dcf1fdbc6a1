"""What every test shares: a cheap password hash, empty counts, a quick flush past the triggers."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from django.core.cache import cache
from django.core.management.commands import flush
from django.db import connections
from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice
from hypothesis import settings as hypothesis_settings

from users.hashers import LeanArgon2PasswordHasher

if TYPE_CHECKING:
    from django.db.backends.postgresql.base import DatabaseWrapper

# The same algorithm as in production at a thousandth of its cost.
LeanArgon2PasswordHasher.time_cost = 1
LeanArgon2PasswordHasher.memory_cost = 8

# A time limit for each example would fail on a busy machine.
hypothesis_settings.register_profile("unhurried", deadline=None)
hypothesis_settings.load_profile("unhurried")

#: What migrations insert and code relies on; a flush leaves it, or puts it back.
_KEPT_TABLES = {
    "django_content_type", "auth_permission", "common_sqlfunction",
    "users_exclusiveright", "users_seededright",
}  # fmt: skip
#: The groups that `migrate` seeds stay; others are a test's.
_KEPT_WHERE = {
    "auth_group": "name IN (SELECT group_name FROM users_seededright)",
    "auth_group_permissions": "group_id IN (SELECT id FROM auth_group"
    " WHERE name IN (SELECT group_name FROM users_seededright))",
}
_KEPT_ROWS = (
    "INSERT INTO payments_querypace (id) VALUES (1) ON CONFLICT DO NOTHING",
    "INSERT INTO payments_darajatoken (id) VALUES (1) ON CONFLICT DO NOTHING",
)


#: Folders whose tests share servers or databases of their own: one worker starts them, once.
_WORLDS = {
    Path(__file__).with_name("tests") / name
    for name in ("crash", "pooler", "shared_cache", "upgrade")
}


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Keep the tests of a world together; `--dist loadgroup` gives a group to one worker."""
    for item in items:
        if item.path.parent in _WORLDS:
            item.add_marker(pytest.mark.xdist_group(item.path.parent.name))


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


@pytest.fixture(autouse=True)
def _accounts_are_made_by_no_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test make an account after an operator's decision.

    An operator's context lasts as long as its transaction, and most tests are one transaction:
    without this, the guards would take the test's next account for one of that operator.
    """
    from users.models import User, UserManager

    create_user = UserManager.create_user

    def without_context(self: UserManager, *args: Any, **fields: Any) -> User:
        if connections["default"].in_atomic_block:
            with connections["default"].cursor() as cursor:
                cursor.execute(
                    "SELECT set_config('pghistory.context_id', '', true),"
                    " set_config('pghistory.context_metadata', '', true)"
                )
        return create_user(self, *args, **fields)

    monkeypatch.setattr(UserManager, "create_user", without_context)


def _flush_statements(_style: Any, connection: "DatabaseWrapper", **_options: Any) -> list[str]:
    """Return what empties all tables, for Django's own, which writes a TRUNCATE.

    Our triggers refuse that, rightly: a replica's session runs none, and is one until the
    transaction ends. New files for a hundred relations cost more than deleting the few rows of a
    test; the lock waits, as TRUNCATE does, for every process that still writes.
    """
    found = connection.introspection.django_table_names(only_existing=True, include_views=False)
    emptied = [name for name in found if name not in _KEPT_TABLES]
    tables = [connection.ops.quote_name(name) for name in emptied]
    deletes = [
        f"DELETE FROM {connection.ops.quote_name(name)}"  # noqa: S608  # our own names
        f" WHERE NOT ({_KEPT_WHERE.get(name, 'false')})"
        for name in emptied
    ]
    return [
        "SET LOCAL session_replication_role = replica",
        f"LOCK TABLE {', '.join(tables)} IN EXCLUSIVE MODE",
        "; ".join(deletes),
        *_KEPT_ROWS,
    ]


@pytest.fixture(scope="session", autouse=True)
def _quick_flush() -> Iterator[None]:
    """Let transactional tests clean up, hundreds of times."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush, "sql_flush", _flush_statements)
        # It would write kinds of content and permissions again, which the flush has left.
        patch.setattr(flush, "emit_post_migrate_signal", lambda *_, **__: None)
        yield
    for open_connection in connections.all(initialized_only=True):
        cast("DatabaseWrapper", open_connection).close_pool()
