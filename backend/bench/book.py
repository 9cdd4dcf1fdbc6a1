"""What was measured: turns by name, and figures with their spread."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One side's turn at one load. `cpu_ms`: per good answer, by layer."""

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
        """Answers with 503."""
        return self.statuses.get("503", 0)

    @property
    def errors(self) -> int:
        """Answers that are neither good nor 503, and connections that were lost."""
        return sum(n for status, n in self.statuses.items() if status not in {"200", "201", "503"})

    @property
    def api_cpu_ms(self) -> float:
        """CPU of the server's processes for one good answer."""
        return self.cpu_ms.get("API", 0.0)


@dataclass(frozen=True)
class Spread:
    """The middle of what the turns gave, the lowest and the highest."""

    middle: float
    low: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> "Spread":
        """Return the spread of one value or more."""
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
        """Keep a figure: one value per turn."""
        if values:
            self.figures[name] = Spread.of(list(values))

    def ratio(self, name: str, above: str, below: str, by: Callable[[Turn], float]) -> None:
        """Keep how two sides compare, turn by turn."""
        pairs = zip(self.turns.get(above, []), self.turns.get(below, []), strict=False)
        values = [by(left) / by(right) for left, right in pairs if by(right)]
        self.note_figure(name, *values)

    def rate(self, name: str) -> float:
        """Return the middle rate of a side, 0.0 when it was not measured."""
        turns = self.turns.get(name)
        return median(turn.rate for turn in turns) if turns else 0.0

    def as_json(self) -> dict[str, Any]:
        """Return everything."""
        return {
            "figures": {name: asdict(spread) for name, spread in self.figures.items()},
            "turns": {name: [asdict(t) for t in turns] for name, turns in self.turns.items()},
            "statements": self.statements,
            "notes": self.notes,
        }
