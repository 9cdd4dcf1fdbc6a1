"""Answers are compressed only where nothing in them was chosen by who asked."""

import gzip
import json
from typing import Any

import pytest
from django.test import Client

from common import compression
from payments.tests.building import make_customer, make_deposit

pytestmark = pytest.mark.django_db

LIST = "/api/payments/transactions/"
#: In the chain, where LIST is answered by the edge.
CHAIN = "/api/schema/"


@pytest.fixture
def client() -> Client:
    """A customer with ten deposits, signed in by a session."""
    user = make_customer()
    for number in range(10):
        make_deposit(user, checkout_request_id=f"ws_CO_{number}", token=f"token-{number}")
    client = Client()
    client.force_login(user)
    return client


def ask(client: Client, path: str = LIST, **headers: str) -> Any:
    return client.get(path, headers={"Accept-Encoding": "gzip, br", **headers})


@pytest.mark.parametrize("path", [LIST, CHAIN])
def test_a_long_answer_to_a_bare_get_is_compressed(client: Client, path: str) -> None:
    response = ask(client, path, Accept="application/json" if path == LIST else "*/*")

    plain = client.get(path, headers={"Accept": "application/json" if path == LIST else "*/*"})
    assert response["Content-Encoding"] == "gzip"
    assert int(response["Content-Length"]) == len(response.content)
    assert len(response.content) * 3 < len(plain.content)
    assert gzip.decompress(response.content) == plain.content
    assert "Accept-Encoding" in response["Vary"]
    assert "Accept-Encoding" in plain["Vary"]


def test_its_length_is_blurred(client: Client) -> None:
    lengths = {len(ask(client).content) for _ in range(20)}

    assert len(lengths) > 3


@pytest.mark.parametrize(
    "path",
    [
        LIST + "?page_size=10",
        LIST + "?chosen=" + "a" * 600,
        # A token stands beside nothing that is compressed.
        "/api/auth/csrf/",
        "/api/auth/me/",
        # Too short.
        "/api/wallet/",
    ],
)
def test_what_repeats_the_request_holds_a_secret_or_is_short_is_not(
    client: Client, path: str
) -> None:
    assert not ask(client, path).has_header("Content-Encoding")


@pytest.mark.parametrize(
    ("site", "compressed"),
    [("same-origin", True), ("none", True), ("same-site", False), ("cross-site", False)],
)
def test_what_another_site_asked_for_is_not(client: Client, site: str, compressed: bool) -> None:
    response = ask(client, **{"Sec-Fetch-Site": site})

    assert response.has_header("Content-Encoding") is compressed


@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [
        ("gzip", True),
        ("br;q=1, GZIP ; q=0.1", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("br", False),
        ("", False),
        ("xgzip", False),
    ],
)
def test_the_client_says_whether_it_takes_it(
    client: Client, accepted: str, compressed: bool
) -> None:
    response = ask(client, **{"Accept-Encoding": accepted})

    assert response.has_header("Content-Encoding") is compressed


def test_errors_and_answers_to_other_methods_are_not(client: Client) -> None:
    body = json.dumps({"amount": "x" * 2000})

    missing = ask(client, LIST + "x" * 900)
    pushed = client.post(
        "/api/payments/stk-push/",
        data=body,
        content_type="application/json",
        headers={"Accept-Encoding": "gzip"},
    )
    assert (missing.status_code, pushed.status_code) == (404, 400)
    assert not missing.has_header("Content-Encoding")
    assert not pushed.has_header("Content-Encoding")
    assert not client.head(LIST, headers={"Accept-Encoding": "gzip"}).has_header("Content-Encoding")


def test_a_short_list_stays_as_it_is(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "MIN_BYTES", len(client.get(LIST).content) + 1)

    assert not ask(client).has_header("Content-Encoding")
