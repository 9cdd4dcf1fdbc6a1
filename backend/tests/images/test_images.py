"""Both images, as the compose file starts them: what they answer, hold, and leave alone."""

import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from devtools import images
from tests.deployment.containers import START_S, ask, empty_database, jobs_deferred
from tests.deployment.project import Dockerfile
from tests.images.image_containers import ImageContainers

_FROM_PROXY = {
    "Host": "yourdomain.com",
    "X-Forwarded-For": "41.90.1.2",
    "X-Forwarded-Proto": "https",
}
_UID = "import os; print(os.getuid())"


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    """Return an empty database of the containers' own."""
    with empty_database(settings.DATABASE_URL, "kibeezy_images") as url:
        yield url


@pytest.fixture(scope="module")
def containers(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ImageContainers]:
    """Return containers whose database is migrated, by the image itself."""
    store = images.Store(Path(os.environ[images.FOLDER]))
    store.call("rm", "--all")
    found = ImageContainers(store, database_url, tmp_path_factory.mktemp("containers"))
    found.run("migrate")
    yield found
    store.call("rm", "--all")


class TestBackend:
    def test_the_api_is_ready_and_writes_nothing_into_its_image(
        self, containers: ImageContainers
    ) -> None:
        since = time.time()
        with containers.started("api"):
            assert ask(containers.port, "/readyz") == (200, '{"status": "ok"}')
            containers.run("api", Dockerfile("backend").health_command())
            csrf, text = ask(containers.port, "/api/auth/csrf/", **_FROM_PROXY)
            style, _ = ask(containers.port, "/static/console/console.css", **_FROM_PROXY)
            admin, form = ask(containers.port, "/admin/login/", **_FROM_PROXY)

        assert (csrf, style, admin) == (200, 200, 200)
        assert "csrf_token" in text
        assert "/static/console/console.css" in form
        assert containers.written("api", since) == []

    def test_the_worker_works_and_stops_when_told_to(
        self, containers: ImageContainers, database_url: str
    ) -> None:
        since = time.time()
        with containers.started("worker"):
            deadline = time.monotonic() + START_S
            while not jobs_deferred(database_url):
                assert time.monotonic() < deadline
                time.sleep(0.2)

        assert containers.written("worker", since) == []

    def test_the_image_holds_the_product_and_no_tools_and_runs_as_user_nobody(
        self, containers: ImageContainers
    ) -> None:
        held = set(containers.run("api", ["ls", "/app"]).split())
        commands = containers.run("api", ["ls", "/venv/bin"]).split()

        assert {"config", "payments", "wallet", "manage.py"} <= held
        assert not held & {"tests", "devtools", "chaos", "daraja_simulator", "conftest.py", ".data"}
        assert not {"pip", "pytest", "ruff", "mypy"} & set(commands)
        assert containers.run("api", ["python", "-c", _UID]).split() == ["10001"]


class TestWeb:
    def test_the_page_is_served_and_writes_nothing_into_its_image(
        self, containers: ImageContainers
    ) -> None:
        since = time.time()
        with containers.started("api"), containers.started("web"):
            assert ask(containers.port, "/readyz")[0] == 200
            login, page = ask(containers.web_port, "/login")
            (script, *_) = re.findall(r'src="(/_next/static/[^"]+\.js)"', page)
            containers.run("web", Dockerfile("kibeezy-poly").health_command())
            asked = [
                ask(containers.web_port, path)[0] for path in (script, "/manifest.webmanifest")
            ]
            # The page passes on no word about HTTPS, so an address that is never redirected.
            forwarded, text = ask(
                containers.web_port, "/api/payments/callback/x/", Host=_FROM_PROXY["Host"]
            )

        assert login == 200
        assert asked == [200, 200]
        assert (forwarded, json.loads(text)["code"]) == (405, "method_not_allowed")
        assert containers.written("web", since) == []

    def test_the_page_does_not_run_as_root(self, containers: ImageContainers) -> None:
        assert containers.run("web", ["node", "-p", "process.getuid()"]).split() == ["1000"]
