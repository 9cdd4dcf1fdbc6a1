"""No log line has a client's whole address, whichever way a request takes."""

import json
import logging
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Any

import pytest
from django.test import Client

from common import logs
from common.logs import MaskingJsonFormatter
from payments.tests.building import PHONE, TOKEN, make_customer, make_deposit, success_body

pytestmark = pytest.mark.django_db

V4, V6 = "203.0.113.77", "2001:db8:12:3456:7890:abcd:ef01:2345"
#: What a line about a sign-in may say of them: /24 and /48.
_SHOWN = {V4: "203.0.113.0", V6: "2001:db8:12::"}


class Kept(logging.Handler):
    """Keeps each line as production writes it."""

    def __init__(self) -> None:
        super().__init__()
        self.addFilter(logs.RequestIdFilter())
        self.setFormatter(MaskingJsonFormatter())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line."""
        self.lines.append(self.format(record))


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """Return the lines that are written."""
    handler = Kept()
    logging.getLogger().addHandler(handler)
    yield handler.lines
    logging.getLogger().removeHandler(handler)


def _post(path: str, body: Any, address: str, **headers: str) -> Any:
    sent = body if isinstance(body, bytes) else json.dumps(body)
    forwarded = {"X-Forwarded-For": address, **headers}
    return Client(raise_request_exception=False).post(
        path, sent, content_type="application/json", REMOTE_ADDR=address, headers=forwarded
    )


def _log_in(address: str) -> None:
    for _ in range(12):
        _post("/api/auth/login/", {"phone_number": PHONE, "password": "wrong"}, address)


def _sign_up(address: str) -> None:
    details = {"phone_number": "254712000001", "password": "sufuria-matatu", "full_name": "Njeri"}
    _post("/api/auth/signup/", details, address)


def _call_back(address: str) -> None:
    make_deposit()
    _post(f"/api/payments/callback/{TOKEN}/", success_body(), address)
    _post("/api/payments/callback/", success_body(), address)
    _post("/api/payments/callback/", b"{", address)


def _admin(address: str) -> None:
    Client().post("/admin/login/", {"username": PHONE, "password": "wrong"}, REMOTE_ADDR=address)


def _page_error(address: str) -> None:
    _post("/api/page-errors/", {"kind": "error", "message": "x is undefined"}, address)


def _odd(address: str) -> None:
    _post("/api/nowhere/", {}, address)
    _post("/api/auth/login/", b"[" * 70_000, address)
    _post("/api/auth/login/", {}, address, Host="elsewhere.example")


@pytest.mark.parametrize("address", [V4, V6])
@pytest.mark.parametrize("way", [_log_in, _sign_up, _call_back, _admin, _page_error, _odd])
def test_no_line_has_the_address(
    way: Callable[[str], None], address: str, lines: list[str], settings: Any
) -> None:
    make_customer("254712999999")
    settings.TRUSTED_PROXY_COUNT = 0

    way(address)

    assert lines
    forms = {address, ip_address(address).exploded}
    assert [line for line in lines if any(form in line for form in forms)] == []


@pytest.mark.parametrize("address", [V4, V6])
def test_a_line_about_a_sign_in_shows_its_beginning(address: str, lines: list[str]) -> None:
    make_customer()

    _log_in(address)

    shown = {json.loads(line)["network"] for line in lines if "network" in line}
    assert shown == {_SHOWN[address]}
