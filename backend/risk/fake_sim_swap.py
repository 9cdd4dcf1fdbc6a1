"""A SIM-swap provider without a network: the last digits of the number decide.

...7771 was swapped an hour ago, ...7772 five days ago, ...7773 a year ago; ...7779 gets no answer.
"""

from datetime import datetime, timedelta

from risk.sim_swap import SimSwapUnavailable

_AGO = {
    "7771": timedelta(hours=1),
    "7772": timedelta(days=5),
    "7773": timedelta(days=365),
}
_UNAVAILABLE = "7779"


class FakeSimSwap:
    """Answers at once. For laptops and demos; refused where the mock gateway is."""

    def find_last_swap(self, phone_number: str, *, now: datetime) -> datetime | None:
        """Return what the number's last four digits say."""
        ending = phone_number[-4:]
        if ending == _UNAVAILABLE:
            raise SimSwapUnavailable("the fake says so")
        return now - _AGO[ending] if ending in _AGO else None
