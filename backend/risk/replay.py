"""Today's rules over yesterday's facts: what would have been decided. It changes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from risk.assessment import find_all
from risk.inputs import read_inputs
from risk.models import Decision
from risk.thresholds import Thresholds
from risk.verdicts import Finding, Verdict, strictest

_AT_ONCE = 1000


@dataclass(frozen=True)
class Replayed:
    """One stored decision: its verdict then, and what the rules find now."""

    decision: Decision
    then: Verdict
    now: Verdict
    findings: tuple[Finding, ...]


def replay(
    *, thresholds: Thresholds, since: datetime | None = None, rule: str | None = None
) -> Iterator[Replayed]:
    """Judge stored decisions again, oldest first; `rule` looks at that one alone."""
    decisions = Decision.objects.all()
    if since is not None:
        decisions = decisions.filter(decided_at__gte=since)
    for decision in _in_pieces(decisions):
        found = find_all(read_inputs(decision.facts), thresholds)
        findings = tuple(finding for finding in found if rule in {None, finding.rule})
        stored = (
            Verdict(finding["verdict"])
            for finding in decision.findings
            if rule in {None, finding["rule"]}
        )
        now = strictest(finding.verdict for finding in findings)
        yield Replayed(decision=decision, then=strictest(stored), now=now, findings=findings)


def _in_pieces(decisions: "QuerySet[Decision]") -> Iterator[Decision]:
    """Read by id in pieces: a pooler allows no cursor, and all at once may be too many."""
    last_id = 0
    while piece := list(decisions.filter(pk__gt=last_id).order_by("pk")[:_AT_ONCE]):
        yield from piece
        last_id = piece[-1].pk
