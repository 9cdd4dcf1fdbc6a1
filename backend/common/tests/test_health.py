"""Probes get their answer in any network, and learn names only."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache.backends.locmem import LocMemCache
from django.db import OperationalError, connection
from django.test import Client
from redis.exceptions import ConnectionError as RedisConnectionError

from common import health
from common.models import SqlFunction

PROBES = ("/healthz", "/readyz", "/metrics")
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _forgotten_readiness() -> Iterator[None]:
    health._readiness = health._Readiness()
    yield
    health._readiness = health._Readiness()


@pytest.mark.parametrize("path", PROBES)
class TestAnyProbe:
    def test_a_probe_is_answered_under_any_host_without_https(
        self, client: Client, settings: Any, path: str
    ) -> None:
        settings.SECURE_SSL_REDIRECT = True

        response = client.get(path, headers={"Host": "10.1.2.3:8000 odd"})

        assert response.status_code == 200
        assert response["Cache-Control"] == "no-store"
        assert not response.cookies

    def test_a_probe_can_only_be_read(self, client: Client, path: str) -> None:
        response = client.post(path)

        assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")
        assert client.head(path).status_code == 200


class TestHealthz:
    def test_healthz_needs_no_database(
        self, client: Client, django_assert_num_queries: Any
    ) -> None:
        with django_assert_num_queries(0):
            assert client.get("/healthz").json() == {"status": "ok"}


class TestReadyz:
    def test_a_ready_server_answers_200(self, client: Client) -> None:
        response = client.get("/readyz")

        assert (response.status_code, response.json()) == (200, {"status": "ok"})

    def test_complete_migrations_are_looked_up_once(
        self, client: Client, django_assert_num_queries: Any
    ) -> None:
        client.get("/readyz")

        with django_assert_num_queries(1):
            client.get("/readyz")

    def test_a_dead_database_is_named(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse() -> None:
            raise OperationalError("could not connect as kibeezy with password s3cret")

        monkeypatch.setattr(connection, "cursor", refuse)

        response = client.get("/readyz")

        assert response.status_code == 503
        assert response.json() == {"status": "unavailable", "failing": ["database"]}

    def test_a_missing_migration_is_named(self, client: Client) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE app = 'users'")

        assert client.get("/readyz").json()["failing"] == ["migrations"]

    def test_functions_that_differ_from_the_files_are_named(
        self, client: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        SqlFunction.objects.filter(file__endswith="deposit.sql").update(file_sha256="another")

        response = client.get("/readyz")

        assert (response.status_code, response.json()["failing"]) == (503, ["functions"])
        assert "deposit.sql has changed since it was installed" in caplog.text

    def test_a_guard_that_was_switched_off_is_named(self, client: Client) -> None:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE wallet_journalentry DISABLE TRIGGER USER")

        assert client.get("/readyz").json()["failing"] == ["functions"]

    def test_a_ready_server_stays_ready_while_another_version_migrates(
        self, client: Client
    ) -> None:
        client.get("/readyz")
        SqlFunction.objects.filter(file__endswith="deposit.sql").update(file_sha256="another")
        health._readiness.functions_hold_until = 0.0

        response = client.get("/readyz")

        assert response.status_code == 200
        assert response.json() == {"status": "ok", "database": "changed by another version"}

    def test_a_change_by_hand_is_named_even_if_a_newer_release_is_installed(
        self, client: Client
    ) -> None:
        SqlFunction.objects.update(release="99.0.0")
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE wallet_journalentry DISABLE TRIGGER USER")

        assert client.get("/readyz").json()["failing"] == ["functions"]

    def test_a_difference_is_not_looked_up_again_at_once(
        self, client: Client, django_assert_num_queries: Any
    ) -> None:
        SqlFunction.objects.filter(file__endswith="deposit.sql").update(file_sha256="another")
        client.get("/readyz")

        with django_assert_num_queries(1):
            assert client.get("/readyz").status_code == 503

    def test_old_code_stays_ready_beside_a_newer_release(self, client: Client) -> None:
        SqlFunction.objects.update(file_sha256="another", release="99.0.0")

        response = client.get("/readyz")

        assert response.status_code == 200
        assert response.json() == {"status": "ok", "database": "of a newer release"}

    def test_a_dead_cache_is_named(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object, **__: object) -> None:
            raise RedisConnectionError

        monkeypatch.setattr(LocMemCache, "set", refuse)

        assert client.get("/readyz").json()["failing"] == ["cache"]

    def test_a_cache_that_forgets_is_named(self, client: Client, settings: Any) -> None:
        settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}

        assert client.get("/readyz").json()["failing"] == ["cache"]


class TestMetrics:
    def test_requests_are_counted_by_route_and_never_by_path(self, client: Client) -> None:
        client.get("/api/auth/csrf/?phone=0712345678")
        client.get("/api/payments/callback/secret-token/x")
        client.generic("BREW", "/nowhere")

        text = client.get("/metrics").content.decode()

        assert 'http_requests_total{method="GET",route="auth-csrf",status="200"}' in text
        assert 'http_requests_total{method="OTHER",route="unmatched",status="404"}' in text
        assert (
            'http_request_duration_seconds_bucket{le="0.005",method="GET",route="auth-csrf"}'
            in text
        )
        assert "secret-token" not in text
