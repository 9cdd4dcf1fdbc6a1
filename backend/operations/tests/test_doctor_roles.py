"""The doctor on the database role: what it says, and that it sees which one is used."""

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings

from common import database_roles
from common.database_roles import Role
from operations.doctor.results import Level
from operations.doctor.roles import check_role, judge_role


class TestJudging:
    def test_a_role_that_owns_nothing_is_fine(self) -> None:
        found = judge_role(name="app", is_superuser=False, is_owner=False, is_laptop=False)

        assert (found.level, found.says) == (Level.OK, "app owns no table")

    @pytest.mark.parametrize(
        ("is_superuser", "says"), [(True, "app is a superuser"), (False, "app owns the tables")]
    )
    def test_a_role_that_could_switch_guards_off_is_a_warning(
        self, is_superuser: bool, says: str
    ) -> None:
        found = judge_role(name="app", is_superuser=is_superuser, is_owner=True, is_laptop=False)

        assert found.level is Level.WARNING
        assert found.says.startswith(says)
        assert "database_roles" in found.fix

    def test_on_a_laptop_one_role_does_everything(self) -> None:
        found = judge_role(name="me", is_superuser=True, is_owner=True, is_laptop=True)

        assert found.level is Level.OK


@pytest.mark.django_db
class TestLooking:
    def test_the_owner_is_noticed(self) -> None:
        with override_settings(DEBUG=False):
            assert check_role(settings).level is Level.WARNING

    def test_the_application_is_fine(self) -> None:
        name = f"{connection.settings_dict['NAME']}_doctor"
        database_roles.grant(application=Role(name), reader=Role(f"{name}_read"))

        with connection.cursor() as cursor:
            cursor.execute(f'SET LOCAL ROLE "{name}"')
            found = check_role(settings)
            cursor.execute("RESET ROLE")

        assert (found.level, found.says) == (Level.OK, f"{name} owns no table")
