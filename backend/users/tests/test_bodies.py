"""Whatever is posted, the answer is a 4xx in the envelope: never a crash, never HTML."""

import json
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

ROUTES = ("/api/auth/signup/", "/api/auth/login/", "/api/auth/token/")
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_FIELDS = st.sampled_from(["phone_number", "password", "full_name", "x"])


def _assert_refused(response: Any) -> None:
    assert 400 <= response.status_code < 500, response.content
    assert response["Content-Type"] == "application/json"
    assert {"error", "customer_message", "code"} <= response.json().keys()


@pytest.mark.django_db
@pytest.mark.parametrize("route", ROUTES)
class TestBodies:
    @pytest.mark.parametrize(
        "body",
        [
            b"", b"{", b"null", b"true", b"1", b'"text"', b"[]", b"[{}]", b"NaN", b"Infinity",
            b'{"phone_number": NaN}', b"\xff\xfe", b"\xef\xbb\xbf{}", b"\x00", b'{"a": "\x00"}',
            b"[" * 60_000, b'{"a":' * 10_000, b'{"phone_number": ' + b"1" * 60_000 + b"}",
            b'{"phone_number": 1e999999}', b'{"phone_number": "\\ud800", "password": "\\udfff"}',
            b'{"phone_number": "\\u0000", "password": "\\u0000"}', b"a=b", b"<a/>",
            b'{"phone_number": {"a": []}, "password": [[]], "full_name": {}}',
            b'{"phone_number": "0712345678", "phone_number": []}', b"{} {}", b"{'a': 1}",
            b"\xed\xa0\x80",
        ],
    )  # fmt: skip
    def test_malformed_bodies_are_refused(self, client: Client, route: str, body: bytes) -> None:
        _assert_refused(client.post(route, body, "application/json"))

    @pytest.mark.parametrize(
        "content_type",
        [
            "application/json; charset=utf-16", "application/json; charset=nonsense",
            "application/json;;;", "json", "*/*", "", "a/b/c",
            "application/json; charset=rot13", "application/json; charset=zlib",
        ],
    )  # fmt: skip
    def test_malformed_content_types(self, client: Client, route: str, content_type: str) -> None:
        # The test client's post() would encode the body as told, and stumble itself.
        _assert_refused(client.generic("POST", route, b'{"a": "b"}', content_type))

    @hypothesis_settings(
        max_examples=60, deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )  # fmt: skip
    @given(st.dictionaries(_FIELDS, _JSON, max_size=4) | _JSON)
    def test_any_json_is_refused_in_the_envelope(
        self, client: Client, route: str, body: Any
    ) -> None:
        _assert_refused(client.post(route, json.dumps(body).encode(), "application/json"))

    @hypothesis_settings(
        max_examples=60, deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )  # fmt: skip
    @given(st.binary(max_size=200))
    def test_any_bytes_are_refused_in_the_envelope(
        self, client: Client, route: str, body: bytes
    ) -> None:
        _assert_refused(client.post(route, body, "application/json"))
