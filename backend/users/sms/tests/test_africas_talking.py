"""Africa's Talking: what is sent, and what its answers mean."""

from collections.abc import Callable, Iterator
from urllib.parse import parse_qs

import httpx
import pytest

from users.sms import africas_talking
from users.sms.africas_talking import AfricasTalkingSender
from users.sms.sender import Receipt, Sent

_NUMBER = "254712345678"


def sender(
    answer: Callable[[httpx.Request], httpx.Response], sender_id: str = ""
) -> AfricasTalkingSender:
    """Return a sender whose requests are answered by a function."""
    return AfricasTalkingSender(
        base_url="https://sms.example",
        username="kibeezy",
        api_key="a-key",
        sender_id=sender_id,
        transport=httpx.MockTransport(answer),
    )


def answered(status: int, code: object) -> Receipt:
    """Return what is made of an answer with this statusCode."""
    row = {"statusCode": code, "messageId": "ATXid_9", "cost": "KES 0.8000"}
    body = {"SMSMessageData": {"Message": "Sent", "Recipients": [row]}}
    return sender(lambda _: httpx.Response(status, json=body)).send(_NUMBER, "Hello")


def test_one_form_with_the_key_in_the_header() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201)

    sender(answer, sender_id="KIBEEZY").send(_NUMBER, "Habari & karibu")

    (request,) = seen
    assert (request.method, str(request.url)) == (
        "POST", "https://sms.example/version1/messaging",
    )  # fmt: skip
    assert request.headers["apiKey"] == "a-key"
    assert request.headers["Accept"] == "application/json"
    assert parse_qs(request.content.decode()) == {
        "username": ["kibeezy"], "from": ["KIBEEZY"], "to": [f"+{_NUMBER}"],
        "message": ["Habari & karibu"],
    }  # fmt: skip


def test_without_a_sender_id_none_is_named() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert "from" not in parse_qs(request.content.decode())
        return httpx.Response(201)

    sender(answer).send(_NUMBER, "Hello")


@pytest.mark.parametrize(
    ("status", "code", "sent"),
    [
        (201, 100, Sent.TAKEN),
        (201, 101, Sent.TAKEN),
        (200, 102, Sent.TAKEN),
        (201, 401, Sent.REJECTED),
        (201, 405, Sent.REJECTED),
        (201, 406, Sent.REJECTED),
        (201, 500, Sent.UNKNOWN),
        (201, 502, Sent.UNKNOWN),
        (201, "101", Sent.UNKNOWN),
        (400, 101, Sent.REJECTED),
        (401, 101, Sent.REJECTED),
        (429, 101, Sent.NOT_SENT),
        (503, None, Sent.UNKNOWN),
    ],
)
def test_what_an_answer_means(status: int, code: object, sent: Sent) -> None:
    receipt = answered(status, code)

    assert receipt.sent is sent
    assert receipt.reference == ("ATXid_9" if sent is Sent.TAKEN else "")
    assert bool(receipt.failure) == (sent is not Sent.TAKEN)


@pytest.mark.parametrize(
    "body", ["", "<html>", "[]", '{"SMSMessageData": {"Recipients": []}}',
             '{"SMSMessageData": {"Recipients": [1]}}', '{"SMSMessageData": null}'],
)  # fmt: skip
def test_what_cannot_be_read_may_have_been_sent(body: str) -> None:
    receipt = sender(lambda _: httpx.Response(201, text=body)).send(_NUMBER, "Hello")

    assert receipt.sent is Sent.UNKNOWN


@pytest.mark.parametrize(
    ("error", "sent"),
    [
        (httpx.ConnectError("no route"), Sent.NOT_SENT),
        (httpx.ConnectTimeout("slow"), Sent.NOT_SENT),
        (httpx.ReadTimeout("slow"), Sent.UNKNOWN),
        (httpx.WriteError("lost"), Sent.UNKNOWN),
        (httpx.RemoteProtocolError("lost"), Sent.UNKNOWN),
    ],
)
def test_a_lost_connection(error: httpx.TransportError, sent: Sent) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise error

    assert sender(answer).send(_NUMBER, "Hello") == Receipt(sent, failure=type(error).__name__)


def test_an_endless_answer_is_cut_off() -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b" " * 4096

    receipt = sender(lambda _: httpx.Response(201, content=endless())).send(_NUMBER, "Hello")

    assert receipt.sent is Sent.UNKNOWN


def test_a_dripping_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(africas_talking, "_WHOLE_S", -1.0)

    receipt = sender(lambda _: httpx.Response(201, content=b"{}")).send(_NUMBER, "Hello")

    assert receipt.sent is Sent.UNKNOWN
