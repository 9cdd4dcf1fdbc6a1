"""The report of a run, as text and as JSON. Pure."""

import statistics
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from chaos.customers import Wish
from chaos.differences import Comparison, Kind
from chaos.ledger import Ledger
from chaos.plan import Plan
from chaos.simulator import Prompt

_SHOWN = 20


@dataclass(kw_only=True)
class Report:
    """What one run did, and the differences that it found.

    `before_statement` is the comparison before M-Pesa's statement was imported; None: it was not.
    """

    plan: Plan
    comparison: Comparison
    before_statement: Comparison | None = None
    statement_lines: list[str] = field(default_factory=list)
    statement_s: float = 0
    deposits: int = 0
    wishes: int = 0
    paid: int = 0
    paid_kes: int = 0
    paid_by_hand: int = 0
    load_s: float = 0
    rest_s: float = 0
    faults: dict[str, int] = field(default_factory=dict)
    sabotage: dict[str, int] = field(default_factory=dict)
    died_unexpectedly: dict[str, int] = field(default_factory=dict)
    credited_by: dict[str, int] = field(default_factory=dict)
    idempotent_retries: int = 0
    seconds_to_credit: dict[str, float] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)
    answers_by_hand: dict[str, int] = field(default_factory=dict)
    timeline: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not self.comparison.differences

    def as_json(self) -> dict[str, Any]:
        """Return the report as a dict for `json.dumps(..., default=str)`."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        values["plan"] = asdict(self.plan)
        values["comparison"] = {
            **{kind.value: self.comparison.count(kind) for kind in Kind},
            "differences": [difference.text for difference in self.comparison.differences],
            "needs_statement": dict(self.comparison.needs_statement),
            "needs_operator": dict(self.comparison.needs_operator),
            "in_suspense": self.comparison.held,
            "by_hand": dict(self.comparison.by_hand),
            "statuses": dict(self.comparison.statuses),
        }
        before = self.before_statement
        values["before_statement"] = before and {
            "needs_statement": dict(before.needs_statement),
            "nameless": dict(before.nameless),
            "statuses": dict(before.statuses),
        }
        return {**values, "clean": self.is_clean}


def seconds_to_credit(ledger: Ledger, prompts: list[Prompt]) -> dict[str, float]:
    """Return p50, p95 and max of the seconds from payment at M-Pesa to credit in the wallet."""
    paid_at = {prompt.account_reference: prompt.finished_at for prompt in prompts if prompt.receipt}
    waits = []
    for deposit in ledger.deposits:
        start = paid_at.get(deposit.account_reference)
        if start is not None and deposit.credited_at is not None:
            waits.append(max((deposit.credited_at - start).total_seconds(), 0))
    if len(waits) < 2:
        return {"max": waits[0]} if waits else {}
    cuts = statistics.quantiles(waits, n=100, method="inclusive")
    return {name: round(value, 2) for name, value in
            (("p50", cuts[49]), ("p95", cuts[94]), ("max", max(waits)))}  # fmt: skip


def credited_by(ledger: Ledger) -> dict[str, int]:
    """Return how many deposits of prompts were credited by a callback, a replay, a confirmation or
    a worker's query.
    """
    return dict(Counter(d.credited_by for d in ledger.deposits if d.credited_by is not None))


def count_idempotent_retries(wishes: list[Wish]) -> int:
    """Return how many wishes lost an answer and got it by a retry under the same key."""
    return sum(1 for wish in wishes if wish.broken_answers and wish.is_replayed)


def as_text(report: Report) -> str:
    found = report.comparison
    lines = [
        f"Chaos run, seed {report.plan.seed}",
        f"  {report.wishes} wishes of {report.plan.customers} customers",
        f"  {report.deposits} deposits: {_list(found.statuses)}",
        f"  {report.paid} paid, KES {report.paid_kes:,}, of these {report.paid_by_hand} by hand",
        f"  {report.load_s:.0f} s of load, {report.rest_s:.0f} s to come to rest",
        "Sabotage",
        *_table(report.sabotage),
        "Faults of M-Pesa",
        *_table(report.faults),
        "Credited by",
        *_table(report.credited_by),
        f"  answers that a retry under the same key brought back: {report.idempotent_retries}",
        f"Seconds from payment to wallet: {_list(report.seconds_to_credit) or 'none'}",
        f"In suspense, as a callback told another amount: {found.held}",
        "Prompts confirmed without our account reference, before the statement",
        *_table((report.before_statement or found).nameless),
        "Paid by hand",
        *_table(found.by_hand),
        "What those heard who paid by hand",
        *_table(report.answers_by_hand),
        *_statement(report),
    ]
    if report.died_unexpectedly:
        lines += ["Ended unexpectedly and were started again", *_table(report.died_unexpectedly)]
    return "\n".join([*lines, *_conclusion(report)])


def _statement(report: Report) -> list[str]:
    found, before = report.comparison, report.before_statement
    if before is None:
        title = f"Needs the statement: {found.needs_statement.total()}"
        return [title, *_table(found.needs_statement)]
    return [
        f"Needed the statement: {before.needs_statement.total()}",
        *_table(before.needs_statement),
        f"M-Pesa's own record, {report.statement_s:.0f} s",
        *(f"  {line}" for line in report.statement_lines),
        f"Needs the statement after its import: {found.needs_statement.total()}",
        *_table(found.needs_statement),
        f"Still needs an operator: {found.needs_operator.total()}",
        *_table(found.needs_operator),
    ]


def _conclusion(report: Report) -> list[str]:
    found = report.comparison
    counts = ", ".join(f"{kind.value} {found.count(kind)}" for kind in Kind)
    if report.is_clean:
        return [f"Clean: {counts}"]
    lines = [f"NOT CLEAN: {counts}", f"Repeat with SEED={report.plan.seed}. First differences:"]
    lines += [f"  {item.kind.value}: {item.text}" for item in found.differences[:_SHOWN]]
    return [*lines, *(["What is known of the first:"] if report.timeline else []),
            *(f"  {line}" for line in report.timeline)]  # fmt: skip


def _table(counts: dict[str, int]) -> list[str]:
    return [f"  {count:6} {name}" for name, count in sorted(counts.items())] or ["  none"]


def _list(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())
