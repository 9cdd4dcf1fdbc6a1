"""The gate on SQL statements that no test ran: what it adds up, leaves out and prints."""

from pathlib import Path

import pytest

from devtools import sql_coverage

BODY = "\nBEGIN\n    RETURN 1;\nEND "
FILE = {"payments/sql/functions/a.sql": f"-- One.\nCREATE OR REPLACE FUNCTION one() AS $${BODY}$$;"}
#: Of a profiler: function, body, number, line, kind, runs.
Row = tuple[str, str, int, int, str, int]


class Profiler:
    """A cursor that answers with these counts."""

    def __init__(self, rows: list[Row]) -> None:
        self._rows = rows

    def execute(self, sql: str) -> None:
        """Take the question."""
        assert "plpgsql_profiler_function_statements_tb" in sql

    def fetchall(self) -> list[Row]:
        """Return the answer."""
        return self._rows


def count(folder: Path, monkeypatch: pytest.MonkeyPatch, *rows: Row, worker: int = 1) -> None:
    """Leave a worker's counts in the folder."""
    monkeypatch.setattr("os.getpid", lambda: worker)
    sql_coverage.record(Profiler(list(rows)), FILE, folder)


def one(block_runs: int, return_runs: int) -> list[Row]:
    """Return the counts of the function in the file."""
    return [
        ("one()", BODY, 0, 2, "statement block", block_runs),
        ("one()", BODY, 1, 3, "RETURN", return_runs),
    ]


def test_a_statement_that_no_test_ran_is_named_by_file_and_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    count(tmp_path, monkeypatch, *one(1, 0))

    assert sql_coverage.print_unrun(tmp_path) == 1

    printed = capsys.readouterr().out
    assert "no test runs payments/sql/functions/a.sql:4: RETURN of one()" in printed
    assert "2 SQL statements of 1 functions, 1 not run" in printed


def test_a_statement_that_any_test_worker_ran_counts_as_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count(tmp_path, monkeypatch, *one(1, 0), worker=1)
    count(tmp_path, monkeypatch, *one(3, 3), worker=2)

    assert sql_coverage.print_unrun(tmp_path) == 0


def test_a_guard_that_only_refuses_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuses: list[Row] = [
        ("guard()", "BEGIN RAISE", 0, 1, "statement block", 0),
        ("guard()", "BEGIN RAISE", 1, 1, "RAISE", 0),
    ]
    count(tmp_path, monkeypatch, *one(1, 1), *refuses)

    assert sql_coverage.print_unrun(tmp_path) == 0


def test_a_guard_that_does_more_has_to_be_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    proves: list[Row] = [
        ("guard()", "BEGIN IF", 1, 5, "IF", 1),
        ("guard()", "BEGIN IF", 2, 6, "RAISE", 0),
    ]
    count(tmp_path, monkeypatch, *one(1, 1), *proves)

    assert sql_coverage.print_unrun(tmp_path) == 1
    assert "no test runs guard, line 6: RAISE of guard()" in capsys.readouterr().out


def test_without_any_counts_the_gate_fails(tmp_path: Path) -> None:
    assert sql_coverage.print_unrun(tmp_path) == 1
