"""The contract that every SIM-swap provider must keep."""

from datetime import UTC, datetime

import pytest

from risk.sim_swap import SimSwapProvider, SimSwapUnavailable

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


class SimSwapContract:
    """Subclasses give a fixture `provider`, and numbers that it has something to say about."""

    swapped: str
    never_swapped: str
    unanswered: str

    def test_a_swap_comes_with_its_time(self, provider: SimSwapProvider) -> None:
        swapped_at = provider.find_last_swap(self.swapped, now=NOW)

        assert swapped_at is not None
        assert swapped_at.tzinfo is not None
        assert swapped_at <= NOW

    def test_no_known_swap_is_none(self, provider: SimSwapProvider) -> None:
        assert provider.find_last_swap(self.never_swapped, now=NOW) is None

    def test_no_answer_is_an_error(self, provider: SimSwapProvider) -> None:
        with pytest.raises(SimSwapUnavailable):
            provider.find_last_swap(self.unanswered, now=NOW)

    def test_the_number_is_in_no_error(self, provider: SimSwapProvider) -> None:
        with pytest.raises(SimSwapUnavailable) as caught:
            provider.find_last_swap(self.unanswered, now=NOW)

        assert self.unanswered not in str(caught.value)

    def test_asking_twice_answers_the_same(self, provider: SimSwapProvider) -> None:
        first = provider.find_last_swap(self.swapped, now=NOW)

        assert provider.find_last_swap(self.swapped, now=NOW) == first
