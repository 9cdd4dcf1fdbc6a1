"""Builds the web page when its sources have changed since the last build.

It uses only the standard library. One build serves every configuration, since the page's server
reads its environment when it starts.
"""

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

WEB_DIRECTORY = Path(__file__).resolve().parent.parent.parent / "kibeezy-poly"
_STAMP = WEB_DIRECTORY / ".next" / "sources.sha256"
_NOT_SOURCES = {
    ".next",
    "node_modules",
    "e2e",
    "test",
    "test-results",
    "playwright-report",
    "coverage",
    "gallery",
    ".figures",
}


@contextlib.contextmanager
def building(environment: Mapping[str, str]) -> Iterator[None]:
    """Run the production build while the block runs, unless the sources are already built.

    Leaving the block waits for the build; an error in the block ends the build.
    """
    digest = _digest()
    if _STAMP.exists() and _STAMP.read_text() == digest:
        yield
        return
    _STAMP.unlink(missing_ok=True)
    print("Building the web page ...", flush=True)
    started = time.monotonic()
    with tempfile.TemporaryFile("w+") as words:
        build = subprocess.Popen(
            ["npm", "run", "--silent", "build"],
            cwd=WEB_DIRECTORY,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield
            build.wait()
        finally:
            _end(build)
        if build.returncode != 0:
            words.seek(0)
            sys.exit(f"The web page does not build:\n{words.read()}")
    _STAMP.write_text(digest)
    print(f"The web page is built ({time.monotonic() - started:.0f} s).", flush=True)


def _end(build: "subprocess.Popen[bytes]") -> None:
    """End a build that still runs, with its child processes."""
    if build.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(build.pid, signal.SIGTERM)
        build.wait()


def main() -> None:
    """Build the page, with this process's environment, if its sources have changed."""
    with building(os.environ):
        pass


def _digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(_sources()):
        parts = path.relative_to(WEB_DIRECTORY).parts
        digest.update("/".join(parts).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    """Find the files that a build is made from, without tests and files that tools generate."""
    for top in WEB_DIRECTORY.iterdir():
        for path in [top, *top.rglob("*")] if top.name not in _NOT_SOURCES else []:
            is_made = path.name.startswith("next-env") or path.suffix == ".tsbuildinfo"
            if path.is_file() and not is_made and ".test." not in path.name:
                yield path


if __name__ == "__main__":
    main()
