"""What the server hands over is read as UTF-8; nothing in it breaks the reading itself."""

import json
import time
from io import BytesIO
from typing import Any

import pytest

from config.wsgi import application

_PART = b'--a\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n--a--\r\n'
_TOKEN = "a" * 32

pytestmark = pytest.mark.django_db


def _ask(path: str, content_type: str, body: bytes = b"", **more: str) -> tuple[int, bytes]:
    """Send a request as granian does, past the test client, which builds its own."""
    path, _, query = path.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST" if body else "GET",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        **more,
    }
    statuses: list[str] = []

    def start(status: str, *_: Any) -> Any:
        statuses.append(status)

    answer = b"".join(application(environ, start))
    return int(statuses[0][:3]), answer


@pytest.mark.parametrize("charset", ["rot13", "zlib", "undefined", "nonsense", "utf-16", "utf-8"])
class TestCharset:
    def test_an_unknown_charset_is_ignored_where_there_is_no_body(self, charset: str) -> None:
        content_type = f"application/json; charset={charset}"

        assert _ask("/healthz?a=1", content_type)[0] == 200
        assert _ask("/api/auth/csrf/?a=1", content_type)[0] == 200

    @pytest.mark.parametrize("path", ["/admin/login/", "/api/auth/browser/login/"])
    @pytest.mark.parametrize(
        "form", ["multipart/form-data; boundary=a", "application/x-www-form-urlencoded"]
    )
    def test_an_unknown_charset_of_a_form_is_ignored(
        self, charset: str, path: str, form: str
    ) -> None:
        status, _ = _ask(
            path, f"{form}; charset={charset}", _PART,
            HTTP_COOKIE=f"csrftoken={_TOKEN}", HTTP_X_CSRFTOKEN=_TOKEN,
        )  # fmt: skip

        assert status < 500

    def test_json_is_utf_8(self, charset: str) -> None:
        body = '{"full_name": "Wanjirũ"}'.encode()

        status, answer = _ask("/api/auth/login/", f"application/json; charset={charset}", body)

        assert status == 400
        assert set(json.loads(answer)["fields"]) == {"phone_number", "password"}


@pytest.mark.parametrize(
    "content_type",
    ["application/json; x*=nonsense''%41", "application/json; x*=rot13''%41", "a/b; " + "x" * 9000],
)
def test_an_unreadable_content_type_is_refused(content_type: str) -> None:
    assert _ask("/healthz?a=1", content_type)[0] == 200
    assert _ask("/api/auth/login/", content_type, b"[]")[0] in (400, 415)


def test_too_many_fields_are_refused_whatever_their_charset() -> None:
    status, answer = _ask(f"/api/auth/csrf/?{'a=1&' * 600}", "text/plain; charset=utf-8")

    assert status == 400
    assert b"bad_request" in answer


def test_a_content_type_without_end_is_no_work() -> None:
    started = time.thread_time()

    status, _ = _ask("/api/auth/login/", "application/json" + "; a=1" * 80_000, b"{}")

    assert status == 415
    assert time.thread_time() - started < 0.5
