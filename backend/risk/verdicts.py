"""Verdicts and findings of the fraud rules. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a rule decides about a deposit, from the mildest to the strictest."""

    ALLOW = "allow"
    REVIEW = "review"
    DENY = "deny"


_BY_STRICTNESS = list(Verdict)


@dataclass(frozen=True)
class Finding:
    """One rule's verdict against a deposit; the reason is for operators, not the customer."""

    rule: str
    verdict: Verdict
    reason: str


def strictest(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the strictest verdict, or ALLOW if there is none."""
    return max(verdicts, key=_BY_STRICTNESS.index, default=Verdict.ALLOW)
