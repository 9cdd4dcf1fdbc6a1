"""What the rules know about a deposit that is about to start. Pure.

Facts are stored with each decision, so that other rules can be tried on the past. They hold no
phone number, no address and no name.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any


class SimSwap(StrEnum):
    """What is known about the phone's SIM card."""

    NOT_ASKED = "not_asked"
    UNKNOWN = "unknown"  # no provider, or it gave no answer
    NONE = "none"  # the provider knows of no swap
    SWAPPED = "swapped"  # `sim_swap_age_s` says how long ago


@dataclass(frozen=True, kw_only=True)
class RuleInputs:
    """Amounts in whole KES, ages in seconds; None: never, or not known.

    Every fact but the amount has a default that speaks for nothing and against nothing: decisions
    from before a fact was gathered can be replayed. "Deposits" are those that M-Pesa took or whose
    phone was busy, "failures" prompts that ended by what the payer did (cancelled, wrong PIN, no
    funds): M-Pesa's own troubles make nobody a suspect. Completed deposits and accounts are counted
    no further than a rule may ask, and `largest_completed` is of the completed ones counted
    (payments/sql/functions/risk_inputs.sql).
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
        """Return what is stored."""
        return asdict(self)


_NAMES = {field.name for field in fields(RuleInputs)}


def read_inputs(stored: Mapping[str, Any]) -> RuleInputs:
    """Read stored facts, also those of an older or a newer version of this class."""
    known = {name: value for name, value in stored.items() if name in _NAMES}
    return RuleInputs(**{**known, "sim_swap": SimSwap(known.get("sim_swap", SimSwap.NOT_ASKED))})
