"""The deadline against real sockets on this machine, and the clients of threads."""

import gc
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpcore
import httpx
import pytest

from payments.gateways.http import (
    REPLY_MAX_BYTES,
    Deadline,
    DeadlineTransport,
    ReplyTooLong,
    ThreadClients,
    exchange,
    make_client_factory,
)

pytestmark = pytest.mark.enable_socket

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
#: Generous for a machine under load, and far below what the drips would take.
SOON_S = 5.0


@contextmanager
def serving(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """Run a server that takes one connection, reads one request and lets `answer` reply."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            try:
                answer(connection)
            except OSError:  # the client has hung up, which is what the tests are about
                return

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        thread.join()
        listener.close()


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with make_client_factory()() as client:
        yield client


def drip(text: bytes, rest: bytes) -> Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        connection.sendall(text)
        for _ in range(600):
            connection.sendall(rest)
            time.sleep(0.05)

    return answer


class TestExchange:
    def test_an_exchange_returns_status_and_body(self, client: httpx.Client) -> None:
        with serving(lambda peer: peer.sendall(HEAD + b"Content-Length: 2\r\n\r\n{}")) as url:
            assert exchange(client, httpx.Request("GET", url), Deadline(SOON_S)) == (200, b"{}")

    @pytest.mark.parametrize(
        ("text", "rest"),
        [
            pytest.param(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x", id="headers"),
            pytest.param(HEAD + b"Content-Length: 1000\r\n\r\n", b"x", id="body"),
        ],
    )
    def test_an_answer_that_drips_does_not_outlast_the_deadline(
        self, client: httpx.Client, text: bytes, rest: bytes
    ) -> None:
        started = time.monotonic()

        with serving(drip(text, rest)) as url, pytest.raises(httpx.ReadTimeout):
            exchange(client, httpx.Request("GET", url), Deadline(0.8))

        assert time.monotonic() - started < SOON_S

    def test_an_endless_answer_is_cut(self, client: httpx.Client) -> None:
        body = HEAD + b"Content-Length: 10000000\r\n\r\n" + b"x" * (REPLY_MAX_BYTES + 1)

        with serving(lambda peer: peer.sendall(body)) as url, pytest.raises(ReplyTooLong):
            exchange(client, httpx.Request("GET", url), Deadline(SOON_S))

    def test_a_connection_lost_after_sending_is_no_connect_error(
        self, client: httpx.Client
    ) -> None:
        with serving(lambda _: None) as url, pytest.raises(httpx.RemoteProtocolError):
            exchange(client, httpx.Request("POST", url), Deadline(SOON_S))

    def test_a_connection_serves_the_next_request_too(self, client: httpx.Client) -> None:
        full = HEAD + b"Content-Length: 2\r\n\r\n{}"

        def answer_twice(connection: socket.socket) -> None:
            connection.sendall(full)
            connection.recv(65536)
            connection.sendall(full)

        with serving(answer_twice) as url:
            for _ in range(2):
                assert exchange(client, httpx.Request("GET", url), Deadline(SOON_S))[0] == 200

    def test_redirects_are_not_followed(self, client: httpx.Client) -> None:
        head = b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"

        with serving(lambda peer: peer.sendall(head)) as url:
            assert exchange(client, httpx.Request("GET", url), Deadline(SOON_S)) == (302, b"")

    def test_after_the_deadline_nothing_is_sent(self, client: httpx.Client) -> None:
        request = httpx.Request("GET", "http://127.0.0.1:9/")

        with pytest.raises(httpx.ConnectTimeout):
            exchange(client, request, Deadline(0))

    def test_a_port_without_a_server_is_a_connect_error(self, client: httpx.Client) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]

        with pytest.raises(httpx.ConnectError):
            exchange(client, httpx.Request("GET", f"http://127.0.0.1:{port}/"), Deadline(SOON_S))

    def test_a_peer_without_tls_is_a_connect_error(self, client: httpx.Client) -> None:
        with (
            serving(lambda peer: peer.sendall(b"plain text\r\n\r\n")) as url,
            pytest.raises(httpx.ConnectError),
        ):
            exchange(client, httpx.Request("GET", url.replace("http:", "https:")), Deadline(SOON_S))


class Stream(httpcore.NetworkStream):
    """A connection that takes everything and says nothing."""

    def __init__(self, written: list[bytes]) -> None:
        self.written = written

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.written.append(buffer)

    def start_tls(self, *args: object, **kwargs: object) -> httpcore.NetworkStream:
        return self

    def close(self) -> None:
        """Nothing to close."""


class SlowBackend(httpcore.NetworkBackend):
    """Connects only after the deadline has passed."""

    def __init__(self, written: list[bytes]) -> None:
        self.written = written

    def connect_tcp(self, *args: object, **kwargs: object) -> httpcore.NetworkStream:
        time.sleep(0.1)
        return Stream(self.written)


def transport_over(backend: httpcore.NetworkBackend) -> DeadlineTransport:
    transport = DeadlineTransport(httpx.create_ssl_context())
    transport._pool._network_backend._backend = backend  # type: ignore[attr-defined]
    return transport


class TestDeadlineTransport:
    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_a_connection_made_too_late_sends_nothing(self, scheme: str) -> None:
        written: list[bytes] = []
        transport = transport_over(SlowBackend(written))
        request = httpx.Request("POST", f"{scheme}://daraja.example/", content=b"{}")

        with httpx.Client(transport=transport) as client, pytest.raises(httpx.ConnectTimeout):
            exchange(client, request, Deadline(0.05))

        assert written == []

    def test_the_tls_handshake_ends_within_the_deadline(self) -> None:
        class Answering(Stream):
            def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
                return HEAD + b"Content-Length: 2\r\n\r\n{}"

        class Backend(httpcore.NetworkBackend):
            def connect_tcp(self, *args: object, **kwargs: object) -> httpcore.NetworkStream:
                return Answering([])

        with httpx.Client(transport=transport_over(Backend())) as client:
            request = httpx.Request("GET", "https://daraja.example/")
            assert exchange(client, request, Deadline(SOON_S)) == (200, b"{}")

    def test_a_deadline_between_two_writes_is_a_write_timeout(self) -> None:
        class SlowStream(Stream):
            def write(self, buffer: bytes, timeout: float | None = None) -> None:
                super().write(buffer, timeout)
                time.sleep(0.6)

        class Backend(httpcore.NetworkBackend):
            def connect_tcp(self, *args: object, **kwargs: object) -> httpcore.NetworkStream:
                return SlowStream([])

        transport = transport_over(Backend())
        request = httpx.Request("POST", "http://daraja.example/", content=b"{}")

        with httpx.Client(transport=transport) as client, pytest.raises(httpx.WriteTimeout):
            exchange(client, request, Deadline(0.5))


class TestThreadClients:
    def test_each_thread_keeps_a_client_of_its_own(self) -> None:
        clients = ThreadClients(httpx.Client)
        found: list[httpx.Client] = []

        thread = threading.Thread(target=lambda: found.extend([clients.get(), clients.get()]))
        thread.start()
        thread.join()

        assert found[0] is found[1]
        assert found[0] is not clients.get()
        clients.close()

    def test_a_client_is_closed_when_its_thread_ends(self) -> None:
        clients = ThreadClients(httpx.Client)
        found: list[httpx.Client] = []

        thread = threading.Thread(target=lambda: found.append(clients.get()))
        thread.start()
        thread.join()
        gc.collect()

        assert found[0].is_closed

    def test_the_connection_ends_with_the_thread(self) -> None:
        last_words: list[bytes] = []
        clients = ThreadClients(make_client_factory())

        def answer(connection: socket.socket) -> None:
            connection.sendall(HEAD + b"Content-Length: 2\r\n\r\n{}")
            last_words.append(connection.recv(1))

        def call(url: str) -> None:
            exchange(clients.get(), httpx.Request("GET", url), Deadline(SOON_S))

        with serving(answer) as url:
            thread = threading.Thread(target=call, args=[url])
            thread.start()
            thread.join()

        assert last_words == [b""]

    def test_closing_closes_every_client_and_a_later_call_opens_another(self) -> None:
        clients = ThreadClients(httpx.Client)
        first = clients.get()

        clients.close()
        second = clients.get()

        assert first.is_closed
        assert not second.is_closed
        clients.close()

    def test_clients_ignore_proxies_of_the_environment(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")

        with (
            make_client_factory()() as client,
            serving(lambda peer: peer.sendall(HEAD + b"Content-Length: 2\r\n\r\n{}")) as url,
        ):
            assert exchange(client, httpx.Request("GET", url), Deadline(SOON_S)) == (200, b"{}")
