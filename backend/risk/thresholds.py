"""The thresholds of the fraud rules (docs/risk.md has the reasons). Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields


class InvalidThreshold(ValueError):
    """The text is not `name=number`, or names no threshold."""


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """Amounts in whole KES, ages in hours. A count or amount applies from this value on."""

    new_account_hours: int = 24
    new_account_review_amount: int = 20_000
    new_account_deny_amount: int = 100_000

    velocity_review_1h: int = 6
    velocity_deny_1h: int = 12
    velocity_review_24h: int = 20
    velocity_deny_24h: int = 40

    # Mobile networks put thousands of honest customers behind one address, so this rule never
    # denies, and reviews new accounts only.
    address_account_hours: int = 168
    address_review_accounts: int = 40

    device_review_accounts: int = 3
    device_deny_accounts: int = 6

    failures_review_1h: int = 4
    failures_deny_1h: int = 8
    failures_review_24h: int = 8
    failures_deny_24h: int = 15

    first_deposit_review_amount: int = 50_000

    sim_swap_deny_hours: int = 48
    sim_swap_review_hours: int = 168
    # Below this amount the SIM-swap provider is asked about first deposits only.
    sim_swap_ask_amount: int = 10_000

    phone_change_hours: int = 48
    phone_change_review_amount: int = 5_000


_NAMES = [field.name for field in fields(Thresholds)]
_SETTING = re.compile(r"([a-z0-9_]{1,60}+)\s{0,9}=\s{0,9}([0-9]{1,9})", re.ASCII)


def parse_thresholds(settings: Iterable[str]) -> Thresholds:
    """Return the default thresholds, with those given as `name=number` replaced.

    Raises:
        InvalidThreshold: a text is not of that form, or names no threshold.
    """
    changed = {}
    for setting in settings:
        match = _SETTING.fullmatch(setting.strip())
        if match is None or match[1] not in _NAMES:
            problem = f"{setting!r} is no name=number; names are {', '.join(_NAMES)}"
            raise InvalidThreshold(problem)
        changed[match[1]] = int(match[2])
    return Thresholds(**changed)
