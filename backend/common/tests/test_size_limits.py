"""Too large a body or query is refused before anything reads it, whatever its length claims."""

from io import BytesIO
from typing import Any

import pytest
from django.test import Client, RequestFactory

from common.size_limits import SizeLimitMiddleware

LIMIT = 64 * 1024


def _chunked(body: bytes) -> dict[str, Any]:
    """What a server hands over for a body that came in chunks."""
    return {
        "wsgi.input": BytesIO(body),
        "CONTENT_LENGTH": "",
        "CONTENT_TYPE": "application/json",
        "HTTP_TRANSFER_ENCODING": "chunked",
    }


class TestDeclaredLength:
    def test_one_byte_too_many_is_413(self, client: Client) -> None:
        response = client.post("/api/auth/login/", b" " * (LIMIT + 1), "application/json")

        assert response.status_code == 413
        assert response.json()["code"] == "request_too_large"

    @pytest.mark.django_db
    def test_the_limit_itself_is_read(self, client: Client) -> None:
        body = b'{"phone_number": "x", "password": "y"}'.ljust(LIMIT)

        assert client.post("/api/auth/login/", body, "application/json").status_code == 401

    @pytest.mark.parametrize(
        "length", ["", "abc", "-5", "\u0665", "1_000", "9" * 5000, "1e9", "0x10"]
    )
    def test_a_senseless_length_is_400(self, client: Client, length: str) -> None:
        response = client.post("/api/auth/login/", b"{}", "application/json", CONTENT_LENGTH=length)

        assert response.status_code == 400

    def test_it_guards_every_path(self, client: Client) -> None:
        # The token check would have a multipart body read, and its files written to disk.
        parts = b"--a\r\n" + b" " * LIMIT

        response = client.post("/admin/login/", parts, "multipart/form-data; boundary=a")

        assert response.status_code == 413
        assert response.content == b""


class TestQuery:
    @pytest.mark.parametrize("path", ["/api/auth/csrf/", "/admin/login/", "/nowhere"])
    @pytest.mark.parametrize("debug", [True, False])
    def test_too_many_fields_are_400(
        self, client: Client, settings: Any, path: str, debug: bool
    ) -> None:
        settings.DEBUG = debug

        assert client.get(f"{path}?{'a=1&' * 200}").status_code == 400

    def test_as_many_as_allowed_pass(self, client: Client) -> None:
        assert client.get(f"/api/auth/csrf/?{'&'.join(['a=1'] * 200)}").status_code == 200


class TestChunks:
    def test_too_many_are_413(self, client: Client) -> None:
        response = client.generic(
            "POST", "/api/auth/login/", b"", "application/json", **_chunked(b" " * (LIMIT + 1))
        )

        assert response.status_code == 413

    def test_reading_stops_at_the_limit(self) -> None:
        stream = BytesIO(b" " * LIMIT * 10)
        request = RequestFactory().generic("POST", "/api/x/", b"", **_chunked(b""))
        request.environ["wsgi.input"] = stream

        SizeLimitMiddleware(lambda _: pytest.fail("it went on"))(request)

        assert stream.tell() == LIMIT + 1

    @pytest.mark.django_db
    def test_a_small_body_arrives_whole(self, client: Client) -> None:
        body = b'{"phone_number": "x", "password": "y"}'

        response = client.generic(
            "POST", "/api/auth/login/", b"", "application/json", **_chunked(body)
        )

        assert response.json()["code"] == "invalid_credentials"
