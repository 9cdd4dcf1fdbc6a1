"""Clones follow the table: what is not named is the template's."""

import psycopg
import pytest
from django.db import connection

from bench.cloning import Connection, Template, clone, highest_id, move_sequence
from users.models import User

pytestmark = pytest.mark.django_db


def _raw() -> Connection:
    connection.ensure_connection()
    found = connection.connection
    assert isinstance(found, psycopg.Connection)
    return found


def _template(user: User) -> Template:
    overrides = {"id": f"{user.pk} + n", "phone_number": "'25471000000' || n % 10"}
    return Template("users_user", "id", user.pk, overrides)


class TestClone:
    def test_cloned_rows_differ_only_in_the_named_columns(self) -> None:
        user = User.objects.create_user("254710000009", full_name="Wanjiku", kyc_status="VERIFIED")

        clone(_raw(), _template(user), 1, 3)

        clones = User.objects.exclude(pk=user.pk).order_by("pk")
        assert [found.phone_number for found in clones] == [f"25471000000{n}" for n in (1, 2, 3)]
        assert {found.full_name for found in clones} == {"Wanjiku"}
        assert {found.password for found in clones} == {user.password}

    def test_new_rows_come_after_the_clones(self) -> None:
        user = User.objects.create_user("254710000009")
        clone(_raw(), _template(user), 1, 3)
        highest = highest_id(_raw(), "users_user")

        move_sequence(_raw(), "users_user")

        assert User.objects.create_user("254710000008").pk == highest + 1
