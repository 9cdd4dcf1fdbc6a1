"""Draws the diagrams of docs/performance.md as SVG, for light and dark colour schemes."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import log10
from pathlib import Path
from statistics import median

from bench.book import Book

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 720, 360, 64, 170, 44, 52
# These colours can be told apart on light and dark ground, and by readers with red-green blindness.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
_STYLE = """<style>
svg { background: #fff } text { font: 13px sans-serif; fill: #24292f }
.title { font-size: 15px; font-weight: 600 } .axis { stroke: #8c959f } .grid { stroke: #d0d7de }
@media (prefers-color-scheme: dark) {
svg { background: #0d1117 } text { fill: #e6edf3 } .grid { stroke: #30363d } }
</style>"""
#: Converts a point (x, y) of a line to its position in the diagram.
_Place = Callable[[tuple[float, float]], tuple[float, float]]
_LAYERS = ("API", "PostgreSQL", "Redis", "Daraja", "generator")


@dataclass(frozen=True)
class Line:
    """A line of a diagram: its name and its points (x, y), all greater than zero."""

    name: str
    points: Sequence[tuple[float, float]]


def draw(book: Book, folder: Path) -> None:
    """Write each diagram whose figures were measured."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {
        "bench-latency": lines_as_svg(
            "Latency against load", "requests in flight", "p50 in ms", _latencies(book)
        ),
        "bench-sizes": lines_as_svg(
            "Throughput against the size of the tables", "deposits in the tables", "per second",
            _sizes(book),
        ),
        "bench-cpu": bars_as_svg("CPU of one request, by layer, in ms", _cpu(book)),
    }  # fmt: skip
    for name, text in pictures.items():
        (folder / f"{name}.svg").write_text(text)


def _latencies(book: Book) -> list[Line]:
    found: dict[str, list[tuple[float, float]]] = {}
    for name, turns in book.turns.items():
        match = re.fullmatch(r"(callback|status|push) (product|first) c=(\d+)( daraja=0s)?", name)
        if match:
            line = found.setdefault(f"{match[1]}, {match[2]}", [])
            line.append((float(match[3]), median(turn.p50_ms for turn in turns)))
    return [Line(name, sorted(points)) for name, points in sorted(found.items())]


def _sizes(book: Book) -> list[Line]:
    found: dict[str, list[tuple[float, float]]] = {}
    for name, turns in book.turns.items():
        match = re.fullmatch(r"size (\d+): (\w+)", name)
        if match:
            line = found.setdefault(match[2], [])
            line.append((float(match[1]), median(turn.rate for turn in turns)))
    for name, spread in book.figures.items():
        match = re.fullmatch(r"settle_rate_(\d+)", name)
        if match:
            found.setdefault("settling in SQL", []).append((float(match[1]), spread.middle))
    return [Line(name, sorted(points)) for name, points in sorted(found.items())]


def _cpu(book: Book) -> dict[str, dict[str, float]]:
    bars = {}
    for path, load in (("callback", "c=64"), ("status", "c=16"), ("push", "c=16 daraja=0s")):
        for side in ("product", "first", "textbook"):
            turns = book.turns.get(f"{path} {side} {load}")
            if turns:
                bars[f"{path}, {side}"] = {
                    layer: median(turn.cpu_ms.get(layer, 0.0) for turn in turns)
                    for layer in _LAYERS
                }
    return bars


def lines_as_svg(title: str, x_name: str, y_name: str, lines: Sequence[Line]) -> str:
    """Return a diagram of lines on two logarithmic axes."""
    points = [point for line in lines for point in line.points if min(point) > 0]
    if not points:
        return _svg(title, ["<text x='64' y='90'>not measured</text>"])
    x_ticks, y_ticks = (_decades(point[axis] for point in points) for axis in (0, 1))

    def place(point: tuple[float, float]) -> tuple[float, float]:
        return (
            _LEFT + _share(point[0], x_ticks) * (_WIDTH - _LEFT - _RIGHT),
            _HEIGHT - _BOTTOM - _share(point[1], y_ticks) * (_HEIGHT - _TOP - _BOTTOM),
        )

    parts = _axes(x_name, y_name, x_ticks, y_ticks, place)
    for nth, line in enumerate(lines):
        colour = _COLOURS[nth % len(_COLOURS)]
        dash = " stroke-dasharray='6 4'" if nth >= len(_COLOURS) else ""
        placed = [place(point) for point in line.points if min(point) > 0]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
        parts.append(
            f"<polyline points='{path}' fill='none' stroke='{colour}' stroke-width='2'{dash}/>"
        )
        parts += [f"<circle cx='{x:.1f}' cy='{y:.1f}' r='3' fill='{colour}'/>" for x, y in placed]
        parts.append(_legend(nth, colour, line.name))
    return _svg(title, parts)


def bars_as_svg(title: str, bars: dict[str, dict[str, float]]) -> str:
    """Return a diagram of stacked bars, one row for each bar."""
    most = max((sum(layers.values()) for layers in bars.values()), default=0.0)
    if not most:
        return _svg(title, ["<text x='64' y='90'>not measured</text>"])
    left, width, height = 150, _WIDTH - 150 - _RIGHT, 22
    parts = [_legend(nth, _COLOURS[nth], layer) for nth, layer in enumerate(_LAYERS)]
    for row, (name, layers) in enumerate(bars.items()):
        x, y = float(left), _TOP + 8 + row * (height + 8)
        parts.append(f"<text x='{left - 8}' y='{y + 16}' text-anchor='end'>{escape(name)}</text>")
        for nth, layer in enumerate(_LAYERS):
            wide = layers[layer] / most * width
            parts.append(
                f"<rect x='{x:.1f}' y='{y}' width='{wide:.1f}' height='{height}'"
                f" fill='{_COLOURS[nth]}'/>"
            )
            x += wide
        parts.append(f"<text x='{x + 6:.1f}' y='{y + 16}'>{sum(layers.values()):.1f}</text>")
    return _svg(title, parts)


def _axes(
    x_name: str, y_name: str, x_ticks: list[int], y_ticks: list[int], place: _Place
) -> list[str]:
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    parts = []
    for tick in x_ticks:
        x, _ = place((10.0**tick, 10.0 ** y_ticks[0]))
        parts.append(f"<line class='grid' x1='{x:.1f}' x2='{x:.1f}' y1='{_TOP}' y2='{bottom}'/>")
        parts.append(
            f"<text x='{x:.1f}' y='{bottom + 18}' text-anchor='middle'>{_name(tick)}</text>"
        )
    for tick in y_ticks:
        _, y = place((10.0 ** x_ticks[0], 10.0**tick))
        parts.append(f"<line class='grid' x1='{_LEFT}' x2='{right}' y1='{y:.1f}' y2='{y:.1f}'/>")
        parts.append(
            f"<text x='{_LEFT - 8}' y='{y + 4:.1f}' text-anchor='end'>{_name(tick)}</text>"
        )
    middle = (_LEFT + right) / 2
    parts.append(f"<text x='{middle}' y='{_HEIGHT - 12}' text-anchor='middle'>{x_name}</text>")
    parts.append(f"<text x='{_LEFT}' y='{_TOP - 6}'>{y_name}</text>")
    return parts


def _decades(values: Iterable[float]) -> list[int]:
    found = [log10(value) for value in values]
    low, high = int(min(found) // 1), int(-(-max(found) // 1))
    return list(range(low, max(high, low + 1) + 1))


def _share(value: float, ticks: list[int]) -> float:
    return (log10(value) - ticks[0]) / (ticks[-1] - ticks[0])


def _name(tick: int) -> str:
    return f"{10**tick:,}" if tick >= 0 else f"{10.0**tick:g}"


def _legend(nth: int, colour: str, name: str) -> str:
    x, y = _WIDTH - _RIGHT + 16, _TOP + 8 + nth * 20
    return (
        f"<rect x='{x}' y='{y}' width='12' height='12' fill='{colour}'/>"
        f"<text x='{x + 18}' y='{y + 11}'>{escape(name)}</text>"
    )


def _svg(title: str, parts: Iterable[str]) -> str:
    head = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {_WIDTH} {_HEIGHT}'"
        f" role='img' aria-label='{escape(title)}'>"
    )
    title_line = f"<text class='title' x='16' y='22'>{escape(title)}</text>"
    return "\n".join([head, _STYLE, title_line, *parts, "</svg>", ""])
