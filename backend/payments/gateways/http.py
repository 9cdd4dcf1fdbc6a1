"""HTTP to M-Pesa: one client per thread, and one deadline for each request as a whole.

httpx limits each read, not their sum, so an answer that comes one byte at a time could occupy a
thread for hours. Here the socket knows the deadline: every connect, write and read may take only
the time that is left.
"""

import ssl
import threading
import time
import weakref
from collections.abc import Callable, Iterable
from typing import Any

import httpcore
import httpx

#: TCP repeats a lost SYN after 1 s; a host that has not answered after this long is unreachable.
CONNECT_LIMIT_S = 5.0
#: Daraja's answers have less than 1 KiB, the firewall's pages a few KiB.
REPLY_MAX_BYTES = 64 * 1024
#: The name of the request extension that holds the deadline.
_DEADLINE = "deadline"


class ReplyTooLong(httpx.TransportError):
    """The answer is longer than any of Daraja's to this request."""


class Deadline:
    """The time by which all HTTP requests of one push or query must have ended."""

    def __init__(self, limit_s: float) -> None:
        self._ends_at = time.monotonic() + limit_s

    def left_s(self) -> float:
        """Return the seconds that are left, at least 0.0."""
        return max(0.0, self._ends_at - time.monotonic())

    def within(self, limit_s: float) -> "Deadline":
        """Return a deadline no later than this one and at most `limit_s` away."""
        return Deadline(min(limit_s, self.left_s()))


class ThreadClients:
    """Gives each thread an httpx.Client of its own.

    One shared client becomes very slow at some hundred concurrent calls, because its pool has one
    lock; a client per thread does not (measured: docs/decisions/0007). A client is closed when its
    thread ends.
    """

    def __init__(self, factory: Callable[[], httpx.Client]) -> None:
        self._factory = factory
        self._local = threading.local()
        self._owners: weakref.WeakSet[_ClientCloser] = weakref.WeakSet()
        self._lock = threading.Lock()

    def get(self) -> httpx.Client:
        """Return the client of the calling thread."""
        owner: _ClientCloser | None = getattr(self._local, "owner", None)
        if owner is None:
            owner = _ClientCloser(self._factory())
            self._local.owner = owner
            with self._lock:
                self._owners.add(owner)
        return owner.client

    def close(self) -> None:
        """Close the clients of all threads; a later `get` opens a new one."""
        with self._lock:
            owners, self._owners = list(self._owners), weakref.WeakSet()
            self._local = threading.local()
        for owner in owners:
            owner.client.close()


class _ClientCloser:
    """Closes its client when the thread's local storage is deleted, at the thread's end."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        weakref.finalize(self, client.close)


def make_client_factory() -> Callable[[], httpx.Client]:
    """Return a factory of clients that share one SSL context, which is slow to build.

    The environment variable SSL_CERT_FILE may name the certificates to trust, but proxy variables
    are ignored: a proxy that could read this traffic could use our credentials.
    """
    ssl_context = httpx.create_ssl_context()

    def make_client() -> httpx.Client:
        return httpx.Client(transport=DeadlineTransport(ssl_context), trust_env=False)

    return make_client


def exchange(
    client: httpx.Client,
    request: httpx.Request,
    deadline: Deadline,
    max_bytes: int = REPLY_MAX_BYTES,
) -> tuple[int, bytes]:
    """Send a request and return status and body, within the deadline and never redirected.

    `max_bytes`: the longest body that is read.

    Raises:
        httpx.RequestError: as httpx raises it; a ConnectTimeout also where the deadline passed
            before the first byte was written; ReplyTooLong.
    """
    response, body = _send(client, request, deadline, max_bytes)
    return response.status_code, body


def read_date(client: httpx.Client, request: httpx.Request, deadline: Deadline) -> str | None:
    """Send a request and return the Date header of the reply; None where it has none.

    Raises:
        httpx.RequestError: as `exchange`.
    """
    response, _ = _send(client, request, deadline, REPLY_MAX_BYTES)
    date: str | None = response.headers.get("Date")
    return date


def _send(
    client: httpx.Client, request: httpx.Request, deadline: Deadline, max_bytes: int
) -> tuple[httpx.Response, bytes]:
    left_s = deadline.left_s()
    if not left_s:
        raise httpx.ConnectTimeout("the deadline passed before sending", request=request)
    request.extensions = {
        **request.extensions,
        _DEADLINE: deadline,
        "timeout": {
            "connect": min(CONNECT_LIMIT_S, left_s),
            "read": left_s,
            "write": left_s,
            "pool": left_s,
        },
    }
    response = client.send(request, stream=True, follow_redirects=False)
    try:
        return response, _read_body(response, max_bytes)
    finally:
        response.close()


def _read_body(response: httpx.Response, max_bytes: int) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > max_bytes:
            raise ReplyTooLong("the answer is too long", request=response.request)
    return bytes(body)


class DeadlineTransport(httpx.HTTPTransport):
    """httpx's own transport, on sockets that keep the deadline of the current request.

    It serves one request at a time, so two threads must not share it.
    """

    def __init__(self, ssl_context: ssl.SSLContext) -> None:
        super().__init__(verify=ssl_context)
        self._current = _Current()
        # httpx has no argument for httpcore's network backend, so its private attribute is
        # replaced; test_http.py fails where httpx renames it.
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl_context,
            max_connections=2,
            keepalive_expiry=15,
            network_backend=_DeadlineBackend(self._current),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request within the deadline in its extensions."""
        self._current.begin(request.extensions[_DEADLINE])
        return super().handle_request(request)


class _Current:
    """The current request's deadline, and whether a byte of the request has been written."""

    def __init__(self) -> None:
        self.begin(Deadline(0))

    def begin(self, deadline: Deadline) -> None:
        self.deadline = deadline
        self.has_written = False

    def limit(self, timeout: float | None, error: type[Exception]) -> float:
        """Return the shorter of `timeout` and the time left; raise `error` where none is left."""
        left_s = self.deadline.left_s()
        if not left_s:
            raise error("the deadline has passed")
        return left_s if timeout is None else min(timeout, left_s)


class _DeadlineBackend(httpcore.NetworkBackend):
    def __init__(self, current: _Current) -> None:
        self._current = current
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        # Only the resolver limits the time of a name look-up. Where it took too long, the first
        # write raises ConnectTimeout, and the request counts as not sent.
        limit_s = self._current.limit(timeout, httpcore.ConnectTimeout)
        stream = self._backend.connect_tcp(host, port, limit_s, local_address, socket_options)
        return _DeadlineStream(stream, self._current)


class _DeadlineStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, current: _Current) -> None:
        self._stream = stream
        self._current = current

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._current.limit(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        too_late = httpcore.WriteTimeout if self._current.has_written else httpcore.ConnectTimeout
        limit_s = self._current.limit(timeout, too_late)
        self._current.has_written = True
        self._stream.write(buffer, limit_s)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        limit_s = self._current.limit(timeout, httpcore.ConnectTimeout)
        stream = self._stream.start_tls(ssl_context, server_hostname, limit_s)
        return _DeadlineStream(stream, self._current)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
