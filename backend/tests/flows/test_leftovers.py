"""The tests' database roles are dropped: a server keeps roles when its databases are gone."""

from collections.abc import Iterator

import pytest
from django.db import connection


@pytest.fixture
def looked_at(transactional_db: None) -> Iterator[None]:
    yield
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname FROM pg_roles WHERE rolname IN (%s, %s)",
            [f"{connection.settings_dict['NAME']}_{kind}" for kind in ("app", "read")],
        )
        assert cursor.fetchall() == []


def test_no_role_is_left_behind(looked_at: None, as_application: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == (f"{connection.settings_dict['NAME']}_app",)
