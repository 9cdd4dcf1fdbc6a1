"""Writes backend/openapi.yaml from the code, or says whether the committed file differs from it."""

import subprocess
import sys
import tempfile
from pathlib import Path

from devtools import environment
from devtools.stack import BACKEND_DIRECTORY

SCHEMA = BACKEND_DIRECTORY / "openapi.yaml"


def write(target: Path) -> None:
    """Generate the schema into `target`; a warning of the generator counts as an error."""
    environment.fill_in()
    environment.use_database()
    subprocess.run(
        [sys.executable, "manage.py", "spectacular", "--file", str(target), "--validate",
         "--fail-on-warn"],
        cwd=BACKEND_DIRECTORY,
        env=environment.child_environment(DEBUG="True", MPESA_DEBUG="True"),
        check=True,
    )  # fmt: skip


def main() -> None:
    """Write the schema; with `--check`, compare it with the committed one instead."""
    if "--check" not in sys.argv:
        write(SCHEMA)
        return
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / "openapi.yaml"
        write(fresh)
        if fresh.read_text() != SCHEMA.read_text():
            sys.exit("backend/openapi.yaml has drifted from the code: run `make api-types`")


if __name__ == "__main__":
    main()
