"""The findings of the doctor's checks: run the checks, write the findings. Pure."""

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
class Finding:
    """One line of the report: the check's name, what it found, and how to fix that."""

    check: str
    level: Level
    says: str
    fix: str = ""


#: A check: its name and a function, which returns one finding, several, or none.
Check = tuple[str, Callable[[], Iterable[Finding] | Finding]]


def ok(check: str, says: str) -> Finding:
    """Return a finding that needs no action."""
    return Finding(check, Level.OK, says)


def warning(check: str, says: str, fix: str) -> Finding:
    """Return a finding that should be fixed: the deployment works, but is at risk."""
    return Finding(check, Level.WARNING, says, fix)


def problem(check: str, says: str, fix: str) -> Finding:
    """Return a finding that must be fixed."""
    return Finding(check, Level.PROBLEM, says, fix)


def run_checks(checks: Iterable[Check]) -> Iterator[Finding]:
    """Run each check; an exception becomes a problem of that check, and the others still run."""
    for name, look in checks:
        try:
            found = look()
        except Exception as error:  # noqa: BLE001 - the outermost edge: the others must still run
            # Only the exception's type: its text may contain an address with a password.
            says = f"could not be looked at: {type(error).__name__}"
            yield problem(name, says, "is it there, at the address that is configured?")
        else:
            yield from [found] if isinstance(found, Finding) else found


def run_group(checks: Iterable[Check]) -> Iterator[Finding]:
    """Run the first check, and the others only where it finds no problem.

    So a database that is down costs one time-out, not one for each check.
    """
    first, *others = checks
    found = list(run_checks([first]))
    yield from found
    if not has_problem(found):
        yield from run_checks(others)


def write_lines(findings: Iterable[Finding]) -> Iterator[str]:
    """Yield one line per finding, with its fix at the end."""
    for finding in findings:
        fix = f"  ->  {finding.fix}" if finding.fix else ""
        yield f"{finding.level:<8} {finding.check:<22} {finding.says}{fix}"


def write_summary(findings: list[Finding]) -> str:
    """Return the number of findings of each level, as a line."""
    counts = {level: sum(finding.level is level for finding in findings) for level in Level}
    return (
        f"{counts[Level.OK]} ok, {counts[Level.WARNING]} warnings, {counts[Level.PROBLEM]} problems"
    )


def as_json(findings: list[Finding]) -> dict[str, Any]:
    """Return the findings for JSON output."""
    return {
        "is_healthy": not has_problem(findings),
        "findings": [asdict(finding) for finding in findings],
    }


def has_problem(findings: Iterable[Finding]) -> bool:
    """Return whether any finding is a problem."""
    return any(finding.level is Level.PROBLEM for finding in findings)
