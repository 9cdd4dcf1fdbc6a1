"""Turns become figures with their spread."""

from bench.book import Book, Spread, Turn


def _turn(rate: float, **statuses: int) -> Turn:
    named = {name.removeprefix("http_"): count for name, count in statuses.items()}
    return Turn(ok=1, sent=1, rate=rate, p50_ms=1, p99_ms=2, statuses=named)


class TestBook:
    def test_a_ratio_is_taken_turn_by_turn(self) -> None:
        book = Book()
        book.turns["a"] = [_turn(10), _turn(40), _turn(90)]
        book.turns["b"] = [_turn(10), _turn(20), _turn(30)]

        book.ratio("of", "a", "b", lambda turn: turn.rate)

        assert book.figures["of"] == Spread(2.0, 1.0, 3.0)

    def test_without_a_run_of_the_other_side_there_is_no_ratio(self) -> None:
        book = Book()
        book.turns["a"] = [_turn(10)]

        book.ratio("of", "a", "b", lambda turn: turn.rate)

        assert book.figures == {}


class TestTurn:
    def test_a_rejection_is_no_error_and_a_lost_answer_is_an_error(self) -> None:
        turn = _turn(1, http_200=5, http_503=2, http_500=1, lost=3)

        assert (turn.refused, turn.errors) == (2, 4)


class TestSpread:
    def test_several_values_are_shown_with_their_range(self) -> None:
        assert str(Spread.of([2.0])) == "2"
        assert str(Spread.of([1.0, 2.0, 4.5])) == "2 (1-4.5)"
        assert str(Spread.of([1234.0])) == "1,234"
