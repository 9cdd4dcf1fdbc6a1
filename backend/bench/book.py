"""The results: turns (loads that were run) by name, and figures with their spread."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Turn:
    """The result of one load on one side. `cpu_ms` is the CPU for one good answer, by layer."""

    ok: int
    sent: int
    rate: float
    p50_ms: float
    p99_ms: float
    statuses: dict[str, int] = field(default_factory=dict)
    cpu_ms: dict[str, float] = field(default_factory=dict)
    memory_mib: float = 0.0
    machine_load: float = 0.0

    @property
    def refused(self) -> int:
        """How many answers had status 503."""
        return self.statuses.get("503", 0)

    @property
    def errors(self) -> int:
        """How many answers were neither good nor 503, plus lost connections."""
        return sum(n for status, n in self.statuses.items() if status not in {"200", "201", "503"})

    @property
    def api_cpu_ms(self) -> float:
        """CPU of the side's server processes for one good answer, in ms."""
        return self.cpu_ms.get("API", 0.0)


@dataclass(frozen=True)
class Spread:
    """Median, lowest and highest value of a figure over all turns."""

    middle: float
    low: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> "Spread":
        """Return the spread of at least one value."""
        return cls(median(values), min(values), max(values))

    def __str__(self) -> str:
        if self.low == self.high:
            return _short(self.middle)
        return f"{_short(self.middle)} ({_short(self.low)}-{_short(self.high)})"


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


class Book:
    """Collects a run's turns and figures."""

    def __init__(self) -> None:
        self.turns: dict[str, list[Turn]] = defaultdict(list)
        self.figures: dict[str, Spread] = {}
        self.notes: list[str] = []
        self.statements: dict[str, dict[str, float]] = {}
        #: Figures that this machine cannot give, each with what it lacks.
        self.lacking: dict[str, str] = {}

    def note_figure(self, name: str, *values: float) -> None:
        """Store a figure, from one value for each turn."""
        if values:
            self.figures[name] = Spread.of(list(values))

    def ratio(self, name: str, above: str, below: str, by: Callable[[Turn], float]) -> None:
        """Store the figure `name`: turn by turn, the value of `above` divided by `below`'s."""
        pairs = zip(self.turns.get(above, []), self.turns.get(below, []), strict=False)
        values = [by(left) / by(right) for left, right in pairs if by(right)]
        self.note_figure(name, *values)

    def rate(self, name: str) -> float:
        """Return the median rate of these turns, 0.0 if there are none."""
        turns = self.turns.get(name)
        return median(turn.rate for turn in turns) if turns else 0.0

    def as_json(self) -> dict[str, Any]:
        """Return all results as plain values."""
        return {
            "figures": {name: asdict(spread) for name, spread in self.figures.items()},
            "turns": {name: [asdict(t) for t in turns] for name, turns in self.turns.items()},
            "statements": self.statements,
            "notes": self.notes,
        }
