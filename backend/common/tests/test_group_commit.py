"""Group commit, tested with plain threads and a commit that the test can hold up."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import pytest

from common.group_commit import GroupCommit

_WAIT_S = 10


class Broken(Exception):
    """What a commit raises here."""


class Commits:
    """Commits that wait until they may go on; answers the item with a sign of how it went."""

    def __init__(self, *, most: int = 200, patience_s: float = _WAIT_S) -> None:
        self.group = GroupCommit[str, str](
            alone=self.alone, together=self.together, most=most, patience_s=patience_s
        )
        self.begun: list[list[str]] = []
        self.may_go = threading.Event()
        self.left_out: set[str] = set()
        self.breaking: set[str] = set()
        self.held: set[str] = set()

    def alone(self, item: str) -> str:
        self._commit([item])
        if item in self.breaking:
            raise Broken(item)
        return f"{item} alone"

    def together(self, items: Sequence[str]) -> list[str | None]:
        self._commit(list(items))
        if self.breaking & set(items):
            raise Broken(*items)
        return [None if item in self.left_out else f"{item} together" for item in items]

    def _commit(self, items: list[str]) -> None:
        self.begun.append(items)
        if items[0] in self.held:
            assert self.may_go.wait(_WAIT_S)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    """Return threads that are gone after the test."""
    with ThreadPoolExecutor(64) as pool:
        yield pool


def wait_until(is_true: Callable[[], bool]) -> None:
    """Wait for something that another thread does."""
    until = time.monotonic() + _WAIT_S
    while not is_true():
        assert time.monotonic() < until
        time.sleep(0.001)


def queue_behind(
    commits: Commits, threads: ThreadPoolExecutor, first: str, *others: str
) -> list["Future[str]"]:
    """Hold one commit up, and let the others come meanwhile, in this order."""
    commits.held.add(first)
    calls = [threads.submit(commits.group.settle, first)]
    wait_until(lambda: commits.begun == [[first]])
    for count, item in enumerate(others, start=1):
        calls.append(threads.submit(commits.group.settle, item))
        wait_until(partial(_has_waiting, commits, count))
    return calls


def _has_waiting(commits: Commits, count: int) -> bool:
    return len(commits.group._waiting) == count


def results(calls: list["Future[str]"]) -> list[str | Exception]:
    """Return each call's result, or what it raised."""
    return [call.exception(_WAIT_S) or call.result() for call in calls]  # type: ignore[misc]


class TestAlone:
    def test_an_item_that_comes_while_none_is_being_committed_is_committed_alone(self) -> None:
        commits = Commits()

        assert [commits.group.settle(item) for item in ("a", "b")] == ["a alone", "b alone"]
        assert commits.begun == [["a"], ["b"]]

    def test_an_error_goes_to_its_caller_and_holds_up_no_other_item(self) -> None:
        commits = Commits()
        commits.breaking = {"a"}

        with pytest.raises(Broken):
            commits.group.settle("a")

        assert commits.group.settle("b") == "b alone"

    def test_a_single_waiting_item_is_committed_alone(self, threads: ThreadPoolExecutor) -> None:
        commits = Commits()
        calls = queue_behind(commits, threads, "a", "b")
        commits.may_go.set()

        assert results(calls) == ["a alone", "b alone"]
        assert commits.begun == [["a"], ["b"]]

    def test_a_single_item_that_fails_is_tried_once(self, threads: ThreadPoolExecutor) -> None:
        commits = Commits()
        commits.breaking = {"b"}
        calls = queue_behind(commits, threads, "a", "b")
        commits.may_go.set()

        assert [type(result) for result in results(calls)] == [str, Broken]
        assert commits.begun == [["a"], ["b"]]


