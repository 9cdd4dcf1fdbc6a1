"""`make run | head`: once its output is no longer read, every process ends."""

import subprocess
import sys
import time

import psutil
import pytest

from devtools.stack import BACKEND_DIRECTORY

_MAX_S = 60
#: A run of one service. The watch of the output can be left out, so that only writing notices.
_RUN = """
import os, sys
from pathlib import Path
from devtools import stack
watch, words = sys.argv[1:]
if watch == "watched":
    stack.stop_when_output_closes()
service = stack.Service(name="only", command=["sh", "-c", words], directory=Path("."))
sys.exit(stack.run([service], dict(os.environ), "up"))
"""


@pytest.mark.parametrize(
    ("watch", "words"),
    [
        ("watched", "echo once; sleep 300"),
        ("unwatched", "while echo again; do sleep 0.1; done"),
    ],
    ids=["by a service that says nothing", "by a service that goes on"],
)
def test_a_run_whose_output_is_no_longer_read_ends_with_its_services(
    watch: str, words: str
) -> None:
    run = subprocess.Popen(
        [sys.executable, "-c", _RUN, watch, words], cwd=BACKEND_DIRECTORY, stdout=subprocess.PIPE
    )
    try:
        assert run.stdout is not None
        deadline = time.monotonic() + _MAX_S
        while b"only" not in run.stdout.readline():
            assert time.monotonic() < deadline
        children = psutil.Process(run.pid).children(recursive=True)
        assert children

        run.stdout.close()

        # As after Ctrl-C: it was stopped, which is how a run should end.
        assert run.wait(_MAX_S) == 0
        _, still_running = psutil.wait_procs(children, timeout=10)
        assert still_running == []
    finally:
        for process in [*psutil.Process().children(recursive=True)]:
            process.kill()
        run.wait()
