"""The four groups: every permission has its place, `migrate` gives each once, and no more."""

import logging
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command

from users import operator_groups
from users.models import ExclusiveRight, RightsHistory, SeededRight, User
from users.operator_groups import ADMIN, COMPLIANCE, EXCLUSIVE, FINANCE, GROUPS, SUPPORT

pytestmark = pytest.mark.django_db

#: In no group: what is written by code alone, or never through the admin. A new permission is put
#: into a group (users.operator_groups) or here.
_NO_GROUP_MAY = {
    "add", "change", "delete",
}  # fmt: skip
#: Tables that no group reads: the database's own, secrets, and histories that pages show in part.
_NOBODY_READS = {
    "admin.view_logentry", "auth.view_permission", "axes.view_accessattempt",
    "axes.view_accessattemptexpiration", "axes.view_accessfailurelog", "axes.view_accesslog",
    "common.view_sqlfunction", "contenttypes.view_contenttype", "kyc.view_kycsubmissionhistory",
    "otp_static.view_staticdevice", "otp_static.view_statictoken", "otp_totp.view_totpdevice",
    "payments.view_claimhistory", "payments.view_darajatoken", "payments.view_idempotencykey",
    "payments.view_paybillregistration", "payments.view_querypace", "payments.view_receipt",
    "payments.view_repayment", "payments.view_statementrow", "payments.view_suspensecasehistory",
    "payments.view_transactionhistory", "payments.view_unpaiddeposit", "pghistory.view_context",
    "pghistory.view_events", "pghistory.view_middlewareevents",
    "procrastinate.view_procrastinateperiodicdefer", "procrastinate.view_procrastinateworker",
    "risk.view_ownlimitshistory", "risk.view_sighting", "sessions.view_session",
    "users.view_accountchange", "users.view_browsersession", "users.view_consent",
    "users.view_erasure", "users.view_exclusiveright", "users.view_onetimecode",
    "users.view_passwordhistory", "users.view_recovery", "users.view_seededright",
    "users.view_textmessage", "users.view_userhistory", "wallet.view_posting",
}  # fmt: skip


def every_permission() -> set[str]:
    """Return all permissions that the database knows, as app label and codename."""
    found = Permission.objects.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in found}


def held_by(group: str) -> set[str]:
    """Return what the database says that a group may do."""
    found = Permission.objects.filter(group__name=group)
    return {
        f"{app}.{codename}"
        for app, codename in found.values_list("content_type__app_label", "codename")
    }


def test_every_permission_is_of_a_group_or_of_none() -> None:
    given = set().union(*GROUPS.values())
    rest = every_permission() - given - _NOBODY_READS
    # What is left writes rows, which the admin lets nobody do for these models.
    assert {name for name in rest if name.split(".")[1].split("_")[0] not in _NO_GROUP_MAY} == set()
    assert given <= every_permission()
    assert given & _NOBODY_READS == set()


@pytest.mark.parametrize("name", GROUPS)
def test_a_fresh_database_has_the_group_with_exactly_its_permissions(name: str) -> None:
    assert held_by(name) == GROUPS[name]


def test_no_group_holds_what_excludes_each_other() -> None:
    assert {name: operator_groups.excluded(rights) for name, rights in GROUPS.items()} == {
        name: [] for name in GROUPS
    }


def test_each_side_of_a_pair_is_somebodys() -> None:
    for sides in EXCLUSIVE:
        for side in sides:
            assert any(side & rights for rights in GROUPS.values())


def test_the_database_excludes_what_the_table_says() -> None:
    stored = set(ExclusiveRight.objects.values_list("permission", "excludes"))
    assert stored == operator_groups.exclusive_pairs()


@pytest.mark.parametrize(
    ("one", "other"),
    [(FINANCE, ADMIN), (FINANCE, COMPLIANCE), (COMPLIANCE, ADMIN), (COMPLIANCE, SUPPORT)],
)
def test_groups_that_no_one_may_be_in_together(one: str, other: str) -> None:
    assert operator_groups.excluded(GROUPS[one] | GROUPS[other])


