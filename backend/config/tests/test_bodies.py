"""Late bodies are answered, and only their connections are ended."""

import socket
import sys
import threading
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest

from config import bodies, connections

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the kernel is asked as Linux's")


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A server's socket."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


class Connection:
    """A client's connection and the server's side of it, which answers as granian does."""

    def __init__(self, listener: socket.socket) -> None:
        self.client = socket.create_connection(listener.getsockname(), timeout=5)
        self.server, _ = listener.accept()
        self.server.settimeout(5)
        self.peer = self.client.getsockname()

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """Send an answer."""
        date = ("date", "Mon, 30 Nov 2026 09:00:00 GMT")
        added = [("server", "granian"), ("content-length", str(len(body))), date]
        lines = [
            f"HTTP/1.1 {status} Request Timeout",
            *(f"{k}: {v}" for k, v in [*headers, *added]),
            "",
        ]
        self.server.sendall("".join(f"{line}\r\n" for line in lines).encode() + body)

    def read(self, size: int) -> bytes:
        """Wait for the client, as granian's body does."""
        return self.server.recv(size)


@pytest.fixture
def connection(listener: socket.socket) -> Iterator[Connection]:
    """One connection."""
    made = Connection(listener)
    with made.client, made.server:
        yield made


def _environ(connection: Connection | None, **more: Any) -> dict[str, Any]:
    return {"wsgi.input": connection, bodies.PROTOCOL: connection, "CONTENT_LENGTH": "9", **more}


class TestConnections:
    def test_written_bytes_count_acknowledged_or_not(
        self, listener: socket.socket, connection: Connection
    ) -> None:
        port = listener.getsockname()[1]
        connection.server.sendall(b"x" * 1234)

        assert connections.written_bytes(port) == {connection.peer: 1234}
        assert connections.written_bytes(1) == {}

    def test_only_the_named_ones_are_ended(
        self, listener: socket.socket, connection: Connection
    ) -> None:
        other = Connection(listener)
        port = listener.getsockname()[1]

        connections.end_reading(port, {connection.peer})

        assert connection.server.recv(1) == b""
        with other.client, other.server:
            other.client.sendall(b"y")
            assert other.server.recv(1) == b"y"
        connection.server.sendall(b"still sent")
        assert connection.client.recv(99) == b"still sent"


class TestWatch:
    @pytest.fixture(autouse=True)
    def _port(self, settings: Any, listener: socket.socket) -> None:
        settings.PORT = listener.getsockname()[1]

    @pytest.mark.parametrize(
        ("languages", "told"), [("", b"Please try again"), (" SW,en", b"Tafadhali")]
    )
    def test_a_late_body_is_answered_and_its_wait_ends(
        self, connection: Connection, languages: str, told: bytes
    ) -> None:
        watch = bodies.BodyWatch(many=1)
        ended: list[str] = []

        def read() -> None:
            with pytest.raises(bodies.BodyLate):
                bodies.take_body(_environ(connection, HTTP_ACCEPT_LANGUAGE=languages), watch)
            ended.append("ended")

        thread = threading.Thread(target=read)
        thread.start()
        connection.client.sendall(b"{")
        _wait_for_readings(watch, 1)
        begun = next(iter(watch._readings.values())).began
        watch.end_late(begun + bodies.MAX_S)
        assert not ended
        watch.end_late(begun + bodies.MAX_S + 1)
        thread.join(5)

        assert ended
        assert told in connection.client.recv(9999)

    def test_while_many_are_read_the_time_is_shorter(self, connection: Connection) -> None:
        watch = bodies.BodyWatch(many=0)

        def read() -> None:
            with pytest.raises(bodies.BodyLate):
                bodies.take_body(_environ(connection), watch)

        thread = threading.Thread(target=read)
        thread.start()
        _wait_for_readings(watch, 1)
        begun = next(iter(watch._readings.values())).began

        watch.end_late(begun + bodies.MAX_S_AMONG_MANY + 1)
        thread.join(5)

        assert not thread.is_alive()

    def test_a_fault_does_not_end_the_watch(
        self, connection: Connection, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Broken:
            def response_bytes(self, *_: Any) -> None:
                raise RuntimeError

        watch = bodies.BodyWatch(many=1)
        reading = watch._begin(Broken(), "")

        watch.end_late(reading.began + bodies.MAX_S + 1)

        assert "could not be ended" in caplog.text
        assert reading.is_ended

    def test_a_body_in_time_is_read_whole(self, connection: Connection) -> None:
        environ = _environ(connection)
        connection.client.sendall(b"123")
        threading.Timer(0.1, connection.client.sendall, [b"456789"]).start()

        bodies.take_body(environ, bodies.BodyWatch(many=1))

        assert environ["wsgi.input"].read() == b"123456789"

    @pytest.mark.parametrize("declared", ["", "0", "70000", "-1", "1_0", "x", "\u0661"])
    def test_an_empty_too_long_or_malformed_length_leaves_the_body_unread(
        self, declared: str
    ) -> None:
        environ = _environ(None, CONTENT_LENGTH=declared)

        bodies.take_body(environ, bodies.BodyWatch(many=1))

        assert environ["wsgi.input"] is None

    def test_a_chunked_body_is_read_to_just_beyond_the_limit(self, settings: Any) -> None:
        environ = _environ(None, CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked")
        environ["wsgi.input"] = BytesIO(b"x" * 100_000)

        bodies.take_body(environ, bodies.BodyWatch(many=1))

        read = environ["wsgi.input"].read()
        assert len(read) == settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1


def _wait_for_readings(watch: bodies.BodyWatch, count: int) -> None:
    for _ in range(500):
        if len(watch._readings) == count:
            return
        threading.Event().wait(0.01)
    raise AssertionError("nothing is being read")
