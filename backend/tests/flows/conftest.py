"""The scenarios begin with the same fixtures as the tests of deposits."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from common import database_roles
from common.database_roles import Role
from payments.tests.conftest import customer, deposit, gateway

__all__ = ["customer", "deposit", "gateway"]


@pytest.fixture
def enforcing(settings: Any) -> Any:
    """Let rules refuse; return the settings to change more."""
    settings.RISK_MODE = "enforce"
    settings.RATELIMIT_ENABLE = False
    return settings


@pytest.fixture
def as_application(transactional_db: None) -> Iterator[None]:
    """Run a scenario over connections of the application's role, which owns nothing."""
    name = connection.settings_dict["NAME"]
    database_roles.grant(application=Role(f"{name}_app"), reader=Role(f"{name}_read"))
    options = connection.settings_dict["OPTIONS"]
    options["options"] = f"-c role={name}_app"
    _reconnect()
    yield
    del options["options"]
    _reconnect()
    for role in (f"{name}_app", f"{name}_read"):
        _drop(role)


def _drop(role: str) -> None:
    """Remove a role from the server, which outlives the test's database."""
    with connection.cursor() as cursor:
        cursor.execute(f'DROP OWNED BY "{role}"')
        cursor.execute(f'DROP ROLE "{role}"')


def _reconnect() -> None:
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
