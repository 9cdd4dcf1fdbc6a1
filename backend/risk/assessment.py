"""All rules over one deposit's facts: what they found, and what the customer meets of it. Pure."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from risk.inputs import RuleInputs
from risk.rules import RULES
from risk.thresholds import Thresholds
from risk.verdicts import Finding, Verdict, strictest


class Mode(StrEnum):
    """Whether rules refuse (RISK_MODE)."""

    SHADOW = "shadow"
    ENFORCE = "enforce"


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What is in force: rules named in `shadow_rules` only record, whatever the mode."""

    mode: Mode = Mode.SHADOW
    shadow_rules: frozenset[str] = frozenset()
    thresholds: Thresholds = field(default_factory=Thresholds)


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """`verdict` is what the rules say; `applied`, never stricter, what is done about it."""

    inputs: RuleInputs
    findings: tuple[Finding, ...]
    verdict: Verdict
    applied: Verdict
    mode: Mode

    def as_json(self) -> dict[str, Any]:
        """Return what `deposit_initiate` stores as the decision."""
        return {
            "facts": self.inputs.as_json(),
            "findings": [finding.__dict__ for finding in self.findings],
            "verdict": self.verdict,
            "applied": self.applied,
            "mode": self.mode,
        }


def find_all(inputs: RuleInputs, thresholds: Thresholds) -> tuple[Finding, ...]:
    """Return what every rule has to say, in the order of RULES."""
    found = (rule(inputs, thresholds) for rule in RULES.values())
    return tuple(finding for finding in found if finding is not None)


def assess(inputs: RuleInputs, policy: Policy) -> Assessment:
    """Judge a deposit: the verdict is the strictest finding."""
    findings = find_all(inputs, policy.thresholds)
    enforced = [
        finding.verdict
        for finding in findings
        if policy.mode is Mode.ENFORCE and finding.rule not in policy.shadow_rules
    ]
    return Assessment(
        inputs=inputs,
        findings=findings,
        verdict=strictest(finding.verdict for finding in findings),
        applied=strictest(enforced),
        mode=policy.mode,
    )
