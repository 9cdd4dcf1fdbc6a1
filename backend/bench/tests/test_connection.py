"""The generator's connection: reads every kind of answer, and opens itself again."""

import asyncio

import pytest

from bench.load.connection import Answer, Client, read_answer

_HEAD = b"HTTP/1.1 200 OK\r\n"
_CHUNKED = b"HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n"


class TestReadAnswer:
    @pytest.mark.parametrize(
        ("data", "answer"),
        [
            (_HEAD + b"Content-Length: 2\r\n\r\nok", Answer(200, b"ok", is_last=False)),
            (_HEAD + b"Connection: close\r\nContent-Length: 2\r\n\r\nok", Answer(200, b"ok", True)),
            (
                _CHUNKED + b"2\r\nok\r\n1\r\n!\r\n0\r\n\r\n",
                Answer(503, b"ok!", is_last=False),
            ),
            (b"HTTP/1.1 204 Nothing\r\n\r\n", Answer(204, b"", is_last=False)),
        ],
    )
    def test_reads_a_whole_answer(self, data: bytes, answer: Answer) -> None:
        assert read_answer(data) == answer

    @pytest.mark.parametrize(
        "data",
        [
            b"HTTP/1.1 200",
            _HEAD + b"Content-Length: 3\r\n\r\nok",
            _HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
        ],
    )
    def test_waits_for_the_rest(self, data: bytes) -> None:
        assert read_answer(data) is None


class TestClient:
    def test_the_client_reconnects_after_the_server_closed(self) -> None:
        connections = 0

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal connections
            connections += 1
            await reader.readuntil(b"\r\n\r\n")
            writer.write(_HEAD + b"Connection: close\r\nContent-Length: 2\r\n\r\nok")
            writer.close()

        async def ask_twice() -> list[int]:
            server = await asyncio.start_server(answer, "127.0.0.1", 0)
            client = Client("127.0.0.1", server.sockets[0].getsockname()[1])
            request = b"GET / HTTP/1.1\r\n\r\n"
            found = [(await client.send(request)).status for _ in range(2)]
            client.close()
            server.close()
            return found

        assert asyncio.run(ask_twice()) == [200, 200]
        assert connections == 2

    def test_a_lost_answer_is_an_error(self) -> None:
        async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.close()

        async def ask() -> None:
            server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
            client = Client("127.0.0.1", server.sockets[0].getsockname()[1])
            try:
                await client.send(b"GET / HTTP/1.1\r\n\r\n")
            finally:
                server.close()

        with pytest.raises(ConnectionError):
            asyncio.run(ask())
