"""Writes the results as JSON, and as the tables of docs/performance.md."""

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from bench.book import Book, Turn
from bench.plan import Plan
from bench.processes import Machine
from bench.targets import TARGETS, Target, Verdict, judge

BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
_MARKS = {
    Verdict.GOAL: "goal reached",
    Verdict.MUST: "must reached",
    Verdict.BELOW: "**below**",
    Verdict.UNKNOWN: "not measured",
}


def as_json(book: Book, plan: Plan, machine: Machine, today: date) -> str:
    """Return all results as JSON."""
    verdicts = [
        {"target": target.number, "figure": target.figure, "verdict": verdict}
        for target, _, verdict in judge(book)
    ]
    found: dict[str, Any] = {
        "date": today.isoformat(),
        "plan": plan.name,
        "cores": machine.cores,
        "memory_gib": round(machine.memory_gib, 1),
        "verdicts": verdicts,
        **book.as_json(),
    }
    return json.dumps(found, indent=1)


def as_markdown(book: Book, plan: Plan, machine: Machine, today: date) -> str:
    """Return all tables as Markdown: targets with verdicts, loads by side, round trips."""
    command = "QUICK=1 make bench" if plan.name == "quick" else "make bench"
    loads = [turn.machine_load for turns in book.turns.values() for turn in turns]
    head = (
        f"`{command}`, {today.isoformat()}, {machine.cores} cores, {machine.memory_gib:.0f} GiB."
        f" The machine's load average was {min(loads, default=0):.0f} to"
        f" {max(loads, default=0):.0f} meanwhile; a run alone makes some 4 to 8."
    )
    parts = [
        head,
        targets_table(book),
        figures_table(book),
        sides_table(book),
        statements_table(book),
        *(f"- {note}" for note in book.notes),
    ]
    return "\n\n".join(part for part in parts if part)


def targets_table(book: Book) -> str:
    """Return a table of all targets, with their figures and verdicts."""
    rows = [
        (target.number, target.text, _limit(target, target.must), _limit(target, target.goal),
         "" if spread is None else str(spread), _MARKS[verdict])
        for target, spread, verdict in judge(book)
    ]  # fmt: skip
    return _table(("target", "figure", "must", "goal", "measured", "verdict"), rows)


def _limit(target: Target, value: float) -> str:
    return f"{'≤' if target.is_lower_better else '≥'} {value:g}"


def figures_table(book: Book) -> str:
    """Return a table of the figures that have no target."""
    known = {target.figure for target in TARGETS}
    rows = [
        (name.replace("_", " "), str(spread))
        for name, spread in sorted(book.figures.items())
        if name not in known
    ]
    return _table(("other figures", "measured"), rows)


def sides_table(book: Book) -> str:
    """Return a table of all loads on all sides: rate, latency, CPU by layer, memory, 503s."""
    rows = [_side(name, turns) for name, turns in sorted(book.turns.items())]
    head = (
        "load", "ok/s", "p50 ms", "p99 ms", "CPU ms: API", "PostgreSQL", "Redis", "MiB", "503",
        "errors",
    )  # fmt: skip
    return _table(head, rows)


def _side(name: str, turns: list[Turn]) -> tuple[str, ...]:
    def each(values: Iterable[float]) -> str:
        return ", ".join(f"{value:.0f}" if value >= 20 else f"{value:.3g}" for value in values)

    return (
        name,
        each(turn.rate for turn in turns),
        each(turn.p50_ms for turn in turns),
        each(turn.p99_ms for turn in turns),
        *(each(turn.cpu_ms.get(layer, 0) for turn in turns)
          for layer in ("API", "PostgreSQL", "Redis")),
        f"{max(turn.memory_mib for turn in turns):.0f}",
        str(sum(turn.refused for turn in turns)),
        str(sum(turn.errors for turn in turns)),
    )  # fmt: skip


def statements_table(book: Book) -> str:
    """Return a table of the statements and commands to PostgreSQL and Redis in one request."""
    rows = [
        (path, f"`{text}`", f"{count:.2f}")
        for path, texts in book.statements.items()
        for text, count in texts.items()
    ]
    return _table(("request", "round trip", "per request"), rows) if rows else ""


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def write_between_markers(document: Path, text: str) -> None:
    """Replace the text between the two markers in a document.

    Raises:
        ValueError: a marker is missing.
    """
    before, found, rest = document.read_text().partition(BEGIN)
    _, found_end, after = rest.partition(END)
    if not found or not found_end:
        message = f"{document.name} has not both markers"
        raise ValueError(message)
    document.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")
