"""Rights in the admin: only with every right, with a reason, and each change leaves its row."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.db import DatabaseError, connection
from django.db import transaction as db_transaction
from django.test import Client

from users.apps import RIGHTS_TABLES
from users.models import Proposal, User
from users.tests import approving
from users.tests.approving import WHY
from users.tests.conftest import PASSWORD, signed_in

GROUPS = "/admin/auth/group/"
PROPOSALS = "/admin/users/accountproposal/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def group() -> Group:
    """Store a group."""
    return Group.objects.create(name="Helpers")


@pytest.fixture
def clerk(group: Group) -> User:
    """An operator with all rights over groups, but not every right."""
    clerk = User.objects.create_user("0700000002", PASSWORD, is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(content_type__app_label="auth"))
    clerk.groups.add(group)
    return clerk


def right(codename: str = "view_user") -> Permission:
    """Return a right."""
    return Permission.objects.get(codename=codename)


def told(table: str) -> list[tuple[str, Any, Any]]:
    """Return operation, operator and reason of each change of a table of rights."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT operation, (metadata->>'operator')::bigint, metadata->>'reason'"
            " FROM users_rightshistory AS change"
            " LEFT JOIN pghistory_context AS context ON context.id = change.context_id"
            " WHERE table_name = %s ORDER BY change.id",
            [table],
        )
        return list(cursor.fetchall())


class TestGroups:
    @pytest.mark.parametrize("path", ["add/", "{}/change/", "{}/delete/"])
    def test_the_rights_over_groups_change_none(self, clerk: User, group: Group, path: str) -> None:
        everything = [str(pk) for pk in Permission.objects.values_list("pk", flat=True)]
        form = {
            "name": "Mine",
            "permissions": everything,
            "reason": "I like it, as agreed on",
            "post": "yes",
        }

        response = signed_in(clerk).post(GROUPS + path.format(group.pk), form)

        assert response.status_code == 403
        assert not Group.objects.filter(name="Mine").exists()
        assert not group.permissions.exists()
        assert not Proposal.objects.exists()

    @pytest.mark.parametrize("reason", ["", " \n"])
    def test_nothing_is_proposed_without_a_reason(
        self, operator: User, group: Group, reason: str
    ) -> None:
        form = {"permissions": [str(right().pk)], "reason": reason}

        page = signed_in(operator).post(f"{GROUPS}{group.pk}/change/", form)

        assert "This field is required" in page.content.decode()
        assert not Proposal.objects.exists()

    def test_a_change_takes_a_second_operator_and_is_kept_with_who_and_why(
        self, operator: User, group: Group
    ) -> None:
        form = {"name": "Help", "permissions": [str(right().pk)], "reason": "they asked for it"}
        page = signed_in(operator).post(f"{GROUPS}{group.pk}/change/", form, follow=True)

        assert "nothing has changed yet" in page.content.decode()
        assert LogEntry.objects.get().change_message == "proposed permissions: they asked for it"
        assert not group.permissions.exists()
        proposal, second = Proposal.objects.get(), approving.proposer()
        assert proposal.what == f"group Helpers: permissions + {right()}"
        page = signed_in(second).post(
            PROPOSALS,
            {"action": "approve", "_selected_action": str(proposal.pk), "reason": WHY},
            follow=True,
        )

        assert f"Proposal {proposal.pk}: done" in page.content.decode()
        assert group.permissions.get() == right()
        assert told("auth_group_permissions")[-1] == ("INSERT", second.pk, WHY)
        group.refresh_from_db()
        assert group.name == "Helpers"

    def test_a_new_group_begins_without_rights(self, operator: User) -> None:
        form = {"name": "Night", "permissions": [str(right().pk)], "reason": "for the nights"}

        signed_in(operator).post(f"{GROUPS}add/", form)

        made = Group.objects.get(name="Night")
        assert not made.permissions.exists()
        assert Proposal.objects.get().what == f"group Night: permissions + {right()}"
        assert told("auth_group")[-1] == ("INSERT", operator.pk, "for the nights")

    def test_a_group_is_saved_without_any_change(self, operator: User, group: Group) -> None:
        signed_in(operator).post(f"{GROUPS}{group.pk}/change/", {"reason": "nothing at all"})

        assert not Proposal.objects.exists()

    def test_no_group_is_deleted(self, operator: User, group: Group) -> None:
        client = signed_in(operator)

        assert client.post(f"{GROUPS}{group.pk}/delete/", {"post": "yes"}).status_code == 403


