"""SMS that the app sends, which the customer reads on the phone."""

import httpx
import pytest

from .harness import PHONE, SimulatorClient

_FORM = {"username": "sandbox", "to": f"+{PHONE}", "message": "123456 is your code"}


def send(client: SimulatorClient, form: dict[str, str], **headers: str) -> httpx.Response:
    """Send as an app would."""
    return client.http.post("/version1/messaging", data=form, headers={"apiKey": "any", **headers})


def test_the_phone_shows_it(manual: SimulatorClient) -> None:
    answer = send(manual, _FORM)

    assert answer.status_code == 201
    (row,) = answer.json()["SMSMessageData"]["Recipients"]
    assert (row["statusCode"], row["number"]) == (101, f"+{PHONE}")
    messages = manual.http.get(f"/control/customers/{PHONE}").json()["messages"]
    assert messages[0]["text"] == _FORM["message"]


def test_each_recipient_has_a_row(manual: SimulatorClient) -> None:
    rows = send(manual, {**_FORM, "to": f"{PHONE}, 12345"}).json()["SMSMessageData"]["Recipients"]

    assert [row["statusCode"] for row in rows] == [101, 403]


@pytest.mark.parametrize("name", ["username", "to", "message"])
def test_what_is_missing_is_named(manual: SimulatorClient, name: str) -> None:
    answer = send(manual, {key: value for key, value in _FORM.items() if key != name})

    assert answer.status_code == 400
    assert name in answer.text


def test_a_request_without_a_key(manual: SimulatorClient) -> None:
    answer = manual.http.post("/version1/messaging", data=_FORM)

    assert answer.status_code == 401


def test_only_posts(manual: SimulatorClient) -> None:
    assert manual.http.get("/version1/messaging").status_code == 405
