"""The gate fails on what is there every time, and forgives a busy moment."""

from collections.abc import Iterator

import pytest

from bench import gate
from bench.book import Book
from bench.targets import GATE


def _book(**other: float) -> Book:
    book = Book()
    for target in GATE:
        book.note_figure(target.figure, other.get(target.figure, target.must))
    return book


def _check(*books: Book) -> tuple[int, int]:
    """Return the gate's status and how often it measured."""
    left: Iterator[Book] = iter(books)
    status = gate.check(lambda: next(left))
    return status, len(books) - len(list(left))


class TestCheck:
    def test_a_run_within_all_targets_passes_at_once(self) -> None:
        assert _check(_book(), _book()) == (0, 1)

    def test_a_busy_moment_is_forgiven(self) -> None:
        assert _check(_book(push_of_empty=50), _book()) == (0, 2)

    def test_a_target_missed_twice_fails(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert _check(_book(push_of_empty=50), _book(push_of_empty=40)) == (1, 2)
        assert "FAIL  T13  CPU of a push" in capsys.readouterr().out

    def test_two_targets_missed_once_each_do_not_fail(self) -> None:
        assert _check(_book(push_of_empty=50), _book(status_of_empty=50)) == (0, 2)

    def test_a_round_trip_too_many_is_not_measured_again(self) -> None:
        assert _check(_book(push_postgres_trips=4), _book()) == (1, 1)

    def test_a_figure_that_the_machine_cannot_measure_is_skipped_by_name(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        book = _book()
        del book.figures["push_redis_trips"]
        book.lacking["push_redis_trips"] = "redis-server is not installed"

        assert _check(book) == (0, 1)
        assert "to Redis of a push: redis-server is not installed" in capsys.readouterr().out
