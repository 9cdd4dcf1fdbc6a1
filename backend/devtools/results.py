"""Reads the test reports (JUnit XML): how many tests passed, and why others failed."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

#: How lines begin in which pytest, Vitest and Playwright say why a test failed.
_REASONS = ("E  ", "Error:", "Expected", "Received", "Locator:", "Timeout:", "AssertionError")
_REASONS_SHOWN = 3
_FLAKY = "flaky"


@dataclass(frozen=True)
class Counts:
    """How many checks passed, failed and were skipped."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped
        )

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def count(report: Path, *, is_good: bool) -> Counts:
    """Count a report's tests; without a report the step itself counts as one check."""
    if not report.is_file():
        return Counts(passed=1) if is_good else Counts(failed=1)
    cases = list(_cases(report))
    failed = sum(1 for case in cases if _find(case, "failure", "error") is not None)
    skipped = sum(1 for case in cases if _find(case, "skipped") is not None)
    # A step that failed without a failed test (a crash, too little coverage) counts as one failure.
    failed = max(failed, 0 if is_good else 1)
    return Counts(max(len(cases) - failed - skipped, 0), failed, skipped)


def as_one_check(counts: Counts) -> Counts:
    """Return the counts of a step whose tests another step counts too: one check if all passed."""
    return Counts(0 if counts.failed else 1, counts.failed)


def keep(file: Path, counts: Counts, *, is_good: bool) -> None:
    """Write how a step ended to a file."""
    file.write_text(json.dumps({"is_good": is_good, **asdict(counts)}))


def read_kept(file: Path) -> tuple[bool, Counts]:
    """Read how a step ended; a step that wrote no file has crashed, so it failed."""
    if not file.is_file():
        return False, Counts(failed=1)
    kept = json.loads(file.read_text())
    return kept.pop("is_good"), Counts(**kept)


def failures(report: Path) -> Iterator[str]:
    """Return each failed test of a report, with up to three lines that say why it failed."""
    if not report.is_file():
        return
    for case in _cases(report):
        failure = _find(case, "failure", "error")
        if failure is not None:
            name = f"{case.get('classname')}: {case.get('name')}"
            yield "\n    ".join([name, *_reasons(failure)])


def failed_tests(report: Path) -> list[str]:
    """Return the names of a report's failed tests, as classname::name."""
    if not report.is_file():
        return []
    return [_name(case) for case in _cases(report) if _find(case, "failure", "error") is not None]


def flaky_tests(report: Path) -> list[str]:
    """Return the names of the tests that failed beside others and passed alone (`take_over`)."""
    if not report.is_file():
        return []
    return [_name(case) for case in _cases(report) if _find(case, _FLAKY) is not None]


def take_over(report: Path, second: Path) -> bool:
    """Count failed tests as passed, but flaky, where the second report has them as passed.

    Returns whether every failed test passed the second time; if not, nothing is changed.
    """
    tree = ET.parse(report)  # noqa: S314  # our own report
    failed = [c for c in tree.iter("testcase") if _find(c, "failure", "error") is not None]
    passed = {
        _name(case)
        for case in (_cases(second) if second.is_file() else ())
        if _find(case, "failure", "error", "skipped") is None
    }
    if not failed or any(_name(case) not in passed for case in failed):
        return False
    for case in failed:
        for child in list(case):
            case.remove(child)
        ET.SubElement(case, _FLAKY)
    tree.write(report)
    return True


def _name(case: ET.Element) -> str:
    return f"{case.get('classname')}::{case.get('name')}"


def _reasons(failure: ET.Element) -> list[str]:
    lines = (line.strip() for line in (failure.text or "").splitlines())
    found = [line for line in lines if line.startswith(_REASONS)]
    return found[:_REASONS_SHOWN] or (failure.get("message") or "").splitlines()[:_REASONS_SHOWN]


def _cases(report: Path) -> Iterator[ET.Element]:
    return ET.parse(report).iter("testcase")  # noqa: S314  # our own report


def _find(case: ET.Element, *names: str) -> ET.Element | None:
    return next((found for name in names if (found := case.find(name)) is not None), None)
