"""The command line of `make bench`; `QUICK=1` is the short run, `make test` runs `--plan gate`."""

import argparse
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from bench import gate, pictures, report
from bench.book import Book
from bench.plan import GATE, LONG, QUICK, Plan
from bench.processes import Machine
from bench.run import run
from common import clock
from config.env import REPOSITORY_DIR
from devtools.stack import BACKEND_DIRECTORY

_RESULTS = BACKEND_DIRECTORY / ".data" / "bench"
_DOCUMENT = REPOSITORY_DIR / "docs" / "performance.md"
_PICTURES = REPOSITORY_DIR / "docs" / "images"
_PLANS = {plan.name: plan for plan in (QUICK, LONG, GATE)}


def main() -> int:
    """Run the plan once and store the results; the plan `gate` runs again before it fails."""
    arguments = _parser().parse_args()
    plan = _PLANS[arguments.plan]
    # SIGINT is in the list, since a shell without a terminal starts its children with it ignored.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # These signals raise KeyboardInterrupt, so that `System` still ends its processes.
        signal.signal(number, signal.default_int_handler)
    try:
        if plan is GATE:
            return gate.check(lambda: _run(plan))
        book = _run(plan)
    except KeyboardInterrupt:
        print("\nStopped; nothing was kept.", file=sys.stderr)
        return 130
    _keep(book, plan, is_for_document=arguments.write)
    return 0


def _run(plan: Plan) -> Book:
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        return run(plan, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _keep(book: Book, plan: Plan, *, is_for_document: bool) -> None:
    machine, today = Machine.here(), clock.now().date()
    text = report.as_markdown(book, plan, machine, today)
    _RESULTS.mkdir(parents=True, exist_ok=True)
    (_RESULTS / f"{plan.name}.json").write_text(report.as_json(book, plan, machine, today))
    (_RESULTS / f"{plan.name}.md").write_text(text)
    pictures.draw(book, _PICTURES if is_for_document else _RESULTS)
    if is_for_document:
        report.write_between_markers(_DOCUMENT, text)
    print(text)
    print(f"\nEverything that was measured: {_RESULTS / plan.name}.json")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--plan", choices=sorted(_PLANS), default="long")
    parser.add_argument(
        "--write", action="store_true", help="write the tables and pictures into docs/"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
