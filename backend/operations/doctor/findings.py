"""The results of a check. Pure."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """How bad it is: a problem costs money, customers or safety; a warning may."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, what is the case, and what to do about it."""

    check: str
    level: Level
    says: str
    fix: str = ""


#: A check has a name (`database.version`) and a function that may find several things, or nothing.
Check = tuple[str, Callable[[], Iterable[Finding] | Finding]]


def ok(check: str, says: str) -> Finding:
    """All is well."""
    return Finding(check, Level.OK, says)


def warning(check: str, says: str, fix: str) -> Finding:
    """It works, until something else happens."""
    return Finding(check, Level.WARNING, says, fix)


def problem(check: str, says: str, fix: str) -> Finding:
    """An error: it must be fixed."""
    return Finding(check, Level.PROBLEM, says, fix)


def run_checks(checks: Iterable[Check]) -> Iterator[Finding]:
    """Run each check; one that breaks is a problem of its own and hides no other."""
    for name, look in checks:
        try:
            found = look()
        except Exception as error:  # noqa: BLE001 - the outermost edge: the others must still run
            # Only the kind: an exception's text may hold an address with a password.
            says = f"could not be looked at: {type(error).__name__}"
            yield problem(name, says, "is it there, at the address that is configured?")
        else:
            yield from [found] if isinstance(found, Finding) else found


def run_group(checks: Iterable[Check]) -> Iterator[Finding]:
    """Run checks that make sense only if the first one is well: a dead database costs one wait."""
    first, *others = checks
    found = list(run_checks([first]))
    yield from found
    if not has_problem(found):
        yield from run_checks(others)


def write_lines(findings: Iterable[Finding]) -> Iterator[str]:
    """Write one line per finding, the fix behind it."""
    for finding in findings:
        fix = f"  ->  {finding.fix}" if finding.fix else ""
        yield f"{finding.level:<8} {finding.check:<22} {finding.says}{fix}"


def write_summary(findings: list[Finding]) -> str:
    """Count them."""
    counts = {level: sum(finding.level is level for finding in findings) for level in Level}
    return (
        f"{counts[Level.OK]} ok, {counts[Level.WARNING]} warnings, {counts[Level.PROBLEM]} problems"
    )


def as_json(findings: list[Finding]) -> dict[str, Any]:
    """Return the same for machines."""
    return {
        "is_healthy": not has_problem(findings),
        "findings": [asdict(finding) for finding in findings],
    }


def has_problem(findings: Iterable[Finding]) -> bool:
    """Say whether anything must be fixed."""
    return any(finding.level is Level.PROBLEM for finding in findings)
