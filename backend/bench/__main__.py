"""`make bench`: the command line. `QUICK=1` is the short form."""

import argparse
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from bench import report
from bench.plan import GATE, LONG, QUICK, Plan
from bench.processes import Machine
from bench.run import run
from common import clock
from devtools.stack import BACKEND_DIRECTORY

_RESULTS = BACKEND_DIRECTORY / ".data" / "bench"
_PLANS = {plan.name: plan for plan in (QUICK, LONG, GATE)}


def main() -> int:
    """Run once, print the table, and keep it where it was asked for."""
    arguments = _parser().parse_args()
    plan: Plan = _PLANS[arguments.plan]
    for number in (signal.SIGTERM, signal.SIGHUP):
        # However the run is stopped, its processes are stopped first.
        signal.signal(number, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        book = run(plan, folder)
    except KeyboardInterrupt:
        print("\nStopped; nothing was kept.", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        return 130
    shutil.rmtree(folder, ignore_errors=True)
    machine, today = Machine.here(), clock.now().date()
    print(report.as_markdown(book, plan, machine, today))
    _RESULTS.mkdir(parents=True, exist_ok=True)
    file = _RESULTS / f"{plan.name}.json"
    file.write_text(report.as_json(book, plan, machine, today))
    print(f"\nEverything that was measured: {file}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--plan", choices=sorted(_PLANS), default="long")
    return parser


if __name__ == "__main__":
    sys.exit(main())
