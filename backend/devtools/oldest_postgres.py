"""Runs the database tests on PostgreSQL 15, the oldest supported version, where it is installed.

The embedded server is newer, so only this step notices SQL that version 15 does not know. Where the
extension plpgsql_check is installed too, these tests must run every statement of our PL/pgSQL.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from devtools import environment, sql_coverage
from devtools.stack import BACKEND_DIRECTORY

_VERSION = Path("/usr/lib/postgresql/15")
_BINARIES = _VERSION / "bin"
_GUARDS = "*/tests/test_*guards.py"
#: Tests of the SQL functions and guards, of whole deposits over HTTP, and of the upgrade from
#: every release.
_TESTS = (
    "tests/sql",
    "tests/flows",
    "tests/upgrade/test_releases.py",
    *sorted(str(path.relative_to(BACKEND_DIRECTORY)) for path in BACKEND_DIRECTORY.glob(_GUARDS)),
)
#: The environment variable that adds all tests of the apps in `_MORE`.
EVERYTHING = "POSTGRES_15_EVERYTHING"
_MORE = ("wallet", "payments")


def is_installed() -> bool:
    return (_BINARIES / "initdb").exists()


def run(junit: Path) -> int:
    """Run the database tests on a temporary server; return 0 if they passed.

    Where plpgsql_check is installed, a statement of our PL/pgSQL that no test ran is a failure too.
    """
    if not sql_coverage.is_installed(_VERSION / "lib"):
        print("without statement coverage: plpgsql_check is not installed")
        with _server() as url:
            return _test(junit, url)
    with (
        tempfile.TemporaryDirectory(prefix="sql-coverage-") as folder,
        _server(sql_coverage.SERVER_OPTIONS) as url,
    ):
        # PostgreSQL creates the test databases as copies of template1, with the extension in it.
        with psycopg.connect(url, dbname="template1") as template:
            template.execute("CREATE EXTENSION plpgsql_check")
        counting = ("-p", "devtools.pytest_sql_coverage")
        failed = _test(junit, url, *counting, **{sql_coverage.FOLDER: folder})
        return failed or sql_coverage.print_unrun(Path(folder))


def _test(junit: Path, url: str, *arguments: str, **environ: str) -> int:
    options = ("-q", "--numprocesses=2", "--dist=loadgroup", f"--junitxml={junit}")
    command = (sys.executable, "-m", "pytest", *options)
    tests = _TESTS + _MORE if os.environ.get(EVERYTHING) else _TESTS
    done = subprocess.run(
        [*command, *arguments, *tests],
        cwd=BACKEND_DIRECTORY,
        env=environment.child_environment(DATABASE_URL=url, **environ),
        check=False,
    )
    return done.returncode


@contextmanager
def _server(server_options: str = "") -> Iterator[str]:
    # PostgreSQL refuses to run as root; Debian's package has created the user `postgres`.
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="postgres15-"))
    if user is not None:
        shutil.chown(folder, user)
    data = folder / "data"
    try:
        _call(user, "initdb", "--auth=trust", "--encoding=utf8", "-U", "postgres", "-D", str(data))
        options = f"-h '' -k {folder} -c fsync=off {server_options}"
        _call(user, "pg_ctl", "-w", "-D", str(data), "-o", options, "-l", f"{folder}/log", "start")
        try:
            yield f"postgresql://postgres:@/postgres?host={folder}"
        finally:
            _call(user, "pg_ctl", "-w", "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _call(user: str | None, program: str, *arguments: str) -> None:
    # cwd is "/", since the user `postgres` may not enter the current folder.
    subprocess.run(
        [str(_BINARIES / program), *arguments],
        user=user,
        cwd="/",
        check=True,
        stdout=subprocess.DEVNULL,
    )
