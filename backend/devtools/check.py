"""`make test`: runs every check, then lists how each ended, what failed and why, and the counts.

A failed step does not stop the others. Steps that are named run one after the other:
`check.py lint types`. With `--long` tests that have two sizes run the long one (`make test-long`).
"""

import argparse
import os
import shutil
import signal
import sys
from collections.abc import Sequence

from devtools import environment, results
from devtools.lanes import Ended, Runner
from devtools.results import Counts
from devtools.stack import BACKEND_DIRECTORY
from devtools.steps import LONG_SIZES, RESULTS, STEPS

#: How many failed tests of a step the last line names.
_NAMED = 3


def main() -> None:
    """Run the named steps, or all; exit 1 if anything failed."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--long", action="store_true", help="the long sizes")
    arguments.add_argument("--in-turn", action="store_true", help="one step after the other")
    arguments.add_argument("steps", nargs="*", metavar="STEP")
    given = arguments.parse_args()
    unknown = set(given.steps) - {step.name for step in STEPS}
    if unknown:
        sys.exit(f"unknown steps: {', '.join(sorted(unknown))}")
    shutil.rmtree(RESULTS, ignore_errors=True)
    RESULTS.mkdir(parents=True)
    environment.fill_in()
    environment.use_database()
    if given.long:
        for name, size in LONG_SIZES.items():
            os.environ.setdefault(name, size)
    runner = Runner([step for step in STEPS if not given.steps or step.name in given.steps])
    # Both signals end the run as Ctrl-C does: the steps end first and report what they found. A
    # shell starts background commands with SIGINT ignored, which the steps would inherit; setting
    # the handler undoes that.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        if given.steps or given.in_turn:
            runner.run_in_turn()
        else:
            runner.run_in_lanes()
    except KeyboardInterrupt:
        sys.exit("Stopped before the end")
    sys.exit(_sum_up(runner.ended))


def _sum_up(ended: Sequence[Ended]) -> int:
    """Print how each step ended and what failed; return 1 if a step failed.

    It repeats the failures at the end, because a long log is read from the end.
    """
    in_order = sorted(ended, key=lambda one: STEPS.index(one.step))
    print("\n".join(f"{one.took_s:5.0f} s  {one.step.name}: {one.counts}" for one in in_order))
    failed = [one.step for one in in_order if not one.is_good]
    for step in failed:
        print("\n  ".join([f"Failed: {step.name}", *results.failures(step.report)]))
    print(_last_line(in_order), flush=True)
    return 1 if failed else 0


def _last_line(ended: Sequence[Ended]) -> str:
    """Return the counts and the names of what failed: often only a log's last line is kept."""
    line = str(sum((one.counts for one in ended), Counts()))
    failed = [
        " ".join([one.step.name, *results.failed_tests(one.step.report)[:_NAMED]])
        for one in ended
        if not one.is_good
    ]
    flaky = [name for one in ended for name in results.flaky_tests(one.step.report)]
    if failed:
        line += f"; failed: {', '.join(failed)}"
    if flaky:
        line += f"; passed only alone: {', '.join(flaky)}"
    return line


if __name__ == "__main__":
    os.chdir(BACKEND_DIRECTORY)
    main()
