"""A program that a browser test kills starts again on command only, and none is left running."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.deployment.project import BACKEND

#: Writes its own number and its child's, and waits.
_PROGRAM = """
import os, pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
pathlib.Path("numbers").write_text(f"{os.getpid()} {child.pid}.")
time.sleep(60)
"""


class Kept:
    """A keeper with a program that has a child."""

    def __init__(self, folder: Path, program: str) -> None:
        self._folder = folder
        self.keeper = subprocess.Popen(
            [sys.executable, "-m", "devtools.keeper", "keeper.pid", sys.executable, "-c", program],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(BACKEND)},
            start_new_session=True,
        )

    def tell(self, number: int) -> None:
        """Signal it as the scenario does."""
        os.kill(int((self._folder / "keeper.pid").read_text()), number)

    def next_family(self) -> list[psutil.Process]:
        """Wait for the program to start, and return it with its child."""
        numbers = self._folder / "numbers"
        _wait_until(lambda: numbers.exists() and numbers.read_text().endswith("."))
        family = [psutil.Process(int(number)) for number in numbers.read_text()[:-1].split()]
        numbers.unlink()
        return family


def _wait_until(is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _is_gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    """Keep the program, and leave nothing of it."""
    kept = Kept(tmp_path, _PROGRAM)
    yield kept
    if kept.keeper.poll() is None:
        os.killpg(kept.keeper.pid, signal.SIGKILL)
        kept.keeper.wait()


def test_the_keeper_kills_the_program_with_its_children_and_starts_it_again(kept: Kept) -> None:
    first = kept.next_family()

    kept.tell(signal.SIGUSR1)
    _wait_until(lambda: all(map(_is_gone, first)))
    time.sleep(0.3)
    assert kept.keeper.poll() is None

    for _ in range(2):  # told twice, it starts once
        kept.tell(signal.SIGUSR2)
    second = kept.next_family()
    assert {process.pid for process in first}.isdisjoint(process.pid for process in second)
    assert psutil.Process(kept.keeper.pid).children() == second[:1]


@pytest.mark.parametrize("is_away", [False, True])
def test_the_keeper_ends_with_its_process_group(kept: Kept, is_away: bool) -> None:
    family = kept.next_family()
    if is_away:
        kept.tell(signal.SIGUSR1)
        _wait_until(lambda: _is_gone(family[0]))

    os.killpg(kept.keeper.pid, signal.SIGTERM)

    assert kept.keeper.wait(timeout=20) != 0
    _wait_until(lambda: all(map(_is_gone, family)))


def test_the_keeper_ends_with_the_programs_exit_status(tmp_path: Path) -> None:
    assert Kept(tmp_path, "raise SystemExit(7)").keeper.wait(timeout=20) == 7
