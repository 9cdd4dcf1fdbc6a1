"""The process that reads workbooks: what it writes, and that it is ended."""

import io
import json
import os
import subprocess
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from payments.statements import StatementUnreadable, read_rows, workbook
from payments.statements.workbook_process import Value, read_values, write_rows
from payments.tests.statements.building import Files, as_workbook, layout_a, moves


def written(source: bytes) -> list[Any]:
    output = io.StringIO()
    write_rows(source, output)
    return [json.loads(line) for line in output.getvalue().splitlines()]


class TestProcess:
    def test_rows_and_an_end(self) -> None:
        body = as_workbook([(), ("Receipt No.", 1), (), ("=1", 2.5)])

        assert written(body) == [
            [2, "Receipt No.", "1"], [4, "=1", "2.50"], {"ended": True, "why": ""},
        ]  # fmt: skip

    def test_sheet_with_the_table_is_found(self) -> None:
        body = as_workbook([("Cover",)], [("Receipt No.",), ("UKE0000001",)])

        assert written(body)[1] == [2, "UKE0000001"]

    def test_first_sheet_where_none_has_the_table(self) -> None:
        assert written(as_workbook([("Cover",)], [("x",)]))[0] == [1, "Cover"]

    def test_damaged(self) -> None:
        assert written(b"PK\x03\x04")[-1]["why"] == "the workbook is damaged or not complete"

    def test_values(self) -> None:
        moment = datetime(2026, 11, 14, 8, 59, 59, 999_700)  # noqa: DTZ001
        row: list[Value] = [
            " a ",
            True,
            7,
            850060.0,
            0.1 + 0.2,
            2.5e20,
            1.2345,
            moment,
            date(2026, 11, 14),
        ]

        assert read_values([*row, time(9)]) == [
            "a", "True", "7", "850060", "0.30", "2.5e+20", "1.2345", "2026-11-14T09:00:00",
            "2026-11-14T00:00:00", "09:00:00",
        ]  # fmt: skip


class TestReading:
    def test_no_key_of_ours_is_passed_on(
        self, files: Files, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        passed: list[dict[str, str]] = []

        class Spy(subprocess.Popen[str]):
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                passed.append(kwargs["env"])
                super().__init__(*args, **kwargs)

        monkeypatch.setenv("SECRET_KEY", "x" * 50)
        monkeypatch.setattr(workbook.subprocess, "Popen", Spy)  # type: ignore[attr-defined]

        assert files.rows(as_workbook(layout_a(moves(500))))
        assert passed
        assert not passed[0].keys() - {"PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "HOME"}

    def test_process_is_ended_when_the_reader_stops(
        self, files: Files, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        started: list[int] = []

        class Spy(subprocess.Popen[str]):
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                started.append(self.pid)

        monkeypatch.setattr(workbook.subprocess, "Popen", Spy)  # type: ignore[attr-defined]
        rows = read_rows(files.put(as_workbook(layout_a(moves(*[1] * 5000)))), "upload")
        next(rows)
        rows.close()  # type: ignore[attr-defined]

        with pytest.raises(ProcessLookupError):
            os.kill(started[0], 0)

    @pytest.mark.parametrize("ending", ["", '[1, "x"', '[1, "Receipt No."]\n'])
    def test_output_without_an_end(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
    ) -> None:
        """The process was killed: what it had written is no statement."""
        program = tmp_path / "python"
        program.write_text(f"#!/bin/sh\nprintf '%s' '{ending}'\n")
        program.chmod(0o700)
        monkeypatch.setattr(workbook.sys, "executable", str(program))  # type: ignore[attr-defined]
        source = tmp_path / "upload"
        source.write_bytes(as_workbook([("x",)]))

        with pytest.raises(StatementUnreadable, match="too large or damaged"):
            list(workbook.read_workbook(source))
