"""Checks who holds every right, and whether rights that exclude each other are kept apart."""

from collections.abc import Iterator
from typing import Any

from django.db import connection

from operations.doctor.results import DoctorResult, ok, warning
from users.models import SeededRight, User
from users.operator_groups import GROUPS

# Users who are no superuser and hold both of a pair; they had it before the pair was known.
_BOTH = """
WITH held AS (
    SELECT granted.user_id, kind.app_label || '.' || permission.codename AS name
      FROM (SELECT user_id, permission_id FROM users_user_user_permissions
             UNION
            SELECT member.user_id, of_group.permission_id FROM users_user_groups AS member
              JOIN auth_group_permissions AS of_group USING (group_id)) AS granted
      JOIN auth_permission AS permission ON permission.id = granted.permission_id
      JOIN django_content_type AS kind ON kind.id = permission.content_type_id
)
SELECT count(DISTINCT one.user_id) FROM held AS one
  JOIN users_exclusiveright AS pair ON pair.permission = one.name
  JOIN held AS other ON other.user_id = one.user_id AND other.name = pair.excludes
  JOIN users_user AS operator ON operator.id = one.user_id AND NOT operator.is_superuser
"""


def check_rights(conf: Any) -> Iterator[DoctorResult]:
    """Report superusers where money is real, rights held together, and groups not seeded."""
    superusers = User.objects.filter(is_superuser=True, is_active=True).count()
    with connection.cursor() as cursor:
        cursor.execute(_BOTH)
        ((both,),) = cursor.fetchall()
    seeded = set(SeededRight.objects.values_list("group_name", flat=True))
    yield from judge_rights(
        superusers=superusers,
        both=both,
        not_ours=sorted(set(GROUPS) - seeded),
        is_laptop=conf.DEBUG,
    )


def judge_rights(
    *, superusers: int, both: int, not_ours: list[str], is_laptop: bool
) -> Iterator[DoctorResult]:
    """Warn about superusers, except on a development machine, and of the rest everywhere."""
    if superusers == 0 or is_laptop:
        yield ok("superusers", f"{superusers}")
    else:
        fix = "put operators into groups, and take the right away (docs/runbook.md)"
        yield warning("superusers", f"{superusers} hold every right", fix)
    if both:
        says = f"{both} operators hold rights that exclude each other"
        yield warning("rights", says, "take one of them away (docs/runbook.md)")
    if not_ours:
        says = f"a group of this name was there before: {', '.join(not_ours)}"
        yield warning("groups", says, "give it the rights of docs/runbook.md, or rename it")
