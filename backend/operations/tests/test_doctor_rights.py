"""The doctor on operators' rights: superusers where money is real, pairs held together, groups."""

import pytest
from django.contrib.auth.models import Permission

from operations.doctor.results import Level
from operations.doctor.rights import check_rights, judge_rights
from operations.tests.places import live, mock
from users.models import ExclusiveRight, SeededRight, User

pytestmark = pytest.mark.django_db


def told(found: object) -> dict[str, tuple[Level, str]]:
    """Return level and words by check."""
    return {one.check: (one.level, one.says) for one in found}  # type: ignore[attr-defined]


def test_groups_and_no_superuser_are_fine() -> None:
    assert told(check_rights(live())) == {"superusers": (Level.OK, "0")}


def test_superusers_are_counted_where_money_is_real() -> None:
    User.objects.create_superuser("254799999999", "a-good-password")

    assert told(check_rights(mock())) == {"superusers": (Level.OK, "1")}
    assert told(check_rights(live())) == {"superusers": (Level.WARNING, "1 hold every right")}


def test_a_pair_that_somebody_held_before_it_was_one_is_named() -> None:
    user = User.objects.create_user("254799999998", None, is_staff=True)
    rights = Permission.objects.filter(codename__in=["view_user", "view_debt"])
    user.user_permissions.set(rights)
    ExclusiveRight.objects.create(permission="users.view_user", excludes="payments.view_debt")

    says = "1 operators hold rights that exclude each other"
    assert told(check_rights(live()))["rights"] == (Level.WARNING, says)


def test_a_group_of_somebody_elses_is_named() -> None:
    SeededRight.objects.filter(group_name="Support").delete()

    says = "a group of this name was there before: Support"
    assert told(check_rights(live()))["groups"] == (Level.WARNING, says)


def test_each_warning_says_what_to_do() -> None:
    found = judge_rights(superusers=1, both=1, not_ours=["Admin"], is_laptop=False)

    assert all("docs/runbook.md" in one.fix for one in found)
