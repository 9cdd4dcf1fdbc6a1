"""Pages for people who read the API in a browser: index, docs, schema, static files."""

import re
from contextlib import closing
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

pytestmark = pytest.mark.django_db


class TestIndex:
    def test_the_index_links_every_address_without_parameters(self, client: Client) -> None:
        links = client.get("/api/").json()

        assert links["auth-me"] == "http://testserver/api/auth/me/"
        assert links["docs"] == "http://testserver/api/docs/"
        assert all("<" not in link and "/admin/" not in link for link in links.values())

    def test_a_browser_sees_a_page_with_a_log_in_link(self, client: Client) -> None:
        page = client.get("/api/", headers={"Accept": "text/html"}).content.decode()

        assert "/api/auth/browser/login/?next=/api/" in page

    @pytest.mark.parametrize(("path", "target"), [("/", "/api/"), ("/admin", "/admin/")])
    def test_short_addresses_redirect(self, client: Client, path: str, target: str) -> None:
        assert client.get(path)["Location"] == target


class TestPolicy:
    @pytest.mark.parametrize("path", ["/api/docs/", "/api/", "/api/auth/browser/login/"])
    def test_pages_run_no_script_of_their_own_text(self, client: Client, path: str) -> None:
        response = client.get(path, headers={"Accept": "text/html"})

        assert "script-src 'self';" in response["Content-Security-Policy"] + ";"
        scripts = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", response.content.decode())
        assert all("application/json" in attributes for attributes in scripts)
        assert not re.search(r"<[^>]+\son\w+=", response.content.decode())

    @pytest.mark.parametrize("path", ["/api/docs/", "/api/"])
    def test_every_file_that_a_page_loads_is_ours_and_exists(
        self, client: Client, path: str
    ) -> None:
        page = client.get(path, headers={"Accept": "text/html"}).content.decode()

        loaded = re.findall(r'<(?:script|link)[^>]+(?:src|href)="([^"]+)"', page)
        assert loaded
        for address in loaded:
            assert address.startswith(("/", "data:")), address
            if address.startswith("/"):
                with closing(client.get(address)) as response:
                    assert response.status_code == 200, address


class TestSchema:
    @pytest.fixture
    def schema(self, client: Client) -> Any:
        return client.get("/api/schema/?format=json").json()

    def test_every_operation_of_sign_in_names_its_errors(self, schema: Any) -> None:
        for path, operations in schema["paths"].items():
            if path.startswith("/api/auth/") and path != "/api/auth/csrf/":
                for operation in operations.values():
                    errors = {s: a for s, a in operation["responses"].items() if s >= "400"}
                    assert errors
                    for answer in errors.values():
                        content = answer["content"]["application/json"]["schema"]
                        assert content == {"$ref": "#/components/schemas/Error"}

    @pytest.mark.parametrize(
        ("form", "media_type"),
        [("json", "application/vnd.oai.openapi+json"), ("yaml", "application/vnd.oai.openapi")],
    )
    def test_the_schema_is_made_once(
        self, client: Client, form: str, media_type: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = client.get(f"/api/schema/?format={form}&a=1")
        monkeypatch.setattr(SchemaGenerator, "get_schema", lambda *_, **__: pytest.fail("again"))
        again = client.get(f"/api/schema/?format={form}&a=2&lang=sw")

        assert first.content == again.content
        assert again["Content-Type"].startswith(media_type)

    def test_the_schema_describes_the_error_envelope(self, schema: Any) -> None:
        envelope = schema["components"]["schemas"]["Error"]

        assert set(envelope["required"]) == {"error", "customer_message", "code"}
        assert set(envelope["properties"]) == {
            "error", "customer_message", "code", "fields", "transaction_id", "retry_after", "money",
        }  # fmt: skip

    def test_the_schema_describes_the_ways_to_sign_in(self, schema: Any) -> None:
        schemes = schema["components"]["securitySchemes"]

        assert schemes["token"]["name"] == "Authorization"
        assert schemes["session"]["in"] == "cookie"
        assert schemes["developmentHeader"]["name"] == "X-User-Phone-Number"
