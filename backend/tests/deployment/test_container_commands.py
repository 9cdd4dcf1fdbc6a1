"""The commands and environments of the compose file, run on this machine.

Only port and database are others. What the images hold is tested in tests/images.
"""

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from django.conf import settings

from tests.deployment.containers import START_S, Containers, ask, empty_database, jobs_deferred
from tests.deployment.project import BACKEND, Dockerfile


@pytest.fixture(scope="module")
def database_url(worker_id: str) -> Iterator[str]:
    """Return an empty database of the containers' own."""
    with empty_database(settings.DATABASE_URL, f"kibeezy_containers_{worker_id}") as url:
        yield url


@pytest.fixture(scope="module")
def containers(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Containers:
    """Return containers whose database is migrated, by the command that compose has for it."""
    found = Containers(database_url, tmp_path_factory.mktemp("containers"))
    found.run("migrate")
    return found


class TestCommandsRun:
    def test_the_api_serves_behind_the_proxy_and_counts_over_its_processes(
        self, containers: Containers
    ) -> None:
        with containers.started("api"):
            assert ask(containers.port, "/readyz") == (200, '{"status": "ok"}')
            assert ask(containers.port, "/healthz") == (200, '{"status": "ok"}')
            containers.run("api", Dockerfile("backend").health_command())

            from_proxy = {"Host": "yourdomain.com", "X-Forwarded-For": "41.90.1.2"}
            plain, _ = ask(containers.port, "/api/auth/csrf/", **from_proxy)
            secure, text = ask(
                containers.port, "/api/auth/csrf/", **from_proxy, **{"X-Forwarded-Proto": "https"}
            )

            assert (plain, secure) == (301, 200)
            assert "csrf_token" in text
            assert 'route="auth-csrf"' in ask(containers.port, "/metrics")[1]

    def test_the_worker_works_and_stops_when_told_to(
        self, containers: Containers, database_url: str
    ) -> None:
        with containers.started("worker"):
            deadline = time.monotonic() + START_S
            while not jobs_deferred(database_url):
                assert time.monotonic() < deadline
                time.sleep(0.2)

    def test_the_documented_production_settings_pass_the_deployment_checks(
        self, containers: Containers
    ) -> None:
        environment = {**containers.environment("api"), "CACHE_URL": "redis://cache:6379/0"}
        done = subprocess.run(
            [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
            cwd=BACKEND,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

        assert done.returncode == 0, done.stderr
        # Silenced are axes.W002 and two warnings about HSTS (config/settings.py says why).
        assert "no issues (3 silenced)" in done.stdout
