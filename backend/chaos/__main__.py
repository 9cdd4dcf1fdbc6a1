"""`make chaos`: the command line of the fault-injection run."""

import argparse
import json
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from chaos.plan import Plan
from chaos.progress import Progress
from chaos.report import as_text
from chaos.run import run
from devtools.stack import BACKEND_DIRECTORY

_REPORTS = BACKEND_DIRECTORY / ".data" / "chaos"


def main() -> int:
    """Run once and print the report; the exit status is 1 if anything differs."""
    arguments = _parser().parse_args()
    plan = Plan(
        seed=arguments.seed,
        deposits=arguments.deposits,
        by_hand=arguments.by_hand,
        minutes=arguments.minutes,
        api_processes=arguments.api_processes,
        workers=arguments.workers,
        longest_shift_s=arguments.longest_shift,
        has_statement=arguments.statement,
    )
    for number in (signal.SIGTERM, signal.SIGHUP):
        # These signals raise KeyboardInterrupt, so that `System` still ends its processes.
        signal.signal(number, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    try:
        report = run(plan, Progress(plan.deposits), folder)
    except KeyboardInterrupt:
        print("\nStopped; nothing was compared.", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        return 130
    _REPORTS.mkdir(parents=True, exist_ok=True)
    file = _REPORTS / f"seed-{plan.seed}-deposits-{plan.deposits}.json"
    file.write_text(json.dumps(report.as_json(), indent=2, default=str))
    print(as_text(report))
    print(f"The whole report: {file}")
    if report.is_clean and not arguments.keep:
        shutil.rmtree(folder, ignore_errors=True)
        return 0
    print(f"What the processes wrote: {folder}")
    return 0 if report.is_clean else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="decides all that is drawn")
    parser.add_argument("--deposits", type=_positive, default=1000, help="how many are wished for")
    parser.add_argument(
        "--by-hand", type=_percent, default=20, help="payments by hand for a hundred deposits"
    )
    parser.add_argument("--minutes", type=float, default=10, help="the load ends by then")
    parser.add_argument("--api-processes", type=_positive, default=3, help="of the API")
    parser.add_argument("--workers", type=_positive, default=2, help="background workers")
    parser.add_argument(
        "--longest-shift",
        type=_positive,
        default=60,
        help="of a clock, in seconds; see docs/chaos.md",
    )
    parser.add_argument(
        "--no-statement",
        dest="statement",
        action="store_false",
        help="compare without M-Pesa's list and its statement: what needs them is only counted",
    )
    parser.add_argument("--keep", action="store_true", help="keep what the processes wrote")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 100_000:
        raise argparse.ArgumentTypeError("write a number from 1 to 100000")
    return number


def _percent(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 100:
        raise argparse.ArgumentTypeError("write a number from 0 to 100")
    return number


if __name__ == "__main__":
    sys.exit(main())
