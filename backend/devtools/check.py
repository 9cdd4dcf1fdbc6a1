"""`make test`: every check, one after the other, then what failed and why, and a line of counts.

A step that fails does not hide the ones after it. Named steps run alone: `check.py lint types`.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from devtools import (
    audits,
    browser_tests,
    environment,
    frontend,
    migration_lint,
    oldest_postgres,
    results,
)
from devtools.results import Counts
from devtools.stack import BACKEND_DIRECTORY

_RESULTS = BACKEND_DIRECTORY / ".data" / "results"
_BIN = Path(sys.executable).parent
#: Python that moves money: every branch of it is run by a test. Most of the moving is SQL, whose
#: statements are counted by devtools.sql_coverage where its extension is installed.
_MONEY = "payments/states.py,payments/daraja/*.py,payments/services/*.py"
_WEB = frontend.WEB_DIRECTORY


@dataclass(frozen=True)
class Step:
    """One check: commands that run in a folder, or a function; `junit` names its report."""

    name: str
    commands: tuple[tuple[str, ...], ...] = ()
    directory: Path = BACKEND_DIRECTORY
    junit: str | None = None
    function: Callable[[Path], int] | None = None
    missing: str | None = None  # what this machine lacks: the step is skipped by name

    @property
    def report(self) -> Path:
        """Where the step leaves its report, if it writes one."""
        return _RESULTS / (self.junit or self.name)


def _python(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, *arguments)


def _npm(*arguments: str) -> tuple[str, ...]:
    return ("npm", "run", "--silent", *arguments)


STEPS = (
    Step("lint", ((str(_BIN / "ruff"), "check", "."), (str(_BIN / "ruff"), "format", "--check"))),
    Step("contracts", ((str(_BIN / "lint-imports"),),)),
    Step("types", ((str(_BIN / "mypy"), "."),)),
    Step("migrations", (_python("manage.py", "makemigrations", "--check", "--dry-run"),)),
    Step("migration-lint", function=migration_lint.run),
    Step("schema", (_python("-m", "devtools.schema", "--check"),)),
    Step("audit-python", function=audits.audit_python),
    Step("audit-web", function=audits.audit_web),
    Step("secrets", function=audits.find_secrets),
    Step(
        "backend",
        (
            _python(
                "-m", "pytest", "--numprocesses=2", "--durations=25", "--durations-min=2",
                "--cov", "--cov-report=",
                f"--junitxml={_RESULTS / 'backend.xml'}",
            ),
        ),
        junit="backend.xml",
    ),
    Step(
        "coverage",
        (
            _python("-m", "coverage", "report", "--fail-under=90"),
            _python("-m", "coverage", "report", f"--include={_MONEY}", "--fail-under=100"),
        ),
    ),
    Step(
        "postgres-15",
        junit="postgres-15.xml",
        function=oldest_postgres.run,
        missing=None if oldest_postgres.is_installed() else "PostgreSQL 15 is not installed",
    ),
    Step("bench", (_python("-m", "bench", "--plan", "gate"),)),
    Step("web-lint", (_npm("lint"),), _WEB),
    Step("web-types", (_npm("api-types", "--", "--check"), _npm("types")), _WEB),
    Step(
        "web",
        (
            _npm(
                "test", "--", "--reporter=default", "--reporter=junit",
                f"--outputFile.junit={_RESULTS / 'web.xml'}",
            ),
        ),
        _WEB,
        junit="web.xml",
    ),
    Step("build", (_python("-m", "devtools.frontend"),)),
    Step("budget", (_npm("budget"), _npm("frontend-budget", "--", "--check")), _WEB),
    Step("states", junit="states.xml", function=browser_tests.run_states),
    Step("e2e", junit="e2e.xml", function=browser_tests.run),
    Step("e2e-sandbox", junit="e2e-sandbox.xml", function=browser_tests.run_sandbox),
    Step("profile", junit="profile.xml", function=browser_tests.run_profile),
)  # fmt: skip


def main() -> None:
    """Run the named steps, or all; exit 1 if anything failed."""
    wanted = sys.argv[1:]
    unknown = set(wanted) - {step.name for step in STEPS}
    if unknown:
        sys.exit(f"unknown steps: {', '.join(sorted(unknown))}")
    shutil.rmtree(_RESULTS, ignore_errors=True)
    _RESULTS.mkdir(parents=True)
    environment.fill_in()
    environment.use_database()
    total = Counts()
    failed = []
    for step in STEPS:
        if not wanted or step.name in wanted:
            is_good, counts = _run(step)
            total += counts
            if not is_good or counts.failed:
                failed.append(step)
    for step in failed:
        # Said again at the end, where a long log is read first.
        print("\n  ".join([f"Failed: {step.name}", *results.failures(step.report)]))
    print(total, flush=True)
    sys.exit(1 if failed else 0)


def _run(step: Step) -> tuple[bool, Counts]:
    print(f"\n=== {step.name}", flush=True)
    if step.missing is not None:
        print(f"skipped: {step.missing}")
        return True, Counts(skipped=1)
    started = time.monotonic()
    is_good = True
    for command in step.commands:
        done = subprocess.run(
            command, cwd=step.directory, env=environment.child_environment(), check=False
        )
        is_good = is_good and done.returncode == 0
    if step.function is not None:
        try:
            is_good = not step.function(step.report)
        except audits.Unavailable as error:
            print(f"skipped: {error}")
            return True, Counts(skipped=1)
    counts = results.count(step.report, is_good=is_good)
    print(f"--- {step.name}: {counts} ({time.monotonic() - started:.0f} s)", flush=True)
    return is_good, counts


if __name__ == "__main__":
    os.chdir(BACKEND_DIRECTORY)
    main()
