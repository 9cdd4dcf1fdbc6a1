"""Checks the database role of this process."""

from typing import Any

from common.db import call_function
from operations.doctor.results import DoctorResult, ok, warning

_ROLE = """
SELECT role.rolname AS name, role.rolsuper AS is_superuser,
       EXISTS (SELECT 1 FROM pg_class AS relation
                WHERE relation.relname = 'wallet_journalentry'
                  AND relation.relnamespace = current_schema()::regnamespace
                  AND pg_has_role(relation.relowner, 'USAGE')) AS is_owner
  FROM pg_roles AS role WHERE role.rolname = current_user
"""
_FIX = "manage.py database_roles makes a role for API and worker (docs/production.md)"


def check_role(conf: Any) -> DoctorResult:
    """Report whether this role could disable the guards (constraints and triggers)."""
    return judge_role(**call_function(_ROLE, {}), is_laptop=conf.DEBUG)


def judge_role(*, name: str, is_superuser: bool, is_owner: bool, is_laptop: bool) -> DoctorResult:
    """Warn about a superuser or an owner of the tables, except on a development machine."""
    if not (is_superuser or is_owner):
        return ok("role", f"{name} owns no table")
    says = f"{name} {'is a superuser' if is_superuser else 'owns the tables'}"
    if is_laptop:
        return ok("role", f"{says}, as on a laptop")
    return warning("role", f"{says}: who takes it over can switch guards off", _FIX)
