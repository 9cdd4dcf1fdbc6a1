"""Runs the browser scenarios against the processes of `make run`.

They get free ports and a database of their own, so that a running `make run` is not disturbed.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit, urlunsplit

import psycopg

from devtools import environment, frontend
from devtools.stack import BACKEND_DIRECTORY, wait_until_ready

_DATABASE = "kibeezy_browser_tests"


def run(junit: Path) -> int:
    """Run the scenarios on the mock gateway; return their exit status."""
    return _run(junit, {"DEBUG": "True", "MPESA_DEBUG": "True"})


def run_sandbox(junit: Path) -> int:
    """Run the scenarios that pay with the simulator's virtual phone; return their exit status."""
    # A short timeout, since a scenario waits this long for a push that M-Pesa does not answer.
    # No KYC, since each scenario signs up a new customer.
    mode = {
        "MPESA_TIMEOUT_SECONDS": "4",
        "KYC_REQUIRED": "False",
        # One scenario slows the browser and its network down; on a busy machine its page needs long
        # to show that the prompt is open.
        "PROMPT_OPEN_SECONDS": "24",
    }
    with tempfile.TemporaryDirectory() as keepers:
        settings = {**_simulator(), **mode, "KEEPERS": keepers}
        return _run(junit, settings, "--sandbox", "--keepers", keepers)


def run_profile(junit: Path) -> int:
    """Measure the page on a slow phone and network; return 1 when it exceeds its budget."""
    # The prompt stays open as long as a real one, so the page polls as often as a customer's would.
    mode = {"STORIES": "measures", "PROMPT_OPEN_SECONDS": "180", "RECONCILE_FIRST_SECONDS": "30"}
    return _run(junit, {**_simulator(), **mode}, "--sandbox")


def run_states(junit: Path) -> int:
    """Test every state of every page, which needs the built page but no API; return the status."""
    done = subprocess.run(
        ["npm", "run", "--silent", "states"],
        cwd=frontend.WEB_DIRECTORY,
        env=environment.child_environment(
            STATES_PORT=str(_free_ports(1)[0]), PLAYWRIGHT_JUNIT_OUTPUT_FILE=str(junit)
        ),
        check=False,
    )
    return done.returncode


def _simulator() -> dict[str, str]:
    port = str(_free_ports(1)[0])
    return {
        "DEBUG": "True",
        "SIMULATOR_PORT": port,
        "SIMULATOR_URL": f"http://127.0.0.1:{port}",
    }


def _run(junit: Path, mode: dict[str, str], *arguments: str) -> int:
    """Start the processes of `make run`, run the scenarios, stop the processes."""
    ports = _free_ports(3)
    # A scenario starts the page a second time here, with the API as another origin.
    second_page = f"http://127.0.0.1:{ports[2]}"
    settings = {
        "PORT": str(ports[0]),
        "WEB_PORT": str(ports[1]),
        "API_ORIGIN": f"http://127.0.0.1:{ports[0]}",
        "WEB_URL": f"http://127.0.0.1:{ports[1]}",
        "SECOND_WEB_URL": second_page,
        "CORS_ALLOWED_ORIGINS": second_page,
        "CSRF_TRUSTED_ORIGINS": second_page,
        "DATABASE_URL": _create_database(),
        # An unanswered prompt must not delay the next scenario by the usual three minutes.
        "PROMPT_OPEN_SECONDS": "5",
        "RECONCILE_FIRST_SECONDS": "2",
        "RATELIMIT_ENABLE": "False",
        "DEPOSIT_DAILY_LIMIT": "100000000",
        "PLAYWRIGHT_JUNIT_OUTPUT_FILE": str(junit),
        # A scenario of the admin asks it for an operator's code.
        "BACKEND_PYTHON": sys.executable,
        **mode,
    }
    with tempfile.TemporaryFile("w+") as log:
        started = subprocess.Popen(
            [sys.executable, "-m", "devtools.run", *arguments],
            cwd=BACKEND_DIRECTORY,
            env=environment.child_environment(**settings),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            return _run_scenarios(settings, log_on_failure=log)
        finally:
            _stop(started)


def _run_scenarios(settings: dict[str, str], log_on_failure: IO[str]) -> int:
    ready = [f"http://127.0.0.1:{settings['PORT']}/readyz", f"{settings['WEB_URL']}/"]
    if wait_until_ready(ready):
        done = subprocess.run(
            ["npm", "run", "--silent", "e2e"],
            cwd=frontend.WEB_DIRECTORY,
            env=environment.child_environment(**settings),
            check=False,
        )
        if done.returncode == 0:
            return 0
    log_on_failure.seek(0)
    print("".join(log_on_failure.readlines()[-200:]))
    return 1


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()


def _create_database() -> str:
    """Create an empty database on the server of DATABASE_URL, and return its address."""
    url = os.environ["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{_DATABASE}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{_DATABASE}"')
    return urlunsplit(urlsplit(url)._replace(path=f"/{_DATABASE}"))


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports
