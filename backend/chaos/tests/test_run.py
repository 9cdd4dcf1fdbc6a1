"""The small fixed run: real processes, really killed, and not a shilling off."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from devtools.stack import BACKEND_DIRECTORY

#: `make test-long` lets more of them through.
_DEPOSITS = os.environ.get("CHAOS_RUN_DEPOSITS", "150")
#: A run takes well under a minute; a crowded machine may take its time.
_LIMIT_S = 600


@contextmanager
def _started(*arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """Start a run; stop it, and with it all that it started, should the test end before it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "chaos", *arguments],
        cwd=BACKEND_DIRECTORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate()


def test_after_faults_kills_and_wrong_clocks_every_shilling_is_where_it_belongs() -> None:
    with _started(
        "--seed", "20261120", "--deposits", _DEPOSITS, "--api-processes", "2",
        "--longest-shift", "10", "--minutes", "4",
    ) as process:  # fmt: skip
        text, _ = process.communicate(timeout=_LIMIT_S)

    assert process.returncode == 0, text
    assert "Clean: lost 0, doubled 0, wrong status 0, wrong sum 0, no rest 0" in text
    # Its second statement does nothing any more, and says that the books agree.
    assert "Needs the statement after its import: 0" in text
    assert re.search(r"\n  M-Pesa's list of the last 48 hours: rows \d+", text)
    assert re.search(r"\n  statement, layout [ABD], .*sweeps 2", text)
    assert re.search(r"\n  The same days again: statement, layout [ABD], .*in both \d+", text)
    by_hand = re.search(r", of these (\d+) by hand", text)
    # A fifth as many as deposits are tried; those with a wrong account number M-Pesa often rejects.
    assert by_hand is not None
    assert int(by_hand[1]) > int(_DEPOSITS) // 15


def _is_ours(process: psutil.Process) -> bool:
    """Say whether it is a process of the API or a worker."""
    try:
        return any(part.startswith("config.") for part in process.cmdline())
    except psutil.Error:
        return False


def test_a_run_that_is_stopped_leaves_nothing_running() -> None:
    with _started("--deposits", "100", "--api-processes", "2") as process:
        children: list[psutil.Process] = []
        deadline = time.monotonic() + _LIMIT_S
        while sum(map(_is_ours, children)) < 4 and time.monotonic() < deadline:
            assert process.poll() is None
            children = psutil.Process(process.pid).children(recursive=True)
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        text, _ = process.communicate(timeout=_LIMIT_S)

    assert process.returncode == 130, text
    _, still_running = psutil.wait_procs(children, timeout=10)
    assert still_running == []