class TestHistory:
    def test_a_lent_right_leaves_two_rows(self, operator: User, asha: User, group: Group) -> None:
        for lend, give_back in (
            (asha.user_permissions.add, asha.user_permissions.remove),
            (group.permissions.add, group.permissions.remove),
        ):
            lend(right())
            give_back(right())
        asha.groups.add(group)
        asha.groups.clear()

        for table in RIGHTS_TABLES[1:]:
            operations = [operation for operation, _, _ in told(table)]
            assert operations[-2:] == ["INSERT", "DELETE"]

    def test_rights_of_a_user_are_kept_with_who_and_why(
        self, operator: User, asha: User, group: Group
    ) -> None:
        form = {
            "full_name": asha.full_name, "is_active": "on", "is_staff": "on",
            "groups": [str(group.pk)], "user_permissions": [str(right().pk)],
            "reason": "joins us, as agreed on",
        }  # fmt: skip

        signed_in(operator).post(f"/admin/users/user/{asha.pk}/change/", form)

        assert not asha.groups.exists()
        proposal, second = Proposal.objects.get(), approving.proposer()
        assert "groups + Helpers; is_staff on; user_permissions + " in proposal.what
        approving.approve(proposal, second)
        by = (second.pk, WHY)
        assert told("users_user_groups")[-1] == ("INSERT", *by)
        assert told("users_user_user_permissions")[-1] == ("INSERT", *by)
        asha.refresh_from_db()
        assert asha.is_staff

    @pytest.mark.parametrize("table", [*RIGHTS_TABLES, "django_admin_log", "users_rightshistory"])
    def test_the_history_and_its_tables_cannot_be_truncated(self, table: str) -> None:
        with (
            pytest.raises(DatabaseError, match="append-only"),
            db_transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"TRUNCATE {table} CASCADE")

    @pytest.mark.parametrize("statement", ["UPDATE {} SET {} = '{{}}'", "DELETE FROM {}"])
    @pytest.mark.parametrize(
        ("table", "column"),
        [("users_rightshistory", "old_row"), ("django_admin_log", "change_message")],
    )
    def test_the_history_of_rights_never_changes(
        self, operator: User, group: Group, table: str, column: str, statement: str
    ) -> None:
        form = {"name": "Help", "reason": "they asked for it"}
        signed_in(operator).post(f"{GROUPS}{group.pk}/change/", form)

        with (
            pytest.raises(DatabaseError, match="append-only"),
            db_transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement.format(table, column))

    def test_an_operator_with_the_right_reads_the_history(
        self, operator: User, asha: User, group: Group
    ) -> None:
        asha.user_permissions.add(right())
        asha.groups.add(group)
        form = {"permissions": [str(right().pk)], "reason": "they asked for it"}
        client = signed_in(approving.proposer())
        signed_in(operator).post(f"{GROUPS}{group.pk}/change/", form)
        approving.approve(Proposal.objects.get(), approving.proposer())

        page = client.get("/admin/users/rightshistory/").content.decode()

        assert WHY in page
        assert f"user {asha.pk} (2547****5678)" in page
        assert "Can view user" in page

    def test_an_operator_without_the_right_does_not_read_the_history(self, clerk: User) -> None:
        client: Client = signed_in(clerk)

        assert client.get("/admin/users/rightshistory/").status_code == 403
