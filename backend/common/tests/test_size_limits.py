"""Too large a body or query is refused before anything reads it, whatever its length claims."""

from io import BytesIO
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from common.size_limits import SizeLimitMiddleware, is_plain

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
    def test_a_malformed_length_is_400(self, client: Client, length: str) -> None:
        response = client.post("/api/auth/login/", b"{}", "application/json", CONTENT_LENGTH=length)

        assert response.status_code == 400

    def test_the_limit_of_the_declared_length_guards_every_path(self, client: Client) -> None:
        # The token check would have a multipart body read, and its files written to disk.
        parts = b"--a\r\n" + b" " * LIMIT

        response = client.post("/admin/login/", parts, "multipart/form-data; boundary=a")

        assert response.status_code == 413
        assert response.content == b""


class TestLargeBodies:
    """Only where operators upload a statement may a body be larger, up to a limit of its own."""

    UPLOAD = "/admin/payments/statementimport/add/"

    @pytest.mark.parametrize(
        ("path", "length", "status"),
        [
            (UPLOAD, LIMIT + 1, 302),
            (UPLOAD, 64 * 1024 * 1024, 302),
            (UPLOAD, 64 * 1024 * 1024 + 1, 413),
            (UPLOAD + "x", LIMIT + 1, 413),
            ("/admin/payments/statementimport/", LIMIT + 1, 413),
        ],
    )
    @pytest.mark.django_db
    def test_a_stranger_is_asked_who_they_are_before_anything_is_read(
        self, client: Client, path: str, length: int, status: int
    ) -> None:
        response = client.post(
            path, b"", "multipart/form-data; boundary=a", CONTENT_LENGTH=str(length)
        )

        assert response.status_code == status


class TestQuery:
    @pytest.mark.parametrize("path", ["/api/auth/csrf/", "/admin/login/", "/nowhere"])
    @pytest.mark.parametrize("debug", [True, False])
    def test_too_many_fields_are_400(
        self, client: Client, settings: Any, path: str, debug: bool
    ) -> None:
        settings.DEBUG = debug

        assert client.get(f"{path}?{'a=1&' * 500}").status_code == 400

    def test_as_many_fields_as_allowed_pass(self, client: Client) -> None:
        assert client.get(f"/api/auth/csrf/?{'&'.join(['a=1'] * 500)}").status_code == 200


class TestChunks:
    def test_too_many_bytes_in_chunks_are_413(self, client: Client) -> None:
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


class TestPlain:
    @given(
        st.sampled_from(
            ["", "0", "65536", "65537", "007", "9" * 12, "1_0", "-1", "\u0665", "+5", "x"]
        ),
        st.sampled_from(["", "a=1", "&" * 499, "&" * 500]),
        st.sampled_from([None, "chunked", "identity"]),
    )
    def test_a_plain_request_passes_every_size_limit(
        self, length: str, query: str, encoding: str | None
    ) -> None:
        environ: dict[str, Any] = {
            "CONTENT_LENGTH": length,
            "QUERY_STRING": query,
            "wsgi.input": BytesIO(b"{}"),
        }
        if encoding is not None:
            environ["HTTP_TRANSFER_ENCODING"] = encoding
        request = RequestFactory().get("/api/", **environ)
        if not is_plain(request):
            return

        assert SizeLimitMiddleware(lambda _: HttpResponse())(request).status_code == 200
        assert request.META["CONTENT_LENGTH"] == length

    def test_an_ordinary_request_is_plain(self) -> None:
        assert is_plain(RequestFactory().get("/api/", {"page": "2"}))
        assert is_plain(RequestFactory().post("/api/", b"{}", "application/json"))

    def test_a_request_with_a_body_in_chunks_is_not_plain(self) -> None:
        assert not is_plain(RequestFactory().get("/api/", **_chunked(b"{}")))


class TestFrames:
    """HTTP/2 says a body's length by its last frame, and by no header."""

    @pytest.mark.django_db
    def test_a_body_without_a_length_is_read(self, client: Client) -> None:
        sent: dict[str, Any] = {
            "wsgi.input": BytesIO(b'{"phone_number": "x", "password": "y"}'),
            "CONTENT_LENGTH": "",
            "CONTENT_TYPE": "application/json",
            "SERVER_PROTOCOL": "HTTP/2",
        }

        assert client.generic("POST", "/api/auth/login/", **sent).status_code == 401

    @pytest.mark.parametrize(
        ("method", "protocol", "expected"),
        [
            ("POST", "HTTP/2", False),
            ("POST", "HTTP/2.0", False),
            ("POST", "HTTP/1.1", True),
            ("GET", "HTTP/2", True),
        ],
    )
    def test_without_a_length_only_a_request_that_can_have_no_body_is_plain(
        self, method: str, protocol: str, expected: bool
    ) -> None:
        request = RequestFactory().generic(
            method, "/api/wallet/", SERVER_PROTOCOL=protocol, CONTENT_LENGTH=""
        )

        assert is_plain(request) is expected
