"""Counts round trips on the way to PostgreSQL or Redis: `python -m bench.proxy PORT TARGET`.

A round trip begins with the first bytes that the client sends after an answer of the server; all
that it sends before the next answer counts once. TARGET is `host:port`, or the path of a Unix
socket. A connection that begins with `BENCH` is answered with the figures.
"""

import asyncio
import json
import re
import sys
from collections import Counter

_ASK = b"BENCH\n"
_SHOWN = 60
_QUERY, _PARSE = b"Q", b"P"


class Figures:
    """Counts of round trips; `texts` counts PostgreSQL's statements by their beginning."""

    def __init__(self) -> None:
        self.trips = 0
        self.connections = 0
        self.texts: Counter[str] = Counter()

    def note(self, data: bytes) -> None:
        """Count one round trip, which began with these bytes."""
        self.trips += 1
        text = ""
        if data[:1] == _QUERY:
            text = data[5:].split(b"\0", 1)[0].decode(errors="replace")
        elif data[:1] == _PARSE:
            text = data[5:].split(b"\0", 2)[1].decode(errors="replace")
        elif data[:1] == b"*":
            text = data.split(b"\r\n", 3)[2].decode(errors="replace").upper()
        self.texts[_shorten(text) or "(empty: a ping)"] += 1

    def as_json(self) -> bytes:
        """Return the figures as JSON."""
        return json.dumps(
            {"trips": self.trips, "connections": self.connections, "texts": self.texts}
        ).encode()


def _shorten(text: str) -> str:
    """Return the beginning of a statement, without its values."""
    without_values = re.sub(r"'[^']*('|$)|\b\d+\b", "?", text)
    return re.sub(r"[\s|`]+", " ", without_values).strip()[:_SHOWN]


class Way:
    """A client's connection to the proxy, with the proxy's connection to the server."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures
        self._server_spoke_last = True

    async def to_server(
        self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Forward the client's bytes to the server, and count round trips."""
        data = first
        while data:
            if self._server_spoke_last:
                self._figures.note(data)
                self._server_spoke_last = False
            writer.write(data)
            data = await reader.read(65536)
        writer.close()

    async def to_client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forward the server's bytes to the client."""
        while data := await reader.read(65536):
            self._server_spoke_last = True
            writer.write(data)
        writer.close()


async def handle(
    figures: Figures, target: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    first = await reader.read(65536)
    if first == _ASK:
        writer.write(figures.as_json())
        writer.close()
        return
    figures.connections += 1
    if target.startswith("/"):
        server = await asyncio.open_unix_connection(target)
    else:
        host, port = target.rsplit(":", 1)
        server = await asyncio.open_connection(host, int(port))
    way = Way(figures)
    await asyncio.gather(
        way.to_server(first, reader, server[1]), way.to_client(server[0], writer),
        return_exceptions=True,
    )  # fmt: skip


async def _serve(port: int, target: str) -> None:
    figures = Figures()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await handle(figures, target, reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), sys.argv[2]))
