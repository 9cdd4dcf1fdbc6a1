"""Applies all fraud rules to one deposit's inputs: findings, verdict, applied verdict. Pure."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from risk.inputs import RuleInputs
from risk.rules import RULES
from risk.thresholds import Thresholds
from risk.verdicts import Finding, Verdict, strictest


class Mode(StrEnum):
    """RISK_MODE: SHADOW only records the rules' verdicts, ENFORCE applies them."""

    SHADOW = "shadow"
    ENFORCE = "enforce"


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The configuration of the rules; those in `shadow_rules` only record, whatever the mode."""

    mode: Mode = Mode.SHADOW
    shadow_rules: frozenset[str] = frozenset()
    thresholds: Thresholds = field(default_factory=Thresholds)


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """A deposit's result: `verdict` is of all rules, `applied` of the enforced rules only."""

    inputs: RuleInputs
    findings: tuple[Finding, ...]
    verdict: Verdict
    applied: Verdict
    mode: Mode

    def as_json(self) -> dict[str, Any]:
        """Return the decision as JSON, which the SQL function `deposit_initiate` stores."""
        return {
            "facts": self.inputs.as_json(),
            "findings": [finding.__dict__ for finding in self.findings],
            "verdict": self.verdict,
            "applied": self.applied,
            "mode": self.mode,
        }


def find_all(inputs: RuleInputs, thresholds: Thresholds) -> tuple[Finding, ...]:
    """Return the findings of all rules, in the order of RULES."""
    found = (rule(inputs, thresholds) for rule in RULES.values())
    return tuple(finding for finding in found if finding is not None)


def assess(inputs: RuleInputs, policy: Policy) -> Assessment:
    """Apply all rules to a deposit; the verdict is the strictest of the findings."""
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
