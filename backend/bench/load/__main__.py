"""`python -m bench.load`: reads one job as JSON from stdin, runs it, prints figures as JSON."""

import asyncio
import gc
import json
import resource
import sys

from bench.load.loop import ClosedLoop
from bench.load.scenario import Scenario


def main() -> None:
    """Run the job from stdin, and print its figures."""
    job = json.load(sys.stdin)
    _allow_many_connections()
    # A pause of the garbage collector would count as latency of the server. It is not needed here,
    # since this program makes no reference cycles.
    gc.disable()
    work = Scenario(job) if job["kind"] == "scenario" else ClosedLoop(job)
    print(json.dumps(asyncio.run(work.run())))


def _allow_many_connections() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 8192:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, hard), hard))


if __name__ == "__main__":
    main()
