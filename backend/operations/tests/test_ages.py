"""Ages as an operator says them."""

from datetime import timedelta

import pytest

from operations.ages import say_age


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (timedelta(seconds=-3), "0 s"),
        (timedelta(seconds=59), "59 s"),
        (timedelta(minutes=52), "52 min"),
        (timedelta(hours=1, minutes=5), "1 h 05"),
        (timedelta(hours=26), "26 h"),
        (timedelta(hours=71), "71 h"),
        (timedelta(days=3), "3 d"),
    ],
)
def test_ages(age: timedelta, said: str) -> None:
    assert say_age(age) == said
