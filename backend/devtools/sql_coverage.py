"""Finds the PL/pgSQL statements that no test ran, by the counts of plpgsql_check's profiler.

A test must run every statement of the functions in `<app>/sql/functions/` and of the guard
triggers. Guards that only raise an error are left out, since their tests expect that error.
Functions in `LANGUAGE sql` have no statements to count; tests/sql/test_mirror.py demands tests of
those.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

#: The environment variable that names the folder of the pytest workers' counts
#: (devtools.pytest_sql_coverage).
FOLDER = "SQL_COVERAGE_FOLDER"
#: Options of the PostgreSQL server: load the profiler, with shared memory for the statements of
#: every worker's database, 30 to a chunk.
SERVER_OPTIONS = (
    "-c shared_preload_libraries=plpgsql_check -c plpgsql_check.profiler=on"
    " -c plpgsql_check.profiler_max_shared_chunks=15000"
)
_ONLY_REFUSES = {"statement block", "RAISE"}

# Counts of our own functions only, without those of extensions and libraries.
_COUNTS = """
SELECT proc.oid::regprocedure::text, proc.prosrc, statement.stmtid, statement.lineno,
       statement.stmtname, coalesce(statement.exec_stmts, 0)
  FROM pg_proc AS proc JOIN pg_language AS lang ON lang.oid = proc.prolang
 CROSS JOIN LATERAL plpgsql_profiler_function_statements_tb(proc.oid) AS statement
 WHERE proc.pronamespace = current_schema()::regnamespace AND lang.lanname = 'plpgsql'
   AND proc.proname !~ '^(procrastinate_|_pgh_|_pgtrigger_)'
   AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = proc.oid AND deptype = 'e')
 ORDER BY 1, 3
"""


@dataclass(frozen=True)
class Statement:
    """One statement of a function.

    `line` counts within `file`; for a guard, whose `file` is None, within the function's body.
    """

    function: str
    number: int
    kind: str
    file: str | None
    line: int

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.file else f"guard, line {self.line}"
        return f"{place}: {self.kind} of {self.function}"


def is_installed(libraries: Path) -> bool:
    """Say whether plpgsql_check is installed in a PostgreSQL's folder of libraries."""
    return (libraries / "plpgsql_check.so").exists()


def record(cursor: Any, sources: dict[str, str], folder: Path) -> None:
    """Write this worker's counts into the folder; `sources` maps SQL file names to their text."""
    cursor.execute(_COUNTS)
    counted = [
        {**asdict(_place(function, body, sources, *statement)), "runs": runs}
        for function, body, *statement, runs in cursor.fetchall()
    ]
    (folder / f"{os.getpid()}.json").write_text(json.dumps(counted))


def _place(
    function: str, body: str, sources: dict[str, str], number: int, line: int, kind: str
) -> Statement:
    for name, text in sources.items():
        if body in text:
            # Line 1 of a body is the rest of the line with the opening `$$`.
            return Statement(
                function, number, kind, name, text[: text.index(body)].count("\n") + line
            )
    return Statement(function, number, kind, None, line)


def print_unrun(folder: Path) -> int:
    """Print the statements that no test ran; return 1 if there are any, or if none was counted."""
    runs = _sum_up(folder)
    required = _required(runs)
    unrun = [statement for statement in required if not runs[statement]]
    for statement in unrun:
        print(f"no test runs {statement}")
    functions = {statement.function for statement in required}
    print(f"{len(required)} SQL statements of {len(functions)} functions, {len(unrun)} not run")
    return 1 if unrun or not required else 0


def _sum_up(folder: Path) -> Counter[Statement]:
    """Return how often each statement ran, summed over all workers."""
    runs: Counter[Statement] = Counter()
    for counted in folder.glob("*.json"):
        for row in json.loads(counted.read_text()):
            count = row.pop("runs")
            runs[Statement(**row)] += count
    return runs


def _required(statements: Iterable[Statement]) -> list[Statement]:
    kinds: dict[str, set[str]] = {}
    for statement in statements:
        kinds.setdefault(statement.function, set()).add(statement.kind)
    return [
        statement
        for statement in statements
        if statement.file or kinds[statement.function] - _ONLY_REFUSES
    ]
