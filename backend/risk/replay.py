"""Applies the present rules to the inputs of stored decisions; it only reads."""

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
    """A stored decision: its verdict `then`, and the present rules' verdict `now` and findings."""

    decision: Decision
    then: Verdict
    now: Verdict
    findings: tuple[Finding, ...]


def replay(
    *, thresholds: Thresholds, since: datetime | None = None, rule: str | None = None
) -> Iterator[Replayed]:
    """Yield stored decisions with their new verdict, oldest first; `rule` limits it to one rule."""
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
    """Yield the decisions in batches by id.

    All at once could need too much memory, and a server-side cursor does not work with a pooler.
    """
    last_id = 0
    while piece := list(decisions.filter(pk__gt=last_id).order_by("pk")[:_AT_ONCE]):
        yield from piece
        last_id = piece[-1].pk
