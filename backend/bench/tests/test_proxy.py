"""The proxy counts round trips, not bytes or statements."""

import asyncio
import json
from typing import Any

from bench import proxy
from bench.proxy import Figures


class TestProxy:
    def test_messages_sent_together_are_one_round_trip(self) -> None:
        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while data := await reader.read(100):
                writer.write(data)
            writer.close()

        async def talk() -> dict[str, Any]:
            server = await asyncio.start_server(echo, "127.0.0.1", 0)
            target = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
            figures = Figures()
            between = await asyncio.start_server(
                lambda r, w: proxy.handle(figures, target, r, w), "127.0.0.1", 0
            )
            port = between.sockets[0].getsockname()[1]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for commands in (b"*1\r\n$4\r\nping\r\n", b"*1\r\n$3\r\nget\r\n" * 2):
                writer.write(commands)
                await reader.readexactly(len(commands))
            writer.close()
            asking, ask = await asyncio.open_connection("127.0.0.1", port)
            ask.write(b"BENCH\n")
            found: dict[str, Any] = json.loads(await asking.read())
            ask.close()
            for open_server in (between, server):
                open_server.close()
            return found

        found = asyncio.run(talk())

        assert found["trips"] == 2
        assert found["connections"] == 1
        assert found["texts"] == {"PING": 1, "GET": 1}


class TestFigures:
    def test_names_statements_without_their_values(self) -> None:
        figures = Figures()
        statement = b"SELECT * FROM f('secret | `', 17)\0"
        figures.note(b"Q\0\0\0\0" + statement)
        figures.note(b"P\0\0\0\0" + b"name\0" + statement)
        figures.note(b"Q\0\0\0\0\0")

        assert figures.texts == {"SELECT * FROM f(?, ?)": 2, "(empty: a ping)": 1}
