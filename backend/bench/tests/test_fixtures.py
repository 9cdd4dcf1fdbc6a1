"""Numbers of customers and deposits are used once."""

import pytest

from bench.fixtures import Block, Numbers


class TestNumbers:
    def test_each_number_is_taken_once(self) -> None:
        numbers = Numbers(Block(10, 5, 100))

        assert (numbers.take(2), numbers.take(3), numbers.left) == (10, 12, 0)

    def test_unused_numbers_are_given_back(self) -> None:
        numbers = Numbers(Block(10, 5, 100))
        numbers.take(4)

        numbers.give_back(3)

        assert (numbers.take(1), numbers.left) == (11, 3)

    def test_taking_more_numbers_than_there_are_is_an_error(self) -> None:
        with pytest.raises(RuntimeError, match="used up: 6 wanted, 5 left"):
            Numbers(Block(10, 5, 100)).take(6)
