"""The interface of SIM-swap providers, which tell when a phone's SIM card was replaced. Pure.

A new provider is a class that implements `SimSwapProvider`, passes tests/sim_swap_contract.py and
is listed in config.sections.SIM_SWAP_PROVIDERS.
"""

from datetime import datetime
from typing import Protocol


class SimSwapUnavailable(Exception):
    """The provider gave no answer, so a swap is unknown; that alone never denies a deposit."""


class SimSwapProvider(Protocol):
    """A service asked over the network, without a database connection held."""

    def find_last_swap(self, phone_number: str, *, now: datetime) -> datetime | None:
        """Return when the number (an MSISDN without plus) last got a new SIM card.

        None means that no swap is known. The caller does not wait for a slow answer, but the call
        needs its own timeout: a process that stops waits for its running calls.

        Raises:
            SimSwapUnavailable: the provider gave no answer.
        """
