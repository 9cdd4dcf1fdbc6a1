"""Who knows whether a phone's SIM card was replaced: what every provider promises. Pure.

A new provider is a class that follows `SimSwapProvider`, passes tests/sim_swap_contract.py and has
a line in config.sections.SIM_SWAP_PROVIDERS.
"""

from datetime import datetime
from typing import Protocol


class SimSwapUnavailable(Exception):
    """The provider gave no answer: the signal is unknown, which is never a reason to refuse."""


class SimSwapProvider(Protocol):
    """Somebody who can be asked over the network, with no database connection held."""

    def find_last_swap(self, phone_number: str, *, now: datetime) -> datetime | None:
        """Return when the number (an MSISDN without plus) last got a new SIM card.

        None: no swap is known. An answer that takes long is not waited for, but the call must end
        by a time limit of its own: the process, when it stops, waits for those under way.

        Raises:
            SimSwapUnavailable: no answer.
        """
