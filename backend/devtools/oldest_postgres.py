"""Runs the database tests on PostgreSQL 15, the oldest that is supported, where it is installed.

The embedded server is newer, so this is what notices SQL that 15 does not know.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devtools import environment
from devtools.stack import BACKEND_DIRECTORY

_BINARIES = Path("/usr/lib/postgresql/15/bin")
_TESTS = ("wallet", "payments", "tests/flows")


def is_installed() -> bool:
    """Say whether this machine has PostgreSQL 15."""
    return (_BINARIES / "initdb").exists()


def run(junit: Path) -> int:
    """Run the database tests on a server of their own; return pytest's exit status."""
    with _server() as url:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "--numprocesses=2",
                f"--junitxml={junit}",
                *_TESTS,
            ],
            cwd=BACKEND_DIRECTORY,
            env=environment.child_environment(DATABASE_URL=url),
            check=False,
        )
    return done.returncode


@contextmanager
def _server() -> Iterator[str]:
    # PostgreSQL refuses to run as root; the package that installed it has made this user.
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="postgres15-"))
    if user is not None:
        shutil.chown(folder, user)
    data = folder / "data"
    try:
        _call(user, "initdb", "--auth=trust", "--encoding=utf8", "-U", "postgres", "-D", str(data))
        options = f"-h '' -k {folder} -c fsync=off"
        _call(user, "pg_ctl", "-w", "-D", str(data), "-o", options, "-l", f"{folder}/log", "start")
        try:
            yield f"postgresql://postgres:@/postgres?host={folder}"
        finally:
            _call(user, "pg_ctl", "-w", "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _call(user: str | None, program: str, *arguments: str) -> None:
    # cwd: the other user may not enter the folder this was started in.
    subprocess.run(
        [str(_BINARIES / program), *arguments],
        user=user,
        cwd="/",
        check=True,
        stdout=subprocess.DEVNULL,
    )
