"""A keep-alive HTTP/1.1 connection, directly on an asyncio transport.

So the client needs little CPU, which on a small machine it takes from the server being measured.
"""

import asyncio
from dataclasses import dataclass

_HEAD_END = b"\r\n\r\n"
_CHUNKS_END = b"0\r\n\r\n"


class ConnectionLost(ConnectionError):
    """The server closed the connection before its answer was complete."""


@dataclass(frozen=True)
class Answer:
    """Status and body of an answer; `is_last` if the server closes the connection after it."""

    status: int
    body: bytes
    is_last: bool


def read_answer(data: bytes) -> Answer | None:
    """Return the answer if `data` holds all of it, else None."""
    head_end = data.find(_HEAD_END)
    if head_end < 0:
        return None
    head = data[:head_end].lower()
    body = data[head_end + len(_HEAD_END) :]
    is_last = b"\r\nconnection: close" in head
    status = int(head[9:12])
    at = head.find(b"\r\ncontent-length:")
    if at >= 0:
        end = head.find(b"\r\n", at + 2)
        length = int(head[at + 17 : end if end >= 0 else len(head)])
        return Answer(status, body[:length], is_last) if len(body) >= length else None
    if b"\r\ntransfer-encoding: chunked" in head:
        return Answer(status, _join(body), is_last) if body.endswith(_CHUNKS_END) else None
    return Answer(status, b"", is_last)


def _join(chunks: bytes) -> bytes:
    joined = b""
    while True:
        size, _, rest = chunks.partition(b"\r\n")
        length = int(size, 16)
        if not length:
            return joined
        joined += rest[:length]
        chunks = rest[length + 2 :]


class Connection(asyncio.Protocol):
    """One connection, with one request at a time."""

    def __init__(self) -> None:
        self._received = b""
        self._waiting: asyncio.Future[Answer] | None = None
        self._transport: asyncio.Transport | None = None

    @property
    def is_open(self) -> bool:
        """Whether another request can be sent on it."""
        return self._transport is not None and not self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  # TCP gives a Transport
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        answer = read_answer(self._received)
        if answer is None or self._waiting is None:
            return
        self._received = b""
        if answer.is_last:
            self.close()
        waiting, self._waiting = self._waiting, None
        if not waiting.done():
            waiting.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(ConnectionLost(str(exc or "closed")))

    def send(self, request: bytes) -> "asyncio.Future[Answer]":
        """Send one request and return a future of the answer."""
        assert self._transport is not None  # noqa: S101  # caller checked is_open
        self._waiting = asyncio.get_running_loop().create_future()
        self._received = b""
        self._transport.write(request)
        return self._waiting

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()


class Client:
    """Sends requests to one server, over one connection that is opened again once it is closed."""

    def __init__(self, host: str, port: int) -> None:
        self._address = host, port
        self._connection: Connection | None = None

    async def send(self, request: bytes) -> Answer:
        """Send one request and wait for its answer.

        Raises:
            OSError: the connection could not be opened, or was lost before the answer.
        """
        if self._connection is None or not self._connection.is_open:
            loop = asyncio.get_running_loop()
            _, self._connection = await loop.create_connection(Connection, *self._address)
        return await self._connection.send(request)

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