class TestTogether:
    def test_all_that_came_meanwhile_are_one_commit(self, threads: ThreadPoolExecutor) -> None:
        commits = Commits()
        calls = queue_behind(commits, threads, "a", "b", "c", "d")
        commits.may_go.set()

        assert results(calls) == ["a alone", "b together", "c together", "d together"]
        assert commits.begun == [["a"], ["b", "c", "d"]]

    def test_no_call_is_answered_before_the_commit(self, threads: ThreadPoolExecutor) -> None:
        commits = Commits()
        commits.held.add("b")
        calls = queue_behind(commits, threads, "a", "b", "c")
        commits.held.discard("a")
        commits.may_go.set()
        commits.may_go.clear()
        wait_until(lambda: ["b", "c"] in commits.begun)

        assert not any(call.done() for call in calls[1:])

        commits.may_go.set()
        assert results(calls)[1:] == ["b together", "c together"]

    def test_no_commit_has_more_items_than_allowed(self, threads: ThreadPoolExecutor) -> None:
        commits = Commits(most=2)
        calls = queue_behind(commits, threads, "a", "b", "c", "d", "e", "f")
        commits.may_go.set()

        assert results(calls)[5] == "f alone"
        assert commits.begun == [["a"], ["b", "c"], ["d", "e"], ["f"]]

    def test_an_item_left_out_of_the_group_is_committed_alone(
        self, threads: ThreadPoolExecutor
    ) -> None:
        commits = Commits()
        commits.left_out = {"b", "d"}
        calls = queue_behind(commits, threads, "a", "b", "c", "d")
        commits.may_go.set()

        assert results(calls) == ["a alone", "b alone", "c together", "d alone"]

    def test_only_the_item_that_fails_the_commit_gets_an_error(
        self, threads: ThreadPoolExecutor, caplog: pytest.LogCaptureFixture
    ) -> None:
        commits = Commits()
        commits.breaking = {"c"}
        calls = queue_behind(commits, threads, "a", "b", "c", "d")
        with caplog.at_level(logging.ERROR):
            commits.may_go.set()
            found = results(calls)

        assert found[:2] == ["a alone", "b alone"]
        assert isinstance(found[2], Broken)
        assert found[3] == "d alone"
        assert "a common commit of 3 items broke" in caplog.text

    def test_after_a_failed_commit_the_next_one_goes_on(self, threads: ThreadPoolExecutor) -> None:
        commits = Commits()
        commits.breaking = {"b"}
        results_before = queue_behind(commits, threads, "a", "b", "c")
        commits.may_go.set()
        results(results_before)

        assert commits.group.settle("e") == "e alone"


class TestPatience:
    def test_an_item_that_waited_too_long_is_committed_alone(
        self, threads: ThreadPoolExecutor
    ) -> None:
        commits = Commits(patience_s=0.05)
        commits.held.add("a")
        first = threads.submit(commits.group.settle, "a")
        wait_until(lambda: commits.begun == [["a"]])

        assert threads.submit(commits.group.settle, "b").result(_WAIT_S) == "b alone"
        assert commits.group._waiting == []

        commits.may_go.set()
        assert first.result(_WAIT_S) == "a alone"
        assert commits.group.settle("c") == "c alone"

    def test_items_leave_a_commit_that_hangs(self, threads: ThreadPoolExecutor) -> None:
        commits = Commits(patience_s=0.3)
        commits.held.add("b")
        calls = queue_behind(commits, threads, "a", "b", "c")
        commits.held.discard("a")
        commits.may_go.set()
        commits.may_go.clear()

        assert calls[2].result(_WAIT_S) in {"c alone", "c together"}
        commits.may_go.set()
        assert results(calls)[1] in {"b together", "b alone"}


def test_of_many_calls_at_once_each_is_answered_once_and_none_is_left(
    threads: ThreadPoolExecutor,
) -> None:
    commits = Commits(most=7)
    commits.left_out = {f"{number}" for number in range(0, 2000, 11)}
    items = [f"{number}" for number in range(2000)]

    found = list(threads.map(commits.group.settle, items))

    assert [result.split()[0] for result in found] == items
    assert not commits.group._is_busy
    assert commits.group._waiting == []
    counted = Counter(item for items in commits.begun for item in items)
    assert {count for item, count in counted.items() if item not in commits.left_out} == {1}
    assert max(len(items) for items in commits.begun) <= 7
