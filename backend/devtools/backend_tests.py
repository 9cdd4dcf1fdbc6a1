"""Runs the backend's tests on three processes; what failed beside the others runs again, alone.

Three, since the tests wait much. They share two cores with each other and with browsers, so that
a limit of time can be missed though nothing is wrong. A test that passes alone is counted as passed
and named as flaky in the last line of `make test`: it is a fault to mend. A test about money has
no second run, since a race that is lost once in a hundred runs is lost (docs/decisions/0057).
"""

import subprocess
import sys
from pathlib import Path

from devtools import environment, results
from devtools.stack import BACKEND_DIRECTORY

#: Where a single failure counts: races, kills, attacks, and the SQL that moves money.
_FINAL = (
    "tests.races", "tests.crash", "tests.attacks", "tests.sql", "payments.tests.services",
    "wallet.tests",
)  # fmt: skip
#: Attacks on the time of a process, which move nothing and hold seconds.
_BY_THE_CLOCK = ("tests.attacks.test_half_sent",)
#: More failures than these are no accident.
_MOST = 5


def run(report: Path) -> int:
    """Run all tests with coverage and a JUnit report; return 0 if all passed."""
    first = _pytest(
        "--numprocesses=3", "--dist=loadgroup", "--durations=25", "--durations-min=2",
        "--cov-report=", f"--junitxml={report}",
    )  # fmt: skip
    failed = results.failed_tests(report)
    if first != _FAILED or not may_run_again(failed):
        return first
    second = report.with_name("backend-second.xml")
    _pytest(
        "--last-failed", "--last-failed-no-failures=none", "--cov-append", "--cov-report=",
        f"--junitxml={second}",
    )  # fmt: skip
    return 0 if results.take_over(report, second) else first


#: Pytest's exit status when tests failed, and nothing worse happened.
_FAILED = 1


def may_run_again(failed: list[str]) -> bool:
    """Return whether so few tests failed, none of them about money, that they may run again."""
    final = [
        name for name in failed if name.startswith(_FINAL) and not name.startswith(_BY_THE_CLOCK)
    ]
    return 0 < len(failed) <= _MOST and not final


def _pytest(*arguments: str) -> int:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--cov", *arguments],
        cwd=BACKEND_DIRECTORY,
        env=environment.child_environment(),
        check=False,
    )
    return done.returncode
