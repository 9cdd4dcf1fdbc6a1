"""The fraud rules: each looks at facts and says what it has against a deposit, or None. Pure.

docs/risk.md has a row for each; a new rule is a function here, its name in RULES and its row
there.
"""

from collections.abc import Callable

from risk.facts import Facts, SimSwap
from risk.thresholds import Thresholds
from risk.verdicts import Finding, Verdict

Rule = Callable[[Facts, Thresholds], Finding | None]

_HOUR_S = 3600


def _finding(rule: str, reason: str, *, deny: bool = False, review: bool = False) -> Finding | None:
    """Return the stricter of what holds, None when neither does."""
    if not (deny or review):
        return None
    return Finding(rule, Verdict.DENY if deny else Verdict.REVIEW, reason)


def _count(number: int | None, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def new_account(facts: Facts, thresholds: Thresholds) -> Finding | None:
    """A large amount soon after sign-up, or after the verification that came later."""
    ages = [age for age in (facts.account_age_s, facts.kyc_age_s) if age is not None]
    if not ages or min(ages) >= thresholds.new_account_hours * _HOUR_S:
        return None
    return _finding(
        "new_account",
        f"KES {facts.amount} by an account that is {_count(min(ages) // _HOUR_S, 'hour')} old",
        deny=facts.amount >= thresholds.new_account_deny_amount,
        review=facts.amount >= thresholds.new_account_review_amount,
    )


def velocity(facts: Facts, thresholds: Thresholds) -> Finding | None:
    """Many deposits in a short time."""
    return _finding(
        "velocity",
        f"{_count(facts.deposits_1h, 'deposit')} within 1 hour, {facts.deposits_24h} within 24",
        deny=facts.deposits_1h >= thresholds.velocity_deny_1h
        or facts.deposits_24h >= thresholds.velocity_deny_24h,
        review=facts.deposits_1h >= thresholds.velocity_review_1h
        or facts.deposits_24h >= thresholds.velocity_review_24h,
    )


def many_accounts_from_address(facts: Facts, thresholds: Thresholds) -> Finding | None:
    """Many accounts behind one network address, of which this is a young one that never paid."""
    age_s, accounts = facts.account_age_s, facts.accounts_from_address_24h
    is_young = age_s is not None and age_s < thresholds.address_account_hours * _HOUR_S
    if not is_young or facts.completed_ever != 0:
        return None
    return _finding(
        "many_accounts_from_address",
        f"{_count(accounts, 'account')} from this address within 24 hours",
        review=accounts >= thresholds.address_review_accounts,
    )


def many_accounts_from_device(facts: Facts, thresholds: Thresholds) -> Finding | None:
    """Many accounts in one browser."""
    accounts = facts.accounts_from_device_24h
    return _finding(
        "many_accounts_from_device",
        f"{_count(accounts, 'account')} on this device within 24 hours",
        deny=accounts >= thresholds.device_deny_accounts,
        review=accounts >= thresholds.device_review_accounts,
    )


def many_failures(facts: Facts, thresholds: Thresholds) -> Finding | None:
    """Many prompts that the payer cancelled or could not pay: a phone in the wrong hands."""
    return _finding(
        "many_failures",
        f"{_count(facts.failures_1h, 'failure')} within 1 hour, {facts.failures_24h} within 24",
        deny=facts.failures_1h >= thresholds.failures_deny_1h
        or facts.failures_24h >= thresholds.failures_deny_24h,
        review=facts.failures_1h >= thresholds.failures_review_1h
        or facts.failures_24h >= thresholds.failures_review_24h,
    )


def first_large_deposit(facts: Facts, thresholds: Thresholds) -> Finding | None:
    """A large amount by somebody who has never completed a deposit."""
    is_large = facts.amount >= thresholds.first_deposit_review_amount
    return _finding(
        "first_large_deposit",
        f"the first deposit is KES {facts.amount}",
        review=facts.completed_ever == 0 and is_large,
    )


def recent_sim_swap(facts: Facts, thresholds: Thresholds) -> Finding | None:
    """The phone's SIM card was replaced lately. Not known is not a swap."""
    age_s = facts.sim_swap_age_s
    if facts.sim_swap is not SimSwap.SWAPPED or age_s is None:
        return None
    return _finding(
        "recent_sim_swap",
        f"the SIM card was replaced {_count(age_s // _HOUR_S, 'hour')} ago",
        deny=age_s < thresholds.sim_swap_deny_hours * _HOUR_S,
        review=age_s < thresholds.sim_swap_review_hours * _HOUR_S,
    )


def recent_phone_change(facts: Facts, thresholds: Thresholds) -> Finding | None:
    """More than a little money from a phone that became the account's lately."""
    age_s = facts.phone_change_age_s
    if age_s is None or age_s >= thresholds.phone_change_hours * _HOUR_S:
        return None
    return _finding(
        "recent_phone_change",
        f"KES {facts.amount}, phone number changed {_count(age_s // _HOUR_S, 'hour')} ago",
        review=facts.amount >= thresholds.phone_change_review_amount,
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


def needs_sim_swap(facts: Facts, thresholds: Thresholds) -> bool:
    """Say whether the SIM-swap signal is worth its question: first deposits and large ones."""
    return facts.completed_ever == 0 or facts.amount >= thresholds.sim_swap_ask_amount
