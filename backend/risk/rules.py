"""The fraud rules: each returns a finding against a deposit, from the rule inputs, or None. Pure.

A new rule needs a function here, its name in RULES, and a row in docs/risk.md.
"""

from collections.abc import Callable

from risk.inputs import RuleInputs, SimSwap
from risk.thresholds import Thresholds
from risk.verdicts import Finding, Verdict

Rule = Callable[[RuleInputs, Thresholds], Finding | None]

_HOUR_S = 3600


def _finding(rule: str, reason: str, *, deny: bool = False, review: bool = False) -> Finding | None:
    """Return a DENY finding if `deny`, else a REVIEW finding if `review`, else None."""
    if not (deny or review):
        return None
    return Finding(rule, Verdict.DENY if deny else Verdict.REVIEW, reason)


def _count(number: int | None, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def new_account(inputs: RuleInputs, thresholds: Thresholds) -> Finding | None:
    """Finds a large amount soon after the sign-up or the KYC verification."""
    ages = [age for age in (inputs.account_age_s, inputs.kyc_age_s) if age is not None]
    if not ages or min(ages) >= thresholds.new_account_hours * _HOUR_S:
        return None
    return _finding(
        "new_account",
        f"KES {inputs.amount} by an account that is {_count(min(ages) // _HOUR_S, 'hour')} old",
        deny=inputs.amount >= thresholds.new_account_deny_amount,
        review=inputs.amount >= thresholds.new_account_review_amount,
    )


def velocity(inputs: RuleInputs, thresholds: Thresholds) -> Finding | None:
    """Finds many deposits of the customer in a short time."""
    return _finding(
        "velocity",
        f"{_count(inputs.deposits_1h, 'deposit')} within 1 hour, {inputs.deposits_24h} within 24",
        deny=inputs.deposits_1h >= thresholds.velocity_deny_1h
        or inputs.deposits_24h >= thresholds.velocity_deny_24h,
        review=inputs.deposits_1h >= thresholds.velocity_review_1h
        or inputs.deposits_24h >= thresholds.velocity_review_24h,
    )


def many_accounts_from_address(inputs: RuleInputs, thresholds: Thresholds) -> Finding | None:
    """Finds a new account without a completed deposit, at an address with many accounts."""
    age_s, accounts = inputs.account_age_s, inputs.accounts_from_address_24h
    is_young = age_s is not None and age_s < thresholds.address_account_hours * _HOUR_S
    if not is_young or inputs.completed_ever != 0:
        return None
    return _finding(
        "many_accounts_from_address",
        f"{_count(accounts, 'account')} from this address within 24 hours",
        review=accounts >= thresholds.address_review_accounts,
    )


def many_accounts_from_device(inputs: RuleInputs, thresholds: Thresholds) -> Finding | None:
    """Finds many accounts in one browser."""
    accounts = inputs.accounts_from_device_24h
    return _finding(
        "many_accounts_from_device",
        f"{_count(accounts, 'account')} on this device within 24 hours",
        deny=accounts >= thresholds.device_deny_accounts,
        review=accounts >= thresholds.device_review_accounts,
    )


def many_failures(inputs: RuleInputs, thresholds: Thresholds) -> Finding | None:
    """Finds many prompts that the payer cancelled or could not pay, as with a stolen phone."""
    return _finding(
        "many_failures",
        f"{_count(inputs.failures_1h, 'failure')} within 1 hour, {inputs.failures_24h} within 24",
        deny=inputs.failures_1h >= thresholds.failures_deny_1h
        or inputs.failures_24h >= thresholds.failures_deny_24h,
        review=inputs.failures_1h >= thresholds.failures_review_1h
        or inputs.failures_24h >= thresholds.failures_review_24h,
    )


def first_large_deposit(inputs: RuleInputs, thresholds: Thresholds) -> Finding | None:
    """Finds a large amount by a customer without a completed deposit."""
    is_large = inputs.amount >= thresholds.first_deposit_review_amount
    return _finding(
        "first_large_deposit",
        f"the first deposit is KES {inputs.amount}",
        review=inputs.completed_ever == 0 and is_large,
    )


def recent_sim_swap(inputs: RuleInputs, thresholds: Thresholds) -> Finding | None:
    """Finds a recent replacement of the phone's SIM card; an unknown state is no finding."""
    age_s = inputs.sim_swap_age_s
    if inputs.sim_swap is not SimSwap.SWAPPED or age_s is None:
        return None
    return _finding(
        "recent_sim_swap",
        f"the SIM card was replaced {_count(age_s // _HOUR_S, 'hour')} ago",
        deny=age_s < thresholds.sim_swap_deny_hours * _HOUR_S,
        review=age_s < thresholds.sim_swap_review_hours * _HOUR_S,
    )


def recent_phone_change(inputs: RuleInputs, thresholds: Thresholds) -> Finding | None:
    """Finds a larger amount soon after a change of the account's phone number."""
    age_s = inputs.phone_change_age_s
    if age_s is None or age_s >= thresholds.phone_change_hours * _HOUR_S:
        return None
    return _finding(
        "recent_phone_change",
        f"KES {inputs.amount}, phone number changed {_count(age_s // _HOUR_S, 'hour')} ago",
        review=inputs.amount >= thresholds.phone_change_review_amount,
    )


RULES: dict[str, Rule] = {
    "new_account": new_account,
    "velocity": velocity,
    "many_accounts_from_address": many_accounts_from_address,
    "many_accounts_from_device": many_accounts_from_device,
    "many_failures": many_failures,
    "first_large_deposit": first_large_deposit,
    "recent_sim_swap": recent_sim_swap,
    "recent_phone_change": recent_phone_change,
}


def needs_sim_swap(inputs: RuleInputs, thresholds: Thresholds) -> bool:
    """Return whether to ask the SIM-swap provider: for first deposits and for large amounts."""
    return inputs.completed_ever == 0 or inputs.amount >= thresholds.sim_swap_ask_amount
