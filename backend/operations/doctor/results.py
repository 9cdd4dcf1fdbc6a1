"""The results of the doctor's checks: run the checks, write the results. Pure."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """Severity: a PROBLEM costs money, customers or security; a WARNING may come to."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class DoctorResult:
    """One line of the report: the check's name, what it found, and how to fix that."""

    check: str
    level: Level
    says: str
    fix: str = ""


#: A check: its name and a function, which returns one result, several, or none.
Check = tuple[str, Callable[[], Iterable[DoctorResult] | DoctorResult]]


def ok(check: str, says: str) -> DoctorResult:
    """Return a result that needs no action."""
    return DoctorResult(check, Level.OK, says)


def warning(check: str, says: str, fix: str) -> DoctorResult:
    """Return a result that should be fixed: the deployment works, but is at risk."""
    return DoctorResult(check, Level.WARNING, says, fix)


def problem(check: str, says: str, fix: str) -> DoctorResult:
    """Return a result that must be fixed."""
    return DoctorResult(check, Level.PROBLEM, says, fix)


def run_checks(checks: Iterable[Check]) -> Iterator[DoctorResult]:
    """Run each check; an exception becomes a problem of that check, and the others still run."""
    for name, look in checks:
        try:
            found = look()
        except Exception as error:  # noqa: BLE001 - the outermost edge: the others must still run
            # Only the exception's type: its text may contain an address with a password.
            says = f"could not be looked at: {type(error).__name__}"
            yield problem(name, says, "is it there, at the address that is configured?")
        else:
            yield from [found] if isinstance(found, DoctorResult) else found


def run_group(checks: Iterable[Check]) -> Iterator[DoctorResult]:
    """Run the first check, and the others only where it finds no problem.

    So a database that is down costs one time-out, not one for each check.
    """
    first, *others = checks
    found = list(run_checks([first]))
    yield from found
    if not has_problem(found):
        yield from run_checks(others)


def write_lines(results: Iterable[DoctorResult]) -> Iterator[str]:
    """Yield one line per result, with its fix at the end."""
    for result in results:
        fix = f"  ->  {result.fix}" if result.fix else ""
        yield f"{result.level:<8} {result.check:<22} {result.says}{fix}"


def write_summary(results: list[DoctorResult]) -> str:
    """Return the number of results of each level, as a line."""
    counts = {level: sum(result.level is level for result in results) for level in Level}
    return (
        f"{counts[Level.OK]} ok, {counts[Level.WARNING]} warnings, {counts[Level.PROBLEM]} problems"
    )


def as_json(results: list[DoctorResult]) -> dict[str, Any]:
    """Return the results for JSON output."""
    return {
        "is_healthy": not has_problem(results),
        "findings": [asdict(result) for result in results],
    }


def has_problem(results: Iterable[DoctorResult]) -> bool:
    """Return whether any result is a problem."""
    return any(result.level is Level.PROBLEM for result in results)
