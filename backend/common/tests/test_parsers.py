"""JSON with a key twice in one object is refused, wherever it stands."""

from io import BytesIO

import pytest
from django.test import Client
from rest_framework.exceptions import ParseError

from common.parsers import StrictJSONParser


def parse(body: bytes) -> object:
    """Parse a body as a view does."""
    return StrictJSONParser().parse(BytesIO(body), "application/json", {"encoding": "utf-8"})


@pytest.mark.parametrize(
    "body",
    [
        b'{"amount": 1, "amount": 1}',
        b'{"amount": 1, "a": 2, "amount": 3}',
        b'{"a": {"b": 1, "b": 2}}',
        b'[{"a": 1}, {"b": 1, "b": 2}]',
        b'{"a": 1, "\\u0061": 2}',
    ],
)
def test_a_key_twice_in_one_object_is_refused(body: bytes) -> None:
    with pytest.raises(ParseError):
        parse(body)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"a": 1, "A": 2}', {"a": 1, "A": 2}),
        (b'[{"a": 1}, {"a": 2}]', [{"a": 1}, {"a": 2}]),
        (b'{"a": {"a": 1}}', {"a": {"a": 1}}),
    ],
)
def test_the_same_key_in_two_objects_is_accepted(body: bytes, expected: object) -> None:
    assert parse(body) == expected


@pytest.mark.django_db
def test_a_view_answers_400(client: Client) -> None:
    body = b'{"phone_number": "0712345678", "password": "a", "password": "b"}'

    response = client.post("/api/auth/login/", body, "application/json")

    assert response.status_code == 400
    assert response.json()["code"] == "parse_error"
