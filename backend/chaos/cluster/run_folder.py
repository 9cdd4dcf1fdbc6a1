"""A run's own folder, and its end by a signal."""

import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chaos.cluster import packages


@contextmanager
def run_folder(*, is_kept: bool = False) -> Iterator[Path]:
    """Make a folder for one run in backend/.data/cluster; remove it at the end unless it is kept.

    Where the run raises, it stays, since it has what the programs wrote.
    """
    packages.HOME.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=packages.HOME))
    folder.chmod(0o755)  # the programs' user goes through it; each part's folder is closed
    try:
        yield folder
    except Exception:
        print(f"What the programs wrote: {folder}", file=sys.stderr)
        raise
    except BaseException:
        _remove(folder, is_kept=is_kept)
        raise
    _remove(folder, is_kept=is_kept)


def _remove(folder: Path, *, is_kept: bool) -> None:
    if is_kept:
        print(f"What the programs wrote: {folder}", file=sys.stderr)
    else:
        shutil.rmtree(folder, ignore_errors=True)


def stop_on_signals() -> None:
    """Let SIGTERM and SIGHUP end the run as Ctrl-C does: with all that it started."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
