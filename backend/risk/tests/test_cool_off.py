"""When pauses and self-exclusions end."""

from datetime import UTC, datetime

import pytest

from risk.cool_off import longer, months_after
from risk.tests.wishes import DAY, NOON


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ((2026, 11, 20), 6, (2027, 5, 20)),
        ((2026, 12, 31), 6, (2027, 6, 30)),
        ((2026, 8, 31), 6, (2027, 2, 28)),
        ((2027, 8, 31), 6, (2028, 2, 29)),
        ((2026, 11, 20), 12, (2027, 11, 20)),
        ((2028, 2, 29), 12, (2029, 2, 28)),
        ((2026, 1, 1), 60, (2031, 1, 1)),
    ],
)
def test_months_are_counted_by_the_calendar(
    day: tuple[int, int, int], months: int, expected: tuple[int, int, int]
) -> None:
    moment = datetime(*day, 9, 30, tzinfo=UTC)

    assert months_after(moment, months) == datetime(*expected, 9, 30, tzinfo=UTC)


def test_the_later_end_counts() -> None:
    assert longer(None, NOON) == NOON
    assert longer(NOON, NOON + DAY) == NOON + DAY
    assert longer(NOON + DAY, NOON) == NOON + DAY
