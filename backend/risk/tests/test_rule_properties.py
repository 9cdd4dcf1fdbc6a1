"""For any inputs: a more suspicious input never makes the verdict milder."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.assessment import Mode, Policy, assess
from risk.inputs import RuleInputs, SimSwap, read_inputs
from risk.rules import RULES
from risk.verdicts import Verdict

_ORDER = list(Verdict)
_YEARS_S = 3 * 365 * 24 * 3600

#: Inputs where more is worse, and inputs (ages) where less is worse.
_WORSE_WHEN_HIGHER = (
    "amount", "deposits_1h", "deposits_24h", "failures_1h", "failures_24h",
    "accounts_from_address_24h", "accounts_from_device_24h",
)  # fmt: skip
_WORSE_WHEN_LOWER = (
    "account_age_s", "kyc_age_s", "completed_ever", "phone_change_age_s", "sim_swap_age_s",
)  # fmt: skip

_counts = st.integers(0, 100)
_ages = st.none() | st.integers(0, _YEARS_S)
_inputs = st.builds(
    RuleInputs,
    amount=st.integers(1, 250_000),
    tier=st.sampled_from(["basic", "full"]),
    account_age_s=_ages,
    kyc_age_s=_ages,
    deposits_1h=_counts,
    deposits_24h=_counts,
    failures_1h=_counts,
    failures_24h=_counts,
    completed_ever=st.none() | _counts,
    largest_completed=st.integers(0, 250_000),
    accounts_from_address_24h=st.integers(1, 1_001),
    accounts_from_device_24h=st.integers(1, 1_001),
    phone_change_age_s=_ages,
    sim_swap=st.sampled_from(SimSwap),
    sim_swap_age_s=_ages,
)
_policies = st.builds(
    Policy,
    mode=st.sampled_from(Mode),
    shadow_rules=st.frozensets(st.sampled_from(list(RULES))),
)


def _is_as_strict(milder: Verdict, stricter: Verdict) -> bool:
    return _ORDER.index(milder) <= _ORDER.index(stricter)


@pytest.mark.parametrize("name", _WORSE_WHEN_HIGHER)
@given(inputs=_inputs, more=st.integers(0, 250_000), policy=_policies)
def test_more_is_never_milder(name: str, inputs: RuleInputs, more: int, policy: Policy) -> None:
    worse = replace(inputs, **{name: getattr(inputs, name) + more})

    before, after = assess(inputs, policy), assess(worse, policy)

    assert _is_as_strict(before.verdict, after.verdict)
    assert _is_as_strict(before.applied, after.applied)


@pytest.mark.parametrize("name", _WORSE_WHEN_LOWER)
@given(inputs=_inputs, less=st.integers(0, _YEARS_S), policy=_policies)
def test_less_of_an_age_is_never_milder(
    name: str, inputs: RuleInputs, less: int, policy: Policy
) -> None:
    age = getattr(inputs, name)
    changes: dict[str, Any] = {name: None if age is None else max(age - less, 0)}
    worse = replace(inputs, **changes)

    before, after = assess(inputs, policy), assess(worse, policy)

    assert _is_as_strict(before.verdict, after.verdict)
    assert _is_as_strict(before.applied, after.applied)


@given(inputs=_inputs, policy=_policies)
def test_the_applied_verdict_is_never_stricter_than_the_verdict(
    inputs: RuleInputs, policy: Policy
) -> None:
    found = assess(inputs, policy)

    assert _is_as_strict(found.applied, found.verdict)
    assert policy.mode is Mode.ENFORCE or found.applied is Verdict.ALLOW
    assert (found.verdict is Verdict.ALLOW) == (found.findings == ())


@given(inputs=_inputs, policy=_policies, more=st.frozensets(st.sampled_from(list(RULES))))
def test_another_rule_in_shadow_never_refuses_more(
    inputs: RuleInputs, policy: Policy, more: frozenset[str]
) -> None:
    fewer = replace(policy, shadow_rules=policy.shadow_rules | more)

    assert _is_as_strict(assess(inputs, fewer).applied, assess(inputs, policy).applied)


@given(inputs=_inputs)
def test_facts_survive_being_stored(inputs: RuleInputs) -> None:
    stored: dict[str, Any] = inputs.as_json()

    assert read_inputs(stored) == inputs
