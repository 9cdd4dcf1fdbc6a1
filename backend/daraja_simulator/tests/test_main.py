"""The command itself: started, stopped, and refused."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from daraja_simulator.__main__ import main

from .harness import wait_for

BACKEND = Path(__file__).parents[2]


def start_program(*flags: str) -> tuple[subprocess.Popen[str], int]:
    """The program on a free port, and the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "daraja_simulator", "--port", str(port), *flags]
    program = subprocess.Popen(
        command, cwd=BACKEND, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    return program, port


def answers(port: int) -> bool:
    """Whether the program serves."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False).is_success
    except httpx.TransportError:
        return False


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_serves_until_told_to_stop(stop: signal.Signals, tmp_path: Path) -> None:
    scenario = tmp_path / "scenario.json"
    scenario.write_text(json.dumps({"seed": 77, "settings": {"delay_ms": 5}}))
    program, port = start_program("--automatic", "--scenario", str(scenario))
    wait_for(lambda: answers(port), 10)
    faults = httpx.get(f"http://127.0.0.1:{port}/control/faults", trust_env=False).json()

    program.send_signal(stop)
    output, errors = program.communicate(timeout=10)

    assert faults["seed"] == 77
    assert (program.returncode, errors) == (0, "")
    assert output.startswith(f"Daraja simulator on http://127.0.0.1:{port}/ (automatic")


def test_taken_port_is_one_clear_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        status = main(["--port", str(port)])

    assert status == 1
    assert capsys.readouterr().err == (
        f"daraja_simulator: cannot listen on 127.0.0.1:{port}: address already in use; "
        "choose another with --port\n"
    )


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--delay-ms", "soon"], "delay_ms: Input should be a valid integer"),
        (["--scenario", "/nowhere.json"], "No such file"),
    ],
)
def test_bad_value_stops_the_start(
    flags: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(flags) == 2
    assert said in capsys.readouterr().err


def test_impossible_scenario_stops_the_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = tmp_path / "scenario.json"
    scenario.write_text('{"probabilities": {"push.none": 1}}')

    assert main(["--port", "0", "--scenario", str(scenario)]) == 2
    assert "no fault is called 'push.none'" in capsys.readouterr().err
