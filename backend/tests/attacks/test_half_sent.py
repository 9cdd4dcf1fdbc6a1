"""Bodies that never come hold no thread for long: the real server, with real sockets."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import httpx
import pytest

from tests.crash.processes import Postgres, Program, free_port, wait_until
from tests.crash.world import product_environment

#: Fewer threads than half-sent bodies, so that without a bound they would hold all.
_THREADS, _HALF_SENT = 64, 150
_CALLBACK = {"Body": {"stkCallback": {"CheckoutRequestID": "ws_CO_not_ours", "ResultCode": 1032}}}
_DECLARED = b"Content-Length: 500\r\n\r\n{"
_CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Start the API alone, as `make serve` does."""
    with ExitStack() as cleanup:
        postgres = Postgres.migrated()
        cleanup.callback(postgres.remove)
        port = free_port()
        environment = {
            **product_environment(port, "http://127.0.0.1:9"),
            "DATABASE_URL": postgres.url,
            "WEB_THREADS": str(_THREADS),
        }
        api = Program("api", ["-m", "config.server"], environment)
        cleanup.callback(api.remove)
        api.start()
        wait_until(lambda: _is_up(port), within_s=30, what="the API answers")
        yield port


def _is_up(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def _begin(port: int, path: str, rest: bytes, *more: bytes, method: str = "POST") -> socket.socket:
    """Send headers and the beginning of a body."""
    client = socket.create_connection(("127.0.0.1", port), timeout=30)
    head = [f"{method} {path} HTTP/1.1".encode(), b"Host: localhost", *more]
    client.sendall(b"\r\n".join([*head, b"Content-Type: application/json", b""]) + rest)
    return client


def _answer(client: socket.socket) -> bytes:
    """Return all that the server sends until it closes the connection."""
    received = b""
    while piece := client.recv(4096):
        received += piece
    return received


@pytest.mark.parametrize("rest", [_DECLARED, _CHUNKED], ids=["declared", "chunked"])
class TestHalfSent:
    def test_many_leave_probes_and_callbacks_answered(self, port: int, rest: bytes) -> None:
        with ExitStack() as open_ones:
            for _ in range(_HALF_SENT):
                open_ones.enter_context(_begin(port, "/api/payments/callback/", rest))
            started = time.monotonic()

            probe = httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=20)
            callback = httpx.post(
                f"http://127.0.0.1:{port}/api/payments/callback/", json=_CALLBACK, timeout=20
            )

            assert (probe.status_code, callback.status_code) == (200, 200)
            # Twice the seconds that many may take, and slack for a machine that does much else.
            assert time.monotonic() - started < 15

    @pytest.mark.parametrize("method", ["HEAD", "GET", "PUT", "CONNECT"])
    def test_no_method_waits_for_ever(self, port: int, rest: bytes, method: str) -> None:
        path = "localhost:80" if method == "CONNECT" else "/api/auth/login/"
        with _begin(port, path, rest, method=method) as client:
            client.settimeout(20)

            assert _answer(client).startswith(b"HTTP/1.1 4")

    def test_a_half_sent_request_is_answered_in_the_envelope(self, port: int, rest: bytes) -> None:
        started = time.monotonic()
        with _begin(port, "/api/auth/login/", rest, b"Accept-Language: sw") as client:
            answer = _answer(client)

        assert 9 < time.monotonic() - started < 20
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b'"code": "request_timeout"' in answer
        assert b"Tafadhali" in answer

    def test_a_body_sent_byte_by_byte_counts_as_half_sent(self, port: int, rest: bytes) -> None:
        """Bytes that come one by one do not lengthen the time."""
        piece = b" " if rest == _DECLARED else b"1\r\n \r\n"
        started = time.monotonic()
        with _begin(port, "/api/auth/login/", rest) as client, suppress(OSError):
            while time.monotonic() - started < 25:
                client.sendall(piece)
                time.sleep(0.2)

        assert 9 < time.monotonic() - started < 20


class TestHonest:
    @pytest.mark.parametrize("wait_s", [0, 1.5])
    def test_a_slow_body_is_read(self, port: int, wait_s: float) -> None:
        body = b'{"phone_number": "0712345678", "password": "wrong"}'
        head = f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
        with _begin(port, "/api/auth/login/", head + body[:9]) as client:
            time.sleep(wait_s)
            client.sendall(body[9:])

            assert _answer(client).startswith(b"HTTP/1.1 401 ")

    def test_a_body_that_ends_early_is_answered_at_once(self, port: int) -> None:
        started = time.monotonic()
        with _begin(port, "/api/auth/login/", _DECLARED) as client:
            client.shutdown(socket.SHUT_WR)
            _answer(client)

        assert time.monotonic() - started < 5

    def test_a_long_body_is_refused_unread(self, port: int) -> None:
        with _begin(port, "/api/auth/login/", b"Content-Length: 9999999\r\n\r\n{") as client:
            client.settimeout(5)
            assert client.recv(100).startswith(b"HTTP/1.1 413 ")

    def test_http_2_is_refused(self, port: int) -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
            client.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            received = _answer(client)

        assert received == b"" or received.startswith(b"HTTP/1.1 400 ")
