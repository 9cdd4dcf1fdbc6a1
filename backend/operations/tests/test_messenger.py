"""Messages go out by apprise itself, to a server of our own; its log says nothing."""

import json
import logging
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from operations import messenger


class Inbox(HTTPServer):
    """Keeps what is posted to it; answers with `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: list[dict[str, Any]] = []
        self.status = 200


class _Handler(BaseHTTPRequestHandler):
    server: Inbox

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.bodies.append(json.loads(body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    """Serve an inbox on loopback."""
    with Inbox() as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join(10)


def _url(inbox: Inbox) -> str:
    # pragma: allowlist nextline secret
    return f"json://operator:pass-word@127.0.0.1:{inbox.server_port}/secret-path"


def test_a_message_arrives(inbox: Inbox, settings: Any) -> None:
    settings.ALERT_URLS = [_url(inbox)]

    assert messenger.send("Payments held: 1", "KES 300.00\n<b>plain</b>") == ""

    (body,) = inbox.bodies
    assert (body["title"], body["message"]) == ("Payments held: 1", "KES 300.00\n<b>plain</b>")


def test_one_that_refuses_keeps_no_other_from_being_told(
    inbox: Inbox, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ALERT_URLS = ["json://127.0.0.1:1/secret", "nonsense://x", _url(inbox)]

    with caplog.at_level(logging.DEBUG):
        failure = messenger.send("title", "body")

    assert failure == "not taken by number 1 (json), 2 (nonsense) of ALERT_URLS"
    assert len(inbox.bodies) == 1
    assert "secret" not in caplog.text
    assert "pass-word" not in caplog.text


def test_an_answer_that_is_no_yes_counts_as_refused(inbox: Inbox, settings: Any) -> None:
    inbox.status = 500
    settings.ALERT_URLS = [_url(inbox)]

    assert messenger.send("title", "body") == "not taken by number 1 (json) of ALERT_URLS"


def test_a_plugin_that_breaks_counts_as_refused(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    def break_down(*_: Any, **__: Any) -> bool:
        raise KeyError("x")

    monkeypatch.setattr("apprise.Apprise.notify", break_down)
    settings.ALERT_URLS = ["json://127.0.0.1:1/"]

    assert messenger.send("title", "body") == "not taken by number 1 (json) of ALERT_URLS"
