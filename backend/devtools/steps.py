"""The steps of `make test`; `python -m devtools.steps NAME` runs one of them.

Steps of one lane run one after the other. The lanes run at the same time, so that steps that mostly
wait (browser scenarios) leave the cores to steps that compute. Steps that measure time run alone,
after the lanes.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from devtools import (
    audits,
    browser_tests,
    environment,
    frontend,
    images,
    libraries,
    oldest_postgres,
    results,
    stop_signals,
)
from devtools.results import Counts
from devtools.stack import BACKEND_DIRECTORY

RESULTS = BACKEND_DIRECTORY / ".data" / "results"
_BIN = Path(sys.executable).parent
#: Python files that move money: tests must run every branch of them. Most of that code is SQL;
#: devtools.sql_coverage counts its statements, where plpgsql_check is installed.
_MONEY = "payments/states.py,payments/daraja/*.py,payments/services/*.py"
_WEB = frontend.WEB_DIRECTORY
_DATABASE, _CODE, _BROWSER = "database", "code", "browser"
#: The lane of steps that measure time, and therefore run while no other step does.
ALONE = "alone"

#: Variables that `make test-long` sets unless the shell does: the same kinds of test, longer.
LONG_SIZES = {
    "SCHEMA_CASES": "10000",
    "SCHEMA_EXAMPLES": "100",
    "MODEL_HISTORIES": "2000",
    "CHAOS_RUN_DEPOSITS": "500",
    "STATES_BOTH_LANGUAGES": "True",
    oldest_postgres.EVERYTHING: "True",
    "SANDBOX_CPU_SLOWDOWN": "2",
    "STATEMENT_ROWS": "500000",
}


@dataclass(frozen=True)
class Step:
    """One check: commands that run in `directory`, or a function.

    The function receives the path for its report and returns 0 if the check passed.
    """

    name: str
    commands: tuple[tuple[str, ...], ...] = ()
    directory: Path = BACKEND_DIRECTORY
    lane: str = _CODE
    needs: str | None = None  # name of a step in another lane that must have ended before
    function: Callable[[Path], int] | None = None
    missing: str | None = None  # what this machine lacks; the step is then reported as skipped
    is_repeat: bool = False  # another step counts the same tests, so this one counts as one check

    @property
    def report(self) -> Path:
        """The path of the step's JUnit report, if it writes one."""
        return RESULTS / f"{self.name}.xml"

    @property
    def outcome(self) -> Path:
        """The path of the file in which the step's process writes how it ended."""
        return RESULTS / f"{self.name}.json"

    def run(self) -> tuple[bool, Counts]:
        """Run the step in this process; return whether it passed, and its counts."""
        if self.missing is not None:
            return self._skip(self.missing)
        done = [
            subprocess.run(
                command, cwd=self.directory, env=environment.child_environment(), check=False
            )
            for command in self.commands
        ]
        is_good = not any(one.returncode for one in done)
        if self.function is not None:
            try:
                is_good = not self.function(self.report)
            except audits.Unavailable as error:
                return self._skip(str(error))
        counts = results.count(self.report, is_good=is_good)
        return is_good, results.as_one_check(counts) if self.is_repeat else counts

    def _skip(self, reason: str) -> tuple[bool, Counts]:
        print(f"skipped: {reason}")
        return True, Counts(skipped=1)


def _python(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, *arguments)


def _npm(*arguments: str) -> tuple[str, ...]:
    return ("npm", "run", "--silent", *arguments)


STEPS = (
    Step("lint", ((str(_BIN / "ruff"), "check", "."), (str(_BIN / "ruff"), "format", "--check"))),
    Step("contracts", ((str(_BIN / "lint-imports"),),)),
    Step("types", ((str(_BIN / "mypy"), "."),)),
    Step("migrations", (_python("manage.py", "makemigrations", "--check", "--dry-run"),)),
    Step("migration-lint", (_python("-m", "devtools.migration_lint"),)),
    Step("schema", (_python("-m", "devtools.schema", "--check"),)),
    Step("audit-python", function=audits.audit_python),
    Step("audit-web", function=audits.audit_web),
    Step("secrets", function=audits.find_secrets),
    # Before the steps of this lane that wait for the build of the page.
    Step("libraries", function=libraries.run),
    Step(
        "backend",
        (
            _python(
                "-m", "pytest", "--numprocesses=2", "--dist=loadgroup",
                "--durations=25", "--durations-min=2",
                "--cov", "--cov-report=",
                f"--junitxml={RESULTS / 'backend.xml'}",
            ),
        ),
        lane=_DATABASE,
    ),
    Step(
        "coverage",
        (
            _python("-m", "coverage", "report", "--fail-under=90"),
            _python("-m", "coverage", "report", f"--include={_MONEY}", "--fail-under=100"),
        ),
        lane=_DATABASE,
    ),
    # Both steps read type files that the build of the page writes.
    Step("web-lint", (_npm("lint"),), _WEB, needs="build"),
    Step(
        "web-types",
        (_npm("api-types", "--", "--check"), _npm("api-lint"), _npm("types")),
        _WEB,
        needs="build",
    ),
    Step(
        "web",
        (
            _npm(
                "test", "--", "--reporter=default", "--reporter=junit",
                f"--outputFile.junit={RESULTS / 'web.xml'}",
            ),
        ),
        _WEB,
    ),
    Step("build", (_python("-m", "devtools.frontend"),), lane=_BROWSER),
    Step(
        "budget",
        (_npm("budget"), _npm("frontend-budget", "--", "--check")),
        _WEB,
        lane=_BROWSER,
    ),
    Step("states", function=browser_tests.run_states, needs="build"),
    Step("e2e", lane=_BROWSER, function=browser_tests.run),
    Step("e2e-sandbox", lane=_BROWSER, function=browser_tests.run_sandbox),
    Step(
        "postgres-15",
        lane=_BROWSER,
        function=oldest_postgres.run,
        missing=None if oldest_postgres.is_installed() else "PostgreSQL 15 is not installed",
        is_repeat=True,
    ),
    Step("images", lane=_BROWSER, function=images.run, missing=images.missing()),
    Step("profile", lane=ALONE, function=browser_tests.run_profile),
    Step("bench", (_python("-m", "bench", "--plan", "gate"),), lane=ALONE),
)  # fmt: skip


def main() -> None:
    """Run the named step, and write its outcome where devtools.check reads it."""
    [name] = sys.argv[1:]
    [step] = [step for step in STEPS if step.name == name]
    stop_signals.clean_up_on_stop()
    is_good, counts = step.run()
    results.keep(step.outcome, counts, is_good=is_good)


if __name__ == "__main__":
    os.chdir(BACKEND_DIRECTORY)
    main()
