"""`python -m devtools.dashboard_picture`: draws deploy/grafana/deposits.json as SVG.

For the documents: it shows what the dashboard's own queries answer in a Prometheus. It is no
Grafana, and draws lines only: of each panel its first query.
"""

import argparse
import json
import math
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import httpx

_DASHBOARD = Path(__file__).resolve().parents[2] / "deploy/grafana/deposits.json"
#: Dark enough on white, and told apart without colour by their dashes.
_INKS = ("#0b5d3b", "#b3261e", "#1f5fa8", "#8a5a00", "#6a2c91", "#3d3d3d")
_DASHES = ("", "7 3", "2 3", "10 3 2 3", "1 2", "5 5")
_WIDTH, _HEIGHT, _COLUMNS, _GAP = 430, 150, 2, 18
_HEAD, _LEGEND_LINE = 66, 14
_MOST_LINES = len(_INKS)


@dataclass(frozen=True)
class Line:
    """One series: its label, and its points as (seconds, value)."""

    label: str
    points: list[tuple[float, float]]


def main() -> None:
    """Ask Prometheus, draw, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("--prometheus", default="http://127.0.0.1:9090")
    parser.add_argument("--begin", type=float, required=True, help="Unix time")
    parser.add_argument("--end", type=float, required=True, help="Unix time")
    parser.add_argument("--outage", type=float, nargs=2, metavar="TIME", help="from, to: shaded")
    parser.add_argument("--panels", nargs="*", help="titles; all, unless given")
    parser.add_argument("--says", default="", help="a sentence below the title")
    given = parser.parse_args()
    panels = json.loads(_DASHBOARD.read_text())["panels"]
    chosen = [each for each in panels if not given.panels or each["title"] in given.panels]
    with httpx.Client(base_url=given.prometheus, timeout=30, trust_env=False) as http:
        found = [
            (each["title"], _ask(http, each["targets"][0]["expr"], given.begin, given.end))
            for each in chosen
        ]
    given.output.write_text(
        draw(found, span=(given.begin, given.end), outage=given.outage, says=given.says)
    )


def _ask(http: httpx.Client, query: str, begin: float, end: float) -> list[Line]:
    asked = {"query": query, "start": str(begin), "end": str(end), "step": "5"}
    answer = http.get("/api/v1/query_range", params=asked).raise_for_status().json()
    lines = [_line(series) for series in answer["data"]["result"]]
    # The largest first: those are what somebody looks for.
    return sorted(lines, key=lambda line: -max(value for _, value in line.points))[:_MOST_LINES]


def _line(series: dict[str, Any]) -> Line:
    labels = {name: value for name, value in series["metric"].items() if name != "__name__"}
    points = [(float(at), float(value)) for at, value in series["values"]]
    # A share of nothing is no number.
    known = [(at, value) for at, value in points if math.isfinite(value)]
    return Line(" ".join(labels.values()) or "all", known or [(points[0][0], 0.0)])


def draw(
    panels: list[tuple[str, list[Line]]],
    *,
    span: tuple[float, float],
    outage: list[float] | None = None,
    says: str = "",
) -> str:
    """Return the SVG of the panels, two in a row; the outage is shaded."""
    height = _HEIGHT + 40 + _MOST_LINES // 2 * _LEGEND_LINE
    rows = -(-len(panels) // _COLUMNS)
    total_width = _COLUMNS * (_WIDTH + _GAP) + _GAP
    total_height = _HEAD + rows * (height + _GAP)
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total_width} {total_height}"'
            f' width="{total_width}" height="{total_height}" font-family="sans-serif" role="img">'
        ),
        f"<title>{escape(says)}</title>",
        f'<rect width="{total_width}" height="{total_height}" fill="#fff"/>',
        f'<text x="{_GAP}" y="28" font-size="18" font-weight="bold">Kibeezy deposits</text>',
        f'<text x="{_GAP}" y="50" font-size="12">{escape(says)}</text>',
    ]
    for number, (title, lines) in enumerate(panels):
        left = _GAP + number % _COLUMNS * (_WIDTH + _GAP)
        top = _HEAD + number // _COLUMNS * (height + _GAP)
        body = "".join(_panel(title, lines, span, outage))
        parts.append(f'<g transform="translate({left} {top})">{body}</g>')
    return "\n".join([*parts, "</svg>\n"])


def _panel(
    title: str, lines: list[Line], span: tuple[float, float], outage: list[float] | None
) -> list[str]:
    begin, end = span
    most = max((value for line in lines for _, value in line.points), default=0.0) or 1.0

    def across(at: float) -> float:
        return (at - begin) / (end - begin) * _WIDTH

    parts = [f'<text y="13" font-size="13" font-weight="bold">{escape(title)}</text>']
    parts.append(f'<g transform="translate(0 20)"><rect width="{_WIDTH}" height="{_HEIGHT}"'
                 ' fill="#f6f6f4" stroke="#999"/>')  # fmt: skip
    if outage:
        x, width = across(outage[0]), across(outage[1]) - across(outage[0])
        parts.append(f'<rect x="{x:.1f}" width="{width:.1f}" height="{_HEIGHT}" fill="#f3c9c5"/>')
    for share in (0.5, 1.0):
        y = _HEIGHT - share * (_HEIGHT - 14)
        parts.append(
            f'<text x="4" y="{y - 2:.1f}" font-size="10">{most * share:.3g}</text>'
            f'<path d="M0 {y:.1f}H{_WIDTH}" stroke="#ccc"/>'
        )
    for line, ink, dash in zip(lines, _INKS, _DASHES, strict=False):
        path = " ".join(
            f"{across(at):.1f},{_HEIGHT - value / most * (_HEIGHT - 14):.1f}"
            for at, value in line.points
        )
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{ink}" stroke-width="1.8"'
            f' stroke-dasharray="{dash}"/>'
        )
    minutes = (end - begin) / 60
    parts.append(f'<text y="{_HEIGHT + 12}" font-size="10">0</text>'
                 f'<text x="{_WIDTH}" y="{_HEIGHT + 12}" font-size="10" text-anchor="end">'
                 f"{minutes:.0f} minutes</text></g>")  # fmt: skip
    for place, (line, ink, dash) in enumerate(zip(lines, _INKS, _DASHES, strict=False)):
        x, y = place % 2 * (_WIDTH // 2), _HEIGHT + 44 + place // 2 * _LEGEND_LINE
        parts.append(
            f'<path d="M{x} {y}h24" stroke="{ink}" stroke-width="2" stroke-dasharray="{dash}"/>'
            f'<text x="{x + 30}" y="{y + 4}" font-size="11">{escape(line.label)}</text>'
        )
    return parts


if __name__ == "__main__":
    main()