class TestSeedAgain:
    def test_what_operators_changed_stays(self) -> None:
        support = Group.objects.get(name=SUPPORT)
        taken = operator_groups.permission_of("payments.change_claim")
        given = operator_groups.permission_of("wallet.view_ledgerseal")
        support.permissions.remove(taken)
        support.permissions.add(given)
        before = RightsHistory.objects.count()

        operator_groups.seed()

        assert held_by(SUPPORT) == GROUPS[SUPPORT] - {"payments.change_claim"} | {
            "wallet.view_ledgerseal"
        }
        assert RightsHistory.objects.count() == before

    def test_a_permission_of_a_later_release_is_given_once(self) -> None:
        SeededRight.objects.filter(permission="payments.change_claim").delete()
        support = Group.objects.get(name=SUPPORT)
        support.permissions.remove(operator_groups.permission_of("payments.change_claim"))

        operator_groups.seed()

        assert held_by(SUPPORT) == GROUPS[SUPPORT]

    def test_a_group_that_somebody_made_before_stays_theirs(self) -> None:
        SeededRight.objects.filter(group_name=SUPPORT).delete()
        support = Group.objects.get(name=SUPPORT)
        support.permissions.clear()

        operator_groups.seed()

        assert held_by(SUPPORT) == set()

    def test_a_group_that_is_gone_does_not_come_back(self) -> None:
        Group.objects.get(name=SUPPORT).delete()

        operator_groups.seed()

        assert not Group.objects.filter(name=SUPPORT).exists()

    def test_a_member_with_an_excluding_right_does_not_stop_the_migration(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        SeededRight.objects.filter(permission="users.propose_password").delete()
        support = Group.objects.get(name=SUPPORT)
        support.permissions.remove(operator_groups.permission_of("users.propose_password"))
        member = User.objects.create_user("254700000021", None)
        member.groups.add(support)
        member.user_permissions.add(operator_groups.permission_of("kyc.change_kycsubmission"))

        with caplog.at_level(logging.ERROR):
            operator_groups.seed()

        assert "the group Support did not get its new permissions" in caplog.text
        assert "users.propose_password" not in held_by(SUPPORT)

    def test_pairs_that_are_no_longer_exclusive_go(self) -> None:
        ExclusiveRight.objects.create(permission="a.b", excludes="c.d")

        operator_groups.seed()

        assert not ExclusiveRight.objects.filter(permission="a.b").exists()

    def test_a_schema_from_before_the_groups_gets_none(self) -> None:
        class Before:
            all_models: Any = {"users": {}}  # the shape of Django's registry

        Group.objects.all().delete()
        SeededRight.objects.all().delete()

        operator_groups.seed(apps=Before())  # type: ignore[arg-type]  # what it reads of one

        assert not Group.objects.exists()
        assert apps.get_model("users", "SeededRight") is SeededRight


class TestCommand:
    """`manage.py operator_group`, which makes the first Admin on the server."""

    def run(self, *arguments: str) -> str:
        out = StringIO()
        call_command("operator_group", *arguments, stdout=out)
        return out.getvalue()

    def test_it_makes_an_operator_with_the_groups_rights(self) -> None:
        user = User.objects.create_user("254700000022", None)

        said = self.run("0700000022", "Admin")

        user.refresh_from_db()
        assert said == "2547****0022 is in: Admin\n"
        assert user.is_staff
        assert not user.is_superuser
        assert User.objects.get(pk=user.pk).has_perm("users.propose_rights")

    def test_it_may_be_repeated(self) -> None:
        User.objects.create_user("254700000022", None)
        self.run("0700000022", "Admin")

        assert self.run("0700000022", "Admin") == "2547****0022 is in: Admin\n"

    def test_it_refuses_what_excludes_each_other(self) -> None:
        user = User.objects.create_user("254700000022", None)
        self.run("0700000022", "Admin")

        with pytest.raises(CommandError, match="exclude each other"):
            self.run("0700000022", "Finance")

        assert [group.name for group in user.groups.all()] == ["Admin"]

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [(("0700000099", "Admin"), "No account"), (("0700000022", "Kings"), "No group")],
    )
    def test_it_says_what_is_missing(self, arguments: tuple[str, str], says: str) -> None:
        User.objects.create_user("254700000022", None)

        with pytest.raises(CommandError, match=says):
            self.run(*arguments)
