"""HTTP for talking to M-Pesa: one client per thread, and a deadline that nothing outlasts.

httpx limits each read, not their sum, so an answer that drips one byte at a time would hold a
thread for hours. Here the deadline goes down to the socket: every connect, write and read gets
only what is left of it.
"""

import ssl
import threading
import time
import weakref
from collections.abc import Callable, Iterable
from typing import Any

import httpcore
import httpx

#: A lost SYN is sent again after 1 s; longer than this, the host is not there.
CONNECT_LIMIT_S = 5.0
#: Daraja's answers are below 1 KiB; the firewall's pages a few.
REPLY_MAX_BYTES = 64 * 1024
#: The key under which a request carries its deadline down to the socket.
_DEADLINE = "deadline"


class ReplyTooLong(httpx.TransportError):
    """The answer is longer than anything Daraja says."""


class Deadline:
    """The moment by which all calls of one push must have ended."""

    def __init__(self, limit_s: float) -> None:
        self._ends_at = time.monotonic() + limit_s

    def left_s(self) -> float:
        """Return the seconds that are left, 0.0 when there are none."""
        return max(0.0, self._ends_at - time.monotonic())

    def within(self, limit_s: float) -> "Deadline":
        """Return a deadline no later than this one and at most `limit_s` away."""
        return Deadline(min(limit_s, self.left_s()))


class ThreadClients:
    """Gives each thread an httpx.Client of its own.

    One client for all collapses at some hundred concurrent calls (its pool is one lock); a client
    per thread does not (measured: docs/decisions/0007). A client is closed when its thread ends.
    """

    def __init__(self, factory: Callable[[], httpx.Client]) -> None:
        self._factory = factory
        self._local = threading.local()
        self._owners: weakref.WeakSet[_Owner] = weakref.WeakSet()
        self._lock = threading.Lock()

    def get(self) -> httpx.Client:
        """Return the client of the calling thread."""
        owner: _Owner | None = getattr(self._local, "owner", None)
        if owner is None:
            owner = _Owner(self._factory())
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


class _Owner:
    """Dies with its thread's local storage and takes the client's sockets along."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        weakref.finalize(self, client.close)


def make_client_factory() -> Callable[[], httpx.Client]:
    """Return a factory of clients that share one SSL context, which is slow to build.

    The environment may name the certificates to trust (SSL_CERT_FILE, as operators know it), but
    no proxy: who sees this traffic can pay with it, so it goes to M-Pesa directly or not at all.
    """
    ssl_context = httpx.create_ssl_context()

    def make_client() -> httpx.Client:
        return httpx.Client(transport=DeadlineTransport(ssl_context), trust_env=False)

    return make_client


def exchange(client: httpx.Client, request: httpx.Request, deadline: Deadline) -> tuple[int, bytes]:
    """Send a request and return status and body, within the deadline and never redirected.

    Raises:
        httpx.RequestError: as httpx has it; a ConnectTimeout also when the deadline passed before
            the first byte was written. ReplyTooLong.
    """
    response, body = _send(client, request, deadline)
    return response.status_code, body


def read_date(client: httpx.Client, request: httpx.Request, deadline: Deadline) -> str | None:
    """Send a request and return when it was answered, by the other side's clock, if it says so.

    Raises:
        httpx.RequestError: as `exchange`.
    """
    response, _ = _send(client, request, deadline)
    date: str | None = response.headers.get("Date")
    return date


def _send(
    client: httpx.Client, request: httpx.Request, deadline: Deadline
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
        return response, _read_body(response)
    finally:
        response.close()


def _read_body(response: httpx.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > REPLY_MAX_BYTES:
            raise ReplyTooLong("the answer is too long", request=response.request)
    return bytes(body)


class DeadlineTransport(httpx.HTTPTransport):
    """httpx's own transport over sockets that know the deadline of the request they serve.

    Not for two threads at once: it serves one request at a time.
    """

    def __init__(self, ssl_context: ssl.SSLContext) -> None:
        super().__init__(verify=ssl_context)
        self._current = _Current()
        # httpx has no argument for httpcore's network backend. test_http.py notices if this
        # attribute ever moves.
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl_context,
            max_connections=2,
            keepalive_expiry=15,
            network_backend=_DeadlineBackend(self._current),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request whose extensions name its deadline."""
        self._current.begin(request.extensions[_DEADLINE])
        return super().handle_request(request)


class _Current:
    """The request being served: its deadline, and whether any of it has been written."""

    def __init__(self) -> None:
        self.begin(Deadline(0))

    def begin(self, deadline: Deadline) -> None:
        self.deadline = deadline
        self.has_written = False

    def limit(self, timeout: float | None, error: type[Exception]) -> float:
        """Return the shorter of `timeout` and what is left; raise `error` when nothing is."""
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
        # Looking up the name has no limit of its own but the resolver's; what it took is noticed
        # by the first write, which then still counts as never sent.
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
