"""A fake Daraja that needs little CPU and can be slow: `python -m bench.daraja PORT`.

It answers requests for tokens and pushes, and stores the callback address of each push. It sends no
callbacks. `/bench/...` sets its delay and reads its figures.
"""

import asyncio
import json
import resource
import sys
from urllib.parse import urlsplit

_TOKEN = json.dumps({"access_token": "bench" * 5, "expires_in": "3599"}).encode()


class World:
    """What all connections share; `delay_s` is how long the answer to a push takes."""

    def __init__(self) -> None:
        self.delay_s = 0.0
        self.pushes = 0
        self.tokens = 0
        self.in_flight = 0
        self.most_in_flight = 0
        self.paths: dict[str, str] = {}
        self.release = asyncio.Event()
        # Holds the tasks, since the event loop has no strong references to them.
        self.thinking: set[asyncio.Task[None]] = set()

    def accept(self, body: bytes) -> bytes:
        """Accept a push and return the answer."""
        self.pushes += 1
        checkout = f"ws_CO_D{self.pushes:020d}"
        self.paths[checkout] = urlsplit(json.loads(body)["CallBackURL"]).path
        return json.dumps(
            {
                "MerchantRequestID": f"29115-34620561-{self.pushes}",
                "CheckoutRequestID": checkout,
                "ResponseCode": "0",
                "ResponseDescription": "Success. Request accepted for processing",
                "CustomerMessage": "Success. Request accepted for processing",
            }
        ).encode()

    def control(self, path: str) -> bytes:
        """Answer a request of the bench: `/bench/delay/SECONDS`, `/bench/address/ID` or figures."""
        _, _, what, *rest = path.split("/")
        if what == "delay":
            # A new delay ends the wait of all pushes that wait under the old one.
            self.release.set()
            self.release = asyncio.Event()
            self.delay_s, self.most_in_flight = float(rest[0]), self.in_flight
        if what == "address":
            return self.paths[rest[0]].encode()
        return json.dumps(
            {
                "pushes": self.pushes,
                "tokens": self.tokens,
                "in_flight": self.in_flight,
                "most_in_flight": self.most_in_flight,
            }
        ).encode()


class Connection(asyncio.Protocol):
    """One keep-alive connection, with one request at a time."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  # TCP gives a Transport
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator:
            return
        at = head.lower().find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(body) < length:
            return
        self._received = b""
        path = head.split(b" ", 2)[1]
        self._serve(path.decode(), body)

    def _serve(self, path: str, body: bytes) -> None:
        world = self._world
        if path.startswith("/bench/"):
            self._answer(world.control(path))
        elif path.startswith("/oauth/"):
            world.tokens += 1
            self._answer(_TOKEN)
        elif world.delay_s:
            self._think(body)
        else:
            self._answer(world.accept(body))

    def _think(self, body: bytes) -> None:
        task = asyncio.get_running_loop().create_task(self._answer_late(body))
        self._world.thinking.add(task)
        task.add_done_callback(self._world.thinking.discard)

    async def _answer_late(self, body: bytes) -> None:
        world = self._world
        world.in_flight += 1
        world.most_in_flight = max(world.most_in_flight, world.in_flight)
        try:
            await asyncio.wait_for(world.release.wait(), world.delay_s)
        except TimeoutError:
            pass
        finally:
            world.in_flight -= 1
        self._answer(world.accept(body))

    def _answer(self, body: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            head = (
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n"
            )
            self._transport.write(head.encode() + body)


async def _serve(port: int) -> None:
    world = World()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(world), "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


def main() -> None:
    """Serve until stopped."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(16384, hard), hard))
    asyncio.run(_serve(int(sys.argv[1])))


if __name__ == "__main__":
    main()
