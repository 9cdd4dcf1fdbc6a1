"""A fake SIM-swap provider: the last four digits of the phone number select the answer.

...7771 was swapped an hour ago, ...7772 five days ago, ...7773 a year ago; ...7779 raises
SimSwapUnavailable; for all others no swap is known.
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
    """For development and demos; config.sections rejects it where it rejects the mock gateway."""

    def find_last_swap(self, phone_number: str, *, now: datetime) -> datetime | None:
        """Return the time that the number's last four digits select."""
        ending = phone_number[-4:]
        if ending == _UNAVAILABLE:
            raise SimSwapUnavailable("the fake says so")
        return now - _AGO[ending] if ending in _AGO else None
