"""Runs other people's M-Pesa libraries against the simulator, installed apart from the product.

Every folder of `tests/libraries/packages` pins one library and what it needs, by hash: a list for
Python, or a lock file for Node. Each is installed into a folder of its own in `.data`, which stays
until its list changes. What cannot be installed here is skipped by its name; a package whose hash
differs fails the step.
"""

import hashlib
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from devtools import environment, install
from devtools.audits import Unavailable
from devtools.stack import BACKEND_DIRECTORY

#: The environment variable that names the folder of installed libraries. Their tests are collected
#: only where it is set (tests/libraries/conftest.py).
FOLDER = "LIBRARIES_FOLDER"
#: Where one library is named that is missing: the file says why.
MISSING = "missing"
SIMULATOR = "daraja-simulator"
_PACKAGES = BACKEND_DIRECTORY / "tests" / "libraries" / "packages"
_INSTALLED = BACKEND_DIRECTORY / ".data" / "libraries"
_SOURCE = BACKEND_DIRECTORY / "daraja_simulator"
_STAMP = "installed"
_WRONG_HASH = re.compile(r"(?i)hash mismatch|do not match the hashes|EINTEGRITY")


def run(junit: Path) -> int:
    """Install what changed, then test every library; return 0 if all that are there work.

    Raises:
        Unavailable: the simulator itself cannot be installed as a package.
    """
    install_all(_PACKAGES, _INSTALLED)
    reason = missing(_INSTALLED, SIMULATOR)
    if reason is not None:
        words = f"{SIMULATOR} cannot be installed as a package: {reason}"
        raise Unavailable(words)
    return subprocess.run(
        (sys.executable, "-m", "pytest", "-q", f"--junitxml={junit}", "tests/libraries"),
        cwd=BACKEND_DIRECTORY,
        env=environment.child_environment(**{FOLDER: str(_INSTALLED)}),
        check=False,
    ).returncode


def install_all(packages: Path, installed: Path) -> None:
    """Install every library whose list changed since, several at the same time.

    Raises:
        RuntimeError: a package is not the one that was pinned.
    """
    install.find_uv()  # several threads would otherwise install it at the same time
    wanted = sorted(path for path in packages.iterdir() if path.is_dir())
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(_install, wanted, (installed / path.name for path in wanted)))


def missing(folder: Path, name: str) -> str | None:
    """Say why the library could not be installed; None if it is there."""
    note = folder / name / MISSING
    return note.read_text() if note.exists() else None


def _install(wanted: Path, folder: Path) -> None:
    """Install one library, unless the same list is installed; leave a note if it cannot be."""
    stamp, state = folder / _STAMP, _state(wanted)
    if stamp.exists() and stamp.read_text() == state:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    steps = _node_steps if (wanted / "package.json").exists() else _python_steps
    for step in steps(wanted, folder):
        done = step()
        if _WRONG_HASH.search(done.stderr):
            words = f"{wanted.name}: {done.stderr[-2000:]}"
            raise RuntimeError(words)
        if done.returncode != 0:
            (folder / MISSING).write_text(_in_short(done.stderr))
            return
    stamp.write_text(state)


_Step = Callable[[], "subprocess.CompletedProcess[str]"]


def _python_steps(wanted: Path, folder: Path) -> tuple[_Step, ...]:
    venv.create(folder, symlinks=True, with_pip=False)
    python = folder / "bin" / "python"
    listed = ("--require-hashes", "-r", str(wanted / "requirements.txt"))
    # Built by the tool that its list pins. A cache may hold an older build of the same version.
    source = ("--no-deps", "--no-build-isolation", "--no-cache-dir", str(_SOURCE))
    wholes = (listed, source) if wanted.name == SIMULATOR else (listed,)
    return tuple(partial(install.install_into, python, *whole) for whole in wholes)


def _node_steps(wanted: Path, folder: Path) -> tuple[_Step, ...]:
    npm = shutil.which("npm")
    if npm is None:
        return (lambda: subprocess.CompletedProcess((), 1, "", "npm is not installed"),)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(wanted / name, folder)
    command = (npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    return (partial(subprocess.run, command, cwd=folder, capture_output=True, text=True),)


def _state(wanted: Path) -> str:
    """Return a hash of all that decides what is installed."""
    files = sorted(wanted.iterdir())
    if wanted.name == SIMULATOR:
        files += sorted(set(_SOURCE.rglob("*")) - set((_SOURCE / "tests").rglob("*")))
    words = hashlib.sha256(sys.version.encode())
    for file in files:
        if file.is_file() and file.suffix != ".pyc":
            words.update(f"{file}\n".encode())
            words.update(file.read_bytes())
    return words.hexdigest()


def _in_short(complaint: str) -> str:
    lines = [line.strip() for line in complaint.splitlines() if line.strip()]
    return " ".join(lines)[:200] or "it does not install"
