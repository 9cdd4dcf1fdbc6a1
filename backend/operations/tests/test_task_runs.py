"""Each end of a periodic task is remembered, and never costs the task anything."""

import time
from typing import Any

import pytest
import time_machine

from operations import task_runs
from operations.models import TaskRun
from operations.needs import TASKS_DUE, list_needs
from operations.task_runs import Found, watched
from payments.tests.building import NOON, hidden_table

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_runs, "_written_at", {})


def _task(name: str, found: Found | None = None, error: Exception | None = None) -> Any:
    def run(timestamp: int) -> Found | None:
        if error is not None:
            raise error
        return found

    run.__name__ = name
    return watched(run)


def test_a_good_end_is_written_and_then_at_most_every_half_minute() -> None:
    purge = _task("purge")
    with time_machine.travel(NOON, tick=False):
        purge(timestamp=0)
    with time_machine.travel(NOON.replace(hour=13), tick=False):
        # The monotonic clock stands with it, so that no half minute has passed for it.
        task_runs._written_at["purge"] = time.monotonic()
        purge(timestamp=0)

    assert TaskRun.objects.get().succeeded_at == NOON


def test_a_failure_is_written_with_its_time_and_the_next_good_end_at_once() -> None:
    with time_machine.travel(NOON, tick=False):
        _task("purge")(timestamp=0)
        with pytest.raises(RuntimeError):
            _task("purge", error=RuntimeError())(timestamp=0)
    run = TaskRun.objects.get()
    assert (run.succeeded_at, run.failed_at) == (NOON, NOON)

    with time_machine.travel(NOON.replace(hour=13), tick=False):
        _task("purge")(timestamp=0)

    run.refresh_from_db()
    assert run.succeeded_at == NOON.replace(hour=13)


def test_what_it_found_is_written_each_time() -> None:
    _task("check_ledger", found=Found(2, "account wallet:7: wrong"))(timestamp=0)
    run = TaskRun.objects.get()
    assert (run.found, run.details) == (2, "account wallet:7: wrong")

    _task("check_ledger", found=Found(0))(timestamp=0)
    run.refresh_from_db()
    assert (run.found, run.details) == (0, "")


def test_a_database_that_takes_no_note_changes_nothing() -> None:
    with hidden_table("operations_taskrun"):
        _task("purge")(timestamp=0)
        with pytest.raises(RuntimeError):
            _task("purge", error=RuntimeError())(timestamp=0)


def test_a_task_that_is_late_waits_for_an_operator() -> None:
    long_ago = NOON - TASKS_DUE["purge"]
    TaskRun.objects.create(task="purge", succeeded_at=long_ago)
    TaskRun.objects.create(task="seal_entries", failed_at=NOON)
    TaskRun.objects.create(task="of_an_older_release", succeeded_at=NOON.replace(year=2020))

    def late(at: Any) -> dict[str, int]:
        found = [need.counts for need in list_needs(now=at) if need.kind.name == "tasks"]
        return found[0] if found else {}

    assert late(NOON) == {"seal_entries": 1}
    assert late(NOON.replace(second=1)) == {"purge": 1, "seal_entries": 1}
