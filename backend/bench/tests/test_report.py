"""The tables and pictures that go into docs/performance.md."""

import json
import xml.etree.ElementTree as ET
from datetime import date
from pathlib import Path

import pytest

from bench import pictures, report
from bench.book import Book, Turn
from bench.plan import QUICK
from bench.processes import Machine
from bench.targets import TARGETS
from tests.deployment.project import ROOT

_MACHINE, _DAY = Machine(2, 8.0), date(2026, 11, 30)


def _book() -> Book:
    book = Book()
    layers = {"API": 2.0, "PostgreSQL": 1.0, "generator": 0.5}
    turn = Turn(
        ok=10, sent=12, rate=100, p50_ms=5, p99_ms=9, statuses={"200": 10, "503": 2},
        cpu_ms=layers, memory_mib=100, machine_load=3,
    )  # fmt: skip
    for load in ("c=1", "c=64"):
        book.turns[f"callback product {load}"] = [turn]
    for size in (1000, 1_000_000):
        book.turns[f"size {size}: push"] = [turn]
        book.note_figure(f"settle_rate_{size}", 500.0)
    book.note_figure("callback_of_first", 7.0, 9.0, 8.0)
    book.statements["push, postgres"] = {"SELECT 1": 1.0}
    return book


class TestTables:
    def test_the_tables_name_command_machine_and_every_target(self) -> None:
        text = report.as_markdown(_book(), QUICK, _MACHINE, _DAY)

        assert text.startswith("`QUICK=1 make bench`, 2026-11-30, 2 cores, 8 GiB.")
        assert "| T1 | callbacks/s, c=64, of the first version's | ≥ 8 | ≥ 10 | 8 (7-9) |" in text
        assert all(f"| {target.number} | {target.text} |" in text for target in TARGETS)
        assert "| callback product c=64 | 100 | 5 | 9 | 2 | 1 | 0 | 100 | 2 | 0 |" in text
        assert "| push, postgres | `SELECT 1` | 1.00 |" in text

    def test_the_figures_are_also_kept_as_json(self) -> None:
        found = json.loads(report.as_json(_book(), QUICK, _MACHINE, _DAY))

        assert found["figures"]["callback_of_first"]["middle"] == 8.0
        assert len(found["verdicts"]) == len(TARGETS)


class TestMarkers:
    def test_only_the_text_between_the_markers_is_replaced(self, tmp_path: Path) -> None:
        document = tmp_path / "a.md"
        document.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")

        report.write_between_markers(document, "new")

        assert document.read_text() == (f"before\n{report.BEGIN}\n\nnew\n\n{report.END}\nafter\n")

    def test_a_document_without_both_markers_stays_unchanged(self, tmp_path: Path) -> None:
        document = tmp_path / "a.md"
        document.write_text(f"{report.BEGIN} only")

        with pytest.raises(ValueError, match="both markers"):
            report.write_between_markers(document, "new")

    def test_the_document_on_performance_has_both_markers(self) -> None:
        text = (ROOT / "docs/performance.md").read_text()

        assert text.count(report.BEGIN) == text.count(report.END) == 1


class TestPictures:
    def test_are_well_formed_and_follow_the_colour_scheme(self, tmp_path: Path) -> None:
        pictures.draw(_book(), tmp_path)

        for name in ("bench-latency", "bench-sizes", "bench-cpu"):
            text = (tmp_path / f"{name}.svg").read_text()
            root = ET.fromstring(text)  # noqa: S314  # our own
            assert root.get("aria-label")
            assert "prefers-color-scheme: dark" in text
            assert "not measured" not in text

    def test_pictures_without_measurements_say_so(self, tmp_path: Path) -> None:
        pictures.draw(Book(), tmp_path)

        assert all("not measured" in path.read_text() for path in tmp_path.glob("*.svg"))
        assert len(list(tmp_path.glob("*.svg"))) == 3
