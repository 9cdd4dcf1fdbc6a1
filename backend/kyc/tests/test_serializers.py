"""The day on which a customer is of age, in Nairobi."""

from datetime import UTC, date, datetime

import pytest

from kyc.serializers import full_years


@pytest.mark.parametrize(
    ("born", "now", "years"),
    [
        (date(2008, 11, 20), datetime(2026, 11, 19, 20, 59, tzinfo=UTC), 17),
        # Midnight in Nairobi is nine in the evening in UTC.
        (date(2008, 11, 20), datetime(2026, 11, 19, 21, 0, tzinfo=UTC), 18),
        (date(2008, 2, 29), datetime(2026, 2, 28, 12, 0, tzinfo=UTC), 17),
        (date(2008, 2, 29), datetime(2026, 3, 1, 12, 0, tzinfo=UTC), 18),
        (date(2027, 1, 1), datetime(2026, 3, 1, 12, 0, tzinfo=UTC), -1),
    ],
)
def test_age_is_counted_in_full_years(born: date, now: datetime, years: int) -> None:
    assert full_years(born, now) == years
