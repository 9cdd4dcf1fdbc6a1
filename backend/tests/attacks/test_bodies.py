"""Malformed bodies, queries and paths: refused, or read as what they are, never a 5xx."""

import itertools
import json
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from tests.attacks.world import UNSAFE, Attack, addresses, signed_in

_FIELDS = (
    "amount", "phone_number", "password", "full_name", "id_number", "date_of_birth", "daily_cap",
    "weekly_cap", "days", "months", "new_phone_number", "current_password", "new_password",
    "kind", "message", "where", "stack",
)  # fmt: skip
_DEEP: Any = []
for _ in range(400):
    _DEEP = [_DEEP]
_VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 1.5, 10**400, 9.9e300, "", "\x00", "500\x00", "\u0665\u0660\u0660",
    "\ud800", "'; DROP TABLE payments_transaction; --", "1 OR 1=1", "{{7*7}}", "${jndi:ldap://x}",
    "500\r\nX-Injected: yes", "x" * 20_000, [], [500], {}, {"$gt": 0}, _DEEP,
)  # fmt: skip
_RAW = (
    b"[" * 60_000, b'{"a":' * 12_000, b'{"amount": ' + b"9" * 60_000 + b"}", b'{"amount": NaN}',
    b'{"amount": Infinity}', b'{"amount": 1e999999}', b'{"amount": 500, "amount": "x"}',
    b'{"amount": "\\ud800"}', b"\xff\xfe\x00", b"\x00", b"", b"null", b"[]", b'"500"', b"{} {}",
    b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", b'{"__proto__": {}}',
)  # fmt: skip
_TEXTS = (
    "\x00", "1\x00", "\u0661", "1'--", "1;SELECT pg_sleep(9)", "-1", "0", "9" * 30, "1e9", "NaN",
    "../../etc/passwd", "%00", "\r\nSet-Cookie: a=b", "{{7*7}}", "x" * 5000, "2026-13-45",
    "0001-01-01T00:00:00", "9999-12-31T23:59:59.999999Z", "\u202e",
)  # fmt: skip


_HEADERS = (
    "Idempotency-Key", "Authorization", "Cookie", "Accept", "Accept-Language", "Content-Type",
    "X-Request-ID", "X-CSRFToken", "X-Forwarded-For", "Origin", "Referer", "User-Agent", "Range",
    "If-Modified-Since", "Content-Encoding",
)  # fmt: skip
#: As WSGI hands them over: each byte one character.
_HEADER_VALUES = (
    "\x00", "\xe9", "a\r\nX-Injected: yes", "x" * 20_000, "\xd9\xa1", "*/*;q=x",
)  # fmt: skip


def _assert_sound(response: Any, *context: object) -> None:
    assert response.status_code < 500, context
    assert "X-Injected" not in response
    assert "Traceback" not in response.content.decode("utf-8", "replace"), context


def _clients(attack: Attack) -> tuple[Client, Client]:
    return Client(raise_request_exception=False), signed_in(attack.attacker)


def _send_everywhere(client: Client, body: bytes) -> None:
    for address in addresses():
        for method in address.methods:
            if method in UNSAFE and "logout" not in address.path:
                response = client.generic(method.upper(), address.path, body, "application/json")
                _assert_sound(response, method, address.path, body[:60])


def test_no_body_is_answered_with_a_5xx(attack: Attack) -> None:
    for body in _RAW:
        for client in _clients(attack):
            _send_everywhere(client, body)


def test_no_value_is_answered_with_a_5xx(attack: Attack) -> None:
    for value in _VALUES:
        body = json.dumps(dict.fromkeys(_FIELDS, value)).encode()
        for client in _clients(attack):
            _send_everywhere(client, body)


@pytest.mark.parametrize("length", [64 * 1024 + 1, 1024 * 1024])
def test_a_large_body_is_refused_unread(attack: Attack, length: int) -> None:
    body = b'{"amount": "' + b"x" * length + b'"}'

    for address in addresses():
        for method in set(address.methods) & set(UNSAFE):
            response = signed_in(attack.attacker).generic(
                method.upper(), address.path, body, "application/json"
            )
            assert response.status_code == 413, (method, address.path)


def test_no_query_is_answered_with_a_5xx(attack: Attack) -> None:
    names = (
        "status", "type", "created_after", "created_before", "cursor", "from", "to", "format",
        "page_size", "id", "q", "next", "lang",
    )  # fmt: skip
    client = signed_in(attack.attacker)

    for text in _TEXTS:
        for address in addresses():
            if "get" in address.methods:
                response = client.get(address.path, dict.fromkeys(names, text))
                _assert_sound(response, address.path, text)


def test_no_path_is_answered_with_a_5xx(attack: Attack) -> None:
    client = signed_in(attack.attacker)

    for text in _TEXTS:
        for pattern in (
            "/api/payments/transactions/{}/", "/api/payments/transactions/{}/status/",
            "/api/payments/callback/{}/", "/api/{}", "/{}",
        ):  # fmt: skip
            path = pattern.format(quote(text))
            _assert_sound(client.get(path), path)
            _assert_sound(client.post(path, b"{}", "application/json"), path)


def test_no_header_is_answered_with_a_5xx(attack: Attack) -> None:
    client = signed_in(attack.attacker)

    for name, value in itertools.product(_HEADERS, _HEADER_VALUES):
        for path in ("/api/auth/me/", "/api/payments/stk-push/", "/admin/login/"):
            _assert_sound(client.get(path, headers={name: value}), name, path)
        response = client.post(
            "/api/payments/stk-push/", {"amount": 0}, "application/json", headers={name: value}
        )
        _assert_sound(response, name)
