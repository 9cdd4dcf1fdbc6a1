"""What a rule may say, and how strict that is. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What should become of a deposit, mildest first."""

    ALLOW = "allow"
    REVIEW = "review"
    DENY = "deny"


_BY_STRICTNESS = list(Verdict)


@dataclass(frozen=True)
class Finding:
    """What one rule has against a deposit. The reason is for staff, never for the customer."""

    rule: str
    verdict: Verdict
    reason: str


def strictest(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the strictest verdict; where nobody says anything, allow."""
    return max(verdicts, key=_BY_STRICTNESS.index, default=Verdict.ALLOW)
