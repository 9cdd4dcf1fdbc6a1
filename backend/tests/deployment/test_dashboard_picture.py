"""The dashboard's picture is what Prometheus answered, and that of the documents is whole."""

import json
import re
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import httpx
import pytest

from devtools import dashboard_picture
from devtools.dashboard_picture import Line, draw
from tests.deployment.project import ROOT

_SVG = "{http://www.w3.org/2000/svg}"
_PICTURE = ROOT / "docs/images/dashboard-outage.svg"
_PANELS = json.loads((ROOT / "deploy/grafana/deposits.json").read_text())["panels"]
_QUERIES = {panel["title"]: panel["targets"][0]["expr"] for panel in _PANELS}
_TITLES = list(_QUERIES)[:2]


def _read(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314  # our own file


def _texts(root: ET.Element) -> list[str]:
    return [each.text or "" for each in root.iter(f"{_SVG}text")]


def _points(root: ET.Element) -> list[list[tuple[float, float]]]:
    return [
        [(float(x), float(y)) for x, y in (p.split(",") for p in line.attrib["points"].split())]
        for line in root.iter(f"{_SVG}polyline")
    ]


def test_points_and_outage_stand_where_their_time_and_value_put_them() -> None:
    line = Line("a <b>", [(100.0, 0.0), (200.0, 5.0), (300.0, 10.0)])

    root = _read(draw([("One & two", [line])], span=(100, 300), outage=[150, 200], says="Why"))

    (points,) = _points(root)
    assert [x for x, _ in points] == [0, 215, 430]
    # Zero is the panel's floor, the largest value its upper line, and half of it the middle.
    assert [y for _, y in points] == [150, 82, 14]
    (shade,) = [each for each in root.iter(f"{_SVG}rect") if each.get("fill") == "#f3c9c5"]
    assert (float(shade.attrib["x"]), float(shade.attrib["width"])) == (107.5, 107.5)
    assert {"One & two", "a <b>", "10", "5", "Why", "3 minutes"} <= set(_texts(root))


def test_a_panel_without_an_answer_is_empty_and_no_outage_is_no_shade() -> None:
    svg = draw([("Empty", [])], span=(0, 60))

    assert "Empty" in _texts(_read(svg))
    assert _points(_read(svg)) == []
    assert "#f3c9c5" not in svg


def test_it_asks_prometheus_for_the_dashboards_own_queries(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params["query"])
        series = [
            {"metric": {"__name__": "x", "status": str(n)}, "values": [[0, "NaN"], [30, str(n)]]}
            for n in range(8)
        ]
        return httpx.Response(200, json={"data": {"result": series}})

    client = httpx.Client
    monkeypatch.setattr(
        httpx, "Client", lambda **given: client(**given, transport=httpx.MockTransport(answer))
    )
    output = tmp_path / "picture.svg"
    monkeypatch.setattr(
        sys, "argv", ["x", str(output), "--begin", "0", "--end", "60", "--panels", *_TITLES]
    )

    dashboard_picture.main()

    root = _read(output.read_text())
    assert asked == [_QUERIES[title] for title in _TITLES]
    # The six largest of eight in each panel; what is no number has no point.
    assert len(_points(root)) == 12
    assert all(len(points) == 1 for points in _points(root))
    shown = [text for text in _texts(root) if re.fullmatch("[0-7]", text)]
    assert {"7", "2"} <= set(shown)
    assert "1" not in shown


def test_the_documents_picture_shows_panels_of_the_dashboard_with_an_outage() -> None:
    svg = _PICTURE.read_text()
    root = _read(svg)
    _, _, width, height = map(float, root.attrib["viewBox"].split())

    titles = [each for each in root.iter(f"{_SVG}text") if each.get("font-size") == "13"]
    assert len(titles) >= 6
    assert {title.text for title in titles} <= set(_QUERIES)
    assert svg.count("#f3c9c5") == len(titles)
    assert "outage" in (root.findtext(f"{_SVG}title") or "")
    assert all(0 <= x <= width and 0 <= y <= height for line in _points(root) for x, y in line)
    # A picture of flat lines shows no outage.
    assert sum(len({y for _, y in line}) > 5 for line in _points(root)) >= 5
