"""Builds the web page when its sources have changed since the last build."""

import hashlib
import subprocess
import sys
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


def build_if_needed(environment: dict[str, str]) -> None:
    """Run the production build unless the last one is of these very sources."""
    digest = _digest(environment.get("NEXT_PUBLIC_API_URL", ""))
    if _STAMP.exists() and _STAMP.read_text() == digest:
        return
    print("Building the web page (the first time takes a minute) ...", flush=True)
    built = subprocess.run(
        ["npm", "run", "--silent", "build"],
        cwd=WEB_DIRECTORY,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode != 0:
        sys.exit(f"The web page does not build:\n{built.stdout}\n{built.stderr}")
    _STAMP.write_text(digest)


def main() -> None:
    """Build with this process's environment."""
    from devtools import environment

    build_if_needed(environment.child_environment())


def _digest(*settings: str) -> str:
    digest = hashlib.sha256("\0".join(settings).encode())
    for path in sorted(WEB_DIRECTORY.rglob("*")):
        parts = path.relative_to(WEB_DIRECTORY).parts
        if path.is_file() and parts[0] not in _NOT_SOURCES and not path.name.startswith("next-env"):
            digest.update("/".join(parts).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    main()
