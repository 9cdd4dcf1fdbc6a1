"""Checks that statements cannot wait or run without an end, and that every index serves them."""

from typing import Any

from common import indexes
from common.db import call_function
from operations.doctor.results import DoctorResult, ok, problem, warning

_LIMITS_AT_THE_BEGINNING = """
SELECT bool_or(reset_val = '0') AS are_missing FROM pg_settings
 WHERE name IN ('lock_timeout', 'statement_timeout')
"""


def check_time_limits(conf: Any, *, is_lent_out: bool) -> DoctorResult:
    """Warn where sessions have no time limits.

    A pooler in transaction mode (`is_lent_out`) does not keep what we set after connecting; only
    the role's own settings hold behind it.
    """
    if not conf.DB_LOCK_TIMEOUT_MS or not conf.DB_STATEMENT_TIMEOUT_MS:
        fix = "set DB_LOCK_TIMEOUT_MS and DB_STATEMENT_TIMEOUT_MS"
        return warning("time_limits", "statements may wait or run without an end", fix)
    if not is_lent_out:
        return ok("time_limits", "set for each connection")
    if call_function(_LIMITS_AT_THE_BEGINNING, {})["are_missing"]:
        says = "the pooler's sessions begin without limits for locks and statements"
        fix = "ALTER ROLE ... SET lock_timeout, statement_timeout (docs/pooling.md)"
        return warning("time_limits", says, fix)
    return ok("time_limits", "the role's own, behind the pooler")


def check_indexes() -> DoctorResult:
    """Report an index that a broken-off build left: written at every change, and never read."""
    invalid = indexes.list_invalid()
    if invalid:
        says = f"{len(invalid)} invalid, first {invalid[0]}"
        return problem("indexes", says, "run make migrate, which rebuilds it")
    return ok("indexes", "all are valid")
