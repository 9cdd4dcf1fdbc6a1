"""The rule inputs: what the fraud rules know about a requested deposit. Pure.

Each decision stores its inputs, so that other rules can be tried on past deposits. The inputs hold
no phone number, no address and no name.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any


class SimSwap(StrEnum):
    """What is known about a replacement (swap) of the phone's SIM card."""

    NOT_ASKED = "not_asked"
    UNKNOWN = "unknown"  # no provider, or it gave no answer
    NONE = "none"  # the provider knows of no swap
    SWAPPED = "swapped"  # `sim_swap_age_s` says how long ago


@dataclass(frozen=True, kw_only=True)
class RuleInputs:
    """The rules' inputs: amounts in whole KES, ages in seconds; None: never happened, or unknown.

    Every input but the amount has a neutral default, so that decisions from before an input
    existed can be replayed. `deposits_…` count pushes that M-Pesa accepted, or rejected because the
    phone was busy. `failures_…` count prompts that ended by an act of the payer (cancelled, wrong
    PIN, too little money), because errors of M-Pesa are no sign of fraud. Counts of completed
    deposits and of accounts stop at the highest number that a rule needs; `largest_completed` is
    the largest of the deposits so counted (payments/sql/functions/risk_inputs.sql).
    """

    amount: int
    tier: str = ""
    account_age_s: int | None = None
    kyc_age_s: int | None = None
    deposits_1h: int = 0
    deposits_24h: int = 0
    failures_1h: int = 0
    failures_24h: int = 0
    completed_ever: int | None = None
    largest_completed: int = 0
    accounts_from_address_24h: int = 1
    accounts_from_device_24h: int = 1
    phone_change_age_s: int | None = None
    sim_swap: SimSwap = SimSwap.NOT_ASKED
    sim_swap_age_s: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the inputs as JSON, as the decision stores them."""
        return asdict(self)


_NAMES = {field.name for field in fields(RuleInputs)}


def read_inputs(stored: Mapping[str, Any]) -> RuleInputs:
    """Read stored inputs, also those that an older or newer version of this class stored."""
    known = {name: value for name, value in stored.items() if name in _NAMES}
    return RuleInputs(**{**known, "sim_swap": SimSwap(known.get("sim_swap", SimSwap.NOT_ASKED))})
