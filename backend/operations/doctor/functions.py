"""Compares the database's SQL functions and guards with this release's files."""

from collections.abc import Iterator

from common import sql_functions
from common.drift import Cause, find_drift
from operations.doctor.results import DoctorResult, ok, problem, warning

_FIXES = {
    Cause.OTHER_CODE: "run make migrate",
    Cause.GONE: "a migration makes it: who removed it? make it again from the migration's SQL",
    Cause.TOUCHED: "somebody did this by hand: find out who; make migrate mends a function",
}


def check_functions() -> Iterator[DoctorResult]:
    """Report functions and guards in the database that differ from this release's."""
    drift = find_drift()
    if drift and sql_functions.is_newer_database():
        says = "the database has those of a newer release"
        yield warning("functions", says, "deploy that release's code here, too")
        drift = [found for found in drift if found.cause is Cause.TOUCHED]
    elif not drift:
        yield ok("functions", "functions and guards are this code's")
    for found in drift:
        yield problem("functions", str(found), _FIXES[found.cause])
    leftovers = sql_functions.find_leftovers()
    if leftovers:
        says = f"{len(leftovers)} in no file, first {leftovers[0]}"
        fix = "an old signature: drop it in retired.sql one release after its last caller"
        yield warning("functions.leftover", says, fix)
