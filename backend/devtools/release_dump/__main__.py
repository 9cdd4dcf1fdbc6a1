"""The command line: start the system, bring about every state, check that none is missing, dump.

The dump goes to tests/upgrade/releases/<release>.sql.gz. Make it before the release is cut, and
never again: it represents the data of installations with that release.
"""

import contextlib
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from common.release import RELEASE
from devtools.release_dump import dump, scenario
from devtools.release_dump.states import find_missing
from devtools.release_dump.system import DumpSystem
from devtools.stack import BACKEND_DIRECTORY

_RELEASES = BACKEND_DIRECTORY / "tests" / "upgrade" / "releases"


def main() -> int:
    """Make the dump; return 1 if a state is missing, `check_ledger` fails or a step times out."""
    started = time.monotonic()
    for number in (signal.SIGTERM, signal.SIGHUP):
        # These signals raise KeyboardInterrupt, so that `DumpSystem` still ends its processes.
        signal.signal(number, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="release-dump-"))
    try:
        target = _make(folder)
    except (RuntimeError, TimeoutError) as error:
        print(f"No dump was made: {error}\nWhat the processes wrote: {folder}", file=sys.stderr)
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    size_kb = target.stat().st_size / 1024
    print(f"{target}: {size_kb:.0f} KB in {time.monotonic() - started:.0f} s")
    return 0


def _make(folder: Path) -> Path:
    with DumpSystem(folder) as system:
        system.begin()
        with contextlib.closing(scenario.Scenario(system)) as scenario_run:
            scenario_run.run()
            tokens = scenario_run.open_tokens()
        print(system.manage("check_ledger").strip())
        missing = find_missing(system.database.url)
        if missing:
            raise RuntimeError("these states are missing:\n  " + "\n  ".join(missing))
        return dump.write(system, _RELEASES / f"{RELEASE}.sql.gz", tokens)


if __name__ == "__main__":
    sys.exit(main())
