"""`make test` runs its steps in lanes: side by side, in order within each, and all of them."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from devtools import steps
from devtools.lanes import Runner
from devtools.results import Counts
from devtools.steps import ALONE, Step

#: Stands for a step: notes that it begins, waits for a file to come, says a word, ends as told.
_PROGRAM = """
import json, sys, time
from pathlib import Path
folder, name, awaited, passed = sys.argv[1:]
with Path(folder, "order").open("a") as order:
    order.write(f"{name}\\n")
Path(folder, name).touch()
deadline = time.monotonic() + 60
try:
    while awaited and not Path(folder, awaited).exists() and time.monotonic() < deadline:
        time.sleep(0.02)
except KeyboardInterrupt:
    Path(folder, f"{name}-interrupted").touch()
    sys.exit(1)
assert not awaited or Path(folder, awaited).exists()
print(f"words of {name}")
good = passed == "passes"
outcome = {"is_good": good, "passed": int(good), "failed": int(not good), "skipped": 0}
Path(folder, f"{name}.json").write_text(json.dumps(outcome))
"""


class Steps:
    """Steps that wait for each other, and the order in which they began."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._all: list[Step] = []
        self._ways: dict[str, tuple[str, str]] = {}

    def add(
        self, name: str, lane: str, *, awaits: str = "", needs: str | None = None,
        ends: str = "passes",
    ) -> None:  # fmt: skip
        """Add a step that ends once another one has begun."""
        self._all.append(Step(name, lane=lane, needs=needs))
        self._ways[name] = (awaits, ends)

    def runner(self) -> Runner:
        """Return what runs them."""
        return Runner(self._all, self._command)

    def order(self) -> list[str]:
        """Return their names as they began."""
        return (self.folder / "order").read_text().split()

    def _command(self, step: Step) -> list[str]:
        return [sys.executable, "-c", _PROGRAM, str(self.folder), step.name, *self._ways[step.name]]


@pytest.fixture
def some(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Steps:
    monkeypatch.setattr(steps, "RESULTS", tmp_path)
    return Steps(tmp_path)


class TestLanes:
    def test_lanes_run_side_by_side(self, some: Steps) -> None:
        some.add("a", "one", awaits="b")
        some.add("b", "two", awaits="a")
        runner = some.runner()

        runner.run_in_lanes()

        assert [ended.counts for ended in runner.ended] == [Counts(passed=1)] * 2

    def test_a_step_waits_for_what_it_needs_of_another_lane(self, some: Steps) -> None:
        some.add("needy", "one", needs="build")
        some.add("first", "two")
        some.add("build", "two")

        some.runner().run_in_lanes()

        assert some.order() == ["first", "build", "needy"]

    def test_steps_that_measure_time_run_after_all_others(self, some: Steps) -> None:
        some.add("measure", ALONE)
        some.add("a", "one")
        some.add("b", "two")

        some.runner().run_in_lanes()

        assert some.order()[-1] == "measure"

    def test_a_failure_hides_nothing_that_comes_after_it(self, some: Steps) -> None:
        some.add("bad", "one", ends="fails")
        some.add("good", "one", needs="bad")
        runner = some.runner()

        runner.run_in_lanes()

        assert [(ended.step.name, ended.is_good) for ended in runner.ended] == [
            ("bad", False), ("good", True),
        ]  # fmt: skip

    def test_a_step_that_crashes_has_failed(self, some: Steps) -> None:
        some.add("crash", "one")
        runner = Runner([Step("crash")], lambda _: [sys.executable, "-c", "import nothing_like_it"])

        runner.run_in_lanes()

        [ended] = runner.ended
        assert (ended.is_good, ended.counts) == (False, Counts(failed=1))

    def test_the_words_of_each_step_stand_together(
        self, some: Steps, capfd: pytest.CaptureFixture[str]
    ) -> None:
        some.add("a", "one", awaits="b")
        some.add("b", "two")

        some.runner().run_in_lanes()

        told = capfd.readouterr().out
        for name in ("a", "b"):
            assert f"=== {name}\nwords of {name}\n--- {name}: 1 passed, 0 failed, 0 skipped" in told

    def test_ctrl_c_interrupts_what_runs_and_begins_nothing_more(self, some: Steps) -> None:
        some.add("a", "one", awaits="never")
        some.add("b", "two", awaits="never")
        some.add("later", "two")
        some.add("measure", ALONE)
        threading.Thread(target=_interrupt_once, args=(some.folder, ["a", "b"])).start()

        with pytest.raises(KeyboardInterrupt):
            some.runner().run_in_lanes()

        assert sorted(some.order()) == ["a", "b"]
        assert {path.name for path in some.folder.glob("*-interrupted")} == {
            "a-interrupted", "b-interrupted",
        }  # fmt: skip


def _interrupt_once(folder: Path, names: list[str]) -> None:
    """Press Ctrl-C when the steps have begun."""
    deadline = time.monotonic() + 60
    while not all((folder / name).exists() for name in names) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(os.getpid(), signal.SIGINT)


class TestSteps:
    def test_each_name_is_one_step(self) -> None:
        names = [step.name for step in steps.STEPS]

        assert len(names) == len(set(names))

    def test_a_step_that_another_needs_is_in_another_lane_or_before_it(self) -> None:
        """A step that waits for one behind it would wait for ever."""
        place = {step.name: number for number, step in enumerate(steps.STEPS)}
        needed = [step for step in steps.STEPS if step.needs is not None]

        assert needed
        for step in needed:
            [other] = [one for one in steps.STEPS if one.name == step.needs]
            assert other.needs is None
            assert other.lane != ALONE
            assert other.lane != step.lane or place[other.name] < place[step.name]
