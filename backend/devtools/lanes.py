"""Runs the steps of `make test` as processes: one after the other, or in parallel lanes.

In lanes the output of a step is printed at its end, so that outputs do not mix.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event, Lock
from typing import IO

from devtools import results
from devtools.results import Counts
from devtools.stack import BACKEND_DIRECTORY
from devtools.steps import ALONE, Step


@dataclass(frozen=True)
class Ended:
    """How one step ended."""

    step: Step
    is_good: bool
    counts: Counts
    took_s: float

    def __str__(self) -> str:
        return f"{self.step.name}: {self.counts} ({self.took_s:.0f} s)"


def _command(step: Step) -> list[str]:
    return [sys.executable, "-m", "devtools.steps", step.name]


class Runner:
    """Runs the given steps and keeps how each ended in `ended`.

    `command` returns the command line of a step; that process writes the step's outcome file.
    """

    def __init__(
        self, steps: Sequence[Step], command: Callable[[Step], list[str]] = _command
    ) -> None:
        self.ended: list[Ended] = []
        self._steps, self._command = steps, command
        self._over = {step.name: Event() for step in steps}
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = Lock()
        self._is_stopped = False

    def run_in_turn(self, steps: Iterable[Step] | None = None) -> None:
        """Run the steps one after the other, without capturing their output."""
        for step in self._steps if steps is None else steps:
            print(f"\n=== {step.name}", flush=True)
            ended = self._run(step, None)
            print(f"--- {ended}", flush=True)

    def run_in_lanes(self) -> None:
        """Run the lanes at the same time, then one by one the steps that must run alone."""
        lanes = dict.fromkeys(step.lane for step in self._steps if step.lane != ALONE)
        with ThreadPoolExecutor(max(len(lanes), 1)) as threads:
            running = [threads.submit(self._run_lane, lane) for lane in lanes]
            try:
                for lane in running:
                    lane.result()
            except BaseException:
                self.stop()
                raise
        self.run_in_turn([step for step in self._steps if step.lane == ALONE])

    def stop(self) -> None:
        """Start no further step, and interrupt the running ones, as Ctrl-C would."""
        self._is_stopped = True
        for process in list(self._running):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGINT)

    def _run_lane(self, lane: str) -> None:
        steps = [step for step in self._steps if step.lane == lane]
        try:
            for step in steps:
                if step.needs in self._over:
                    self._over[step.needs].wait()
                if self._is_stopped:
                    return
                self._run_captured(step)
        finally:
            for step in steps:
                self._over[step.name].set()

    def _run_captured(self, step: Step) -> None:
        self._say(f"... {step.name}")
        with tempfile.TemporaryFile("w+", errors="replace") as words:
            ended = self._run(step, words)
            words.seek(0)
            self._say(f"\n=== {step.name}\n{words.read()}--- {ended}\n")

    def _say(self, text: str) -> None:
        with self._lock:
            print(text, flush=True)

    def _run(self, step: Step, words: IO[str] | None) -> Ended:
        started = time.monotonic()
        # The step gets a process group of its own, so that Ctrl-C reaches it once, by `stop`, and
        # not a second time from the terminal.
        process = subprocess.Popen(
            self._command(step),
            cwd=BACKEND_DIRECTORY,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=subprocess.STDOUT if words else None,
            start_new_session=True,
        )
        self._running.add(process)
        try:
            process.wait()
        except BaseException:
            self.stop()
            process.wait()
            raise
        finally:
            self._running.discard(process)
        is_good, counts = results.read_kept(step.outcome)
        ended = Ended(step, is_good and not counts.failed, counts, time.monotonic() - started)
        self.ended.append(ended)
        self._over[step.name].set()
        return ended
