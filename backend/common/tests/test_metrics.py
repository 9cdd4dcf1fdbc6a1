"""Several processes count together: what each counted, and what those that ended had counted."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

_BACKEND = Path(__file__).resolve().parents[2]
_COUNT = """
from common.metrics import DURATION, REQUESTS
from payments.metrics import DARAJA_REQUESTS
REQUESTS.labels("GET", "of-a-test", "200").inc({times})
DURATION.labels("GET", "of-a-test").observe(0.02)
DARAJA_REQUESTS.labels("push", "answered").observe(0.3)
"""
_STAY = "print(1, flush=True); input()"
pytestmark = pytest.mark.django_db


def _environment(folder: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder), **more}


def run(code: str, folder: Path, **more: str) -> None:
    """Run a process with the backend's code that counts in the folder, to its end."""
    subprocess.run(
        [sys.executable, "-c", code], cwd=_BACKEND, env=_environment(folder, **more),
        check=True, timeout=120,
    )  # fmt: skip


def scrape(client: Client) -> dict[str, float]:
    """Return each sample of /metrics by name and labels, as it is written."""
    lines = client.get("/metrics").content.decode().splitlines()
    return {
        line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
        for line in lines
        if not line.startswith("#")
    }


def test_an_empty_setting_counts_in_no_directory(tmp_path: Path) -> None:
    code = "import config.settings, prometheus_client.values as v; print(v.ValueClass.__name__)"
    started = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, check=True, timeout=120, text=True,
        capture_output=True,
        env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": " ", "PYTHONPATH": str(_BACKEND)},
    )  # fmt: skip

    assert started.stdout == "MutexValue\n"
    assert list(tmp_path.iterdir()) == []


class TestSeveralProcesses:
    _REQUESTS = 'http_requests_total{method="GET",route="of-a-test",status="200"}'
    _BUCKET = 'http_request_duration_seconds_bucket{le="0.025",method="GET",route="of-a-test"}'
    _DARAJA = 'daraja_request_seconds_count{call="push",outcome="answered"}'

    def test_each_is_counted_once_those_that_ended_too(
        self, client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
        run(_COUNT.format(times=3), tmp_path)
        with subprocess.Popen(
            [sys.executable, "-c", _COUNT.format(times=4) + _STAY], cwd=_BACKEND,
            env=_environment(tmp_path), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        ) as alive:  # fmt: skip
            assert alive.stdout is not None
            assert alive.stdout.readline() == b"1\n"

            found, again = scrape(client), scrape(client)

            alive.kill()
        assert found[self._REQUESTS] == again[self._REQUESTS] == 7
        assert found[self._BUCKET] == 2
        assert found[self._DARAJA] == 2
        # A counter that falls when a process dies would look as if it had begun again.
        assert scrape(client)[self._REQUESTS] == 7

    def test_figures_of_the_database_are_there_once(
        self, client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
        for _ in range(2):
            run(_COUNT.format(times=1), tmp_path)

        text = client.get("/metrics").content.decode()

        names = re.findall(r"(?m)^# TYPE (\S+)", text)
        assert len(names) == len(set(names))
        for name in ("kibeezy_deposits_pending", "queue_jobs_stalled", "workers_alive"):
            assert re.findall(rf"(?m)^{name} ", text) == [f"{name} "]
        # Their number would be the process's, and a dead one's would stay.
        assert "pid=" not in text


class TestTheWorker:
    _CODE = "from config import worker\nworker._count_alone()\n" + _COUNT.format(times=5)

    @pytest.mark.parametrize(("port", "counted"), [("9101", None), ("0", 5)])
    def test_counts_with_the_api_or_on_its_own_port(
        self, client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, port: str,
        counted: int | None,
    ) -> None:  # fmt: skip
        monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))

        run(self._CODE, tmp_path, WORKER_METRICS_PORT=port)

        assert scrape(client).get(TestSeveralProcesses._REQUESTS) == counted
