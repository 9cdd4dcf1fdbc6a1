"""Content-Security-Policy and CORS: data answers may load nothing, pages only what they need."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

pytestmark = pytest.mark.django_db

HTML = {"Accept": "text/html"}


def _policy(response: Any) -> dict[str, str]:
    header = response["Content-Security-Policy"]
    return dict(part.strip().partition(" ")[::2] for part in header.split(";"))


class TestPolicy:
    @pytest.mark.parametrize(
        "path", ["/api/", "/api/auth/me/", "/api/auth/csrf/", "/api/schema/", "/api/nowhere/"]
    )
    def test_data_answers_may_load_and_run_nothing(self, client: Client, path: str) -> None:
        policy = _policy(client.get(path))

        assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
        assert policy["form-action"] == policy["base-uri"] == "'none'"
        assert "style-src" not in policy

    @pytest.mark.parametrize("path", ["/api/", "/api/docs/", "/api/auth/browser/login/"])
    def test_pages_of_the_api_may_write_styles_into_elements(
        self, client: Client, path: str
    ) -> None:
        policy = _policy(client.get(path, headers=HTML))

        assert policy["style-src"] == "'self' 'unsafe-inline'"
        assert policy["script-src"] == policy["form-action"] == "'self'"
        assert policy["default-src"] == "'none'"

    @pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/admin/users/user/"])
    def test_the_admin_may_not_use_inline_styles_and_does_not(
        self, client: Client, path: str
    ) -> None:
        if path != "/admin/login/":
            client.force_login(
                get_user_model().objects.create_superuser("0700000001", "passphrase-x")
            )

        response = client.get(path)

        assert response.status_code == 200
        assert _policy(response)["style-src"] == _policy(response)["script-src"] == "'self'"
        page = response.content.decode()
        assert " style=" not in page
        assert "<style" not in page


class TestOtherHeaders:
    @pytest.mark.parametrize("path", ["/api/auth/me/", "/api/docs/", "/admin/login/"])
    def test_the_security_headers_are_on_every_answer(self, client: Client, path: str) -> None:
        response = client.get(path, headers=HTML)

        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["X-Frame-Options"] == "DENY"
        assert response["Referrer-Policy"] == "same-origin"
        assert response["Cross-Origin-Opener-Policy"] == "same-origin"

    def test_browsers_are_told_to_use_https_only(self, client: Client, settings: Any) -> None:
        settings.SECURE_HSTS_SECONDS = 31_536_000

        assert client.get("/api/", secure=True)["Strict-Transport-Security"].startswith("max-age=3")


class TestOtherOrigins:
    @pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://testserver.evil"])
    @pytest.mark.parametrize("method", ["get", "options"])
    def test_no_other_origin_may_read_by_default(
        self, client: Client, origin: str, method: str
    ) -> None:
        headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}

        response = getattr(client, method)("/api/auth/me/", headers=headers)

        assert not [name for name in response.headers if name.startswith("Access-Control-Allow")]

    def test_an_origin_in_the_setting_may_read(self, client: Client, settings: Any) -> None:
        settings.CORS_ALLOWED_ORIGINS = ["https://app.example"]

        headers = {"Origin": "https://app.example"}
        assert client.get("/api/", headers=headers)["Access-Control-Allow-Origin"] == (
            "https://app.example"
        )
        headers = {"Origin": "https://evil.example"}
        assert "Access-Control-Allow-Origin" not in client.get("/api/", headers=headers)
