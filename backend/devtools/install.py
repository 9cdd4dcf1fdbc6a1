"""Installs the Python packages of a compiled requirements file by hash, and says how long it took.

uv needs seconds where pip needs a minute; if uv is not available or fails, pip installs them. This
module uses only the standard library, since it runs before anything else is installed.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

_PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
_UV_LIST = "requirements-uv.txt"
_PIN = re.compile(r"(?m)^[A-Za-z0-9][A-Za-z0-9._-]*(?:\[[^]]*\])?==")
#: uv's environment variable for each setting of pip, and the separator between several values.
_SETTINGS = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "cert": ("SSL_CERT_FILE", " "),
    "proxy": ("ALL_PROXY", " "),
    "default-timeout": ("UV_HTTP_TIMEOUT", " "),
    "timeout": ("UV_HTTP_TIMEOUT", " "),
}


def main() -> None:
    """Install the requirements file that the argument names into this virtual environment."""
    (name,) = sys.argv[1:]
    count = len(_PIN.findall(Path(name).read_text()))
    print(f"Installing {count} Python packages ...", flush=True)
    started = time.monotonic()
    if not _install_by_uv(name):
        print("uv does not do it here: pip does, which takes a minute or two ...", flush=True)
        if not _is_done(*_PIP, "install", "--quiet", "--require-hashes", "-r", name):
            sys.exit("The Python packages could not be installed; the lines above say why.")
    took_s = time.monotonic() - started
    print(f"{count} Python packages are installed ({took_s:.0f} s).", flush=True)


def install_into(python: Path, *what: str) -> subprocess.CompletedProcess[str]:
    """Install into the virtual environment of `python`: `what` are options that uv and pip share.

    Returns what uv or, without uv, pip said; a status other than 0 means that it is not installed.
    """
    uv = find_uv()
    if uv is None:
        return _call(*_PIP, f"--python={python}", "install", "--quiet", *what)
    return _call(
        uv, "pip", "install", "--quiet", f"--python={python}", *what,
        environment={**uv_environment(_pip_settings()), **os.environ},
    )  # fmt: skip


def uv_environment(pip_settings: str) -> dict[str, str]:
    """Convert `pip config list` to uv's environment variables: uv does not read pip's settings."""
    found: dict[str, str] = {}
    # A setting of a later section replaces that of an earlier one, as in pip.
    for section in ("global.", "install.", ":env:."):
        for line in pip_settings.splitlines():
            name, _, value = line.removeprefix(section).partition("=")
            if line.startswith(section) and name in _SETTINGS:
                variable, between = _SETTINGS[name]
                found[variable] = between.join(str(ast.literal_eval(value)).split())
    if found:
        # uv then takes the pinned version from any index that has it, as pip does. That is safe,
        # since the hashes are checked.
        found["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return found


def _install_by_uv(name: str) -> bool:
    uv = find_uv()
    if uv is None:
        return False
    command = (uv, "pip", "install", "--quiet", "--python", sys.executable)
    return _is_done(
        *command, "--require-hashes", "-r", name,
        environment={**uv_environment(_pip_settings()), **os.environ},
    )  # fmt: skip


def find_uv() -> str | None:
    """Return the machine's uv, or this virtual environment's, installed by pip if missing; None
    if that fails.
    """
    found = shutil.which("uv")
    if found is not None:
        return found
    own = Path(sys.executable).parent / "uv"
    if own.exists() or _is_done(*_PIP, "install", "--quiet", "--require-hashes", "-r", _UV_LIST):
        return str(own)
    return None


def _pip_settings() -> str:
    return _call(*_PIP, "config", "list").stdout


def _call(
    *command: str, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def _is_done(*command: str, environment: dict[str, str] | None = None) -> bool:
    return subprocess.run(command, env=environment, check=False).returncode == 0


if __name__ == "__main__":
    main()
