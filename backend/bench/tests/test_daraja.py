"""The fake Daraja: quick, slow, and asked about what it did."""

import asyncio
import json
import time
from typing import Any

from bench.daraja import Connection, World
from bench.load.connection import Client
from bench.load.requests import post
from payments.daraja import oauth, stk

_PUSH = json.dumps({"CallBackURL": "http://127.0.0.1:1/api/payments/callback/secret/"}).encode()


async def _ask(client: Client, path: str) -> Any:
    answer = await client.send(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    return answer.body


async def _serve() -> tuple[asyncio.Server, int]:
    world = World()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(world), "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[1]


class TestDaraja:
    def test_the_product_can_read_the_answers_of_the_benchs_daraja(self) -> None:
        async def talk() -> tuple[bytes, bytes, bytes]:
            server, port = await _serve()
            client = Client("127.0.0.1", port)
            token = await _ask(client, oauth.TOKEN_PATH)
            pushed = (await client.send(post(stk.PUSH_PATH, _PUSH))).body
            checkout = json.loads(pushed)["CheckoutRequestID"]
            address = await _ask(client, f"/bench/address/{checkout}")
            client.close()
            server.close()
            return token, pushed, address

        token, pushed, address = asyncio.run(talk())

        assert oauth.parse_token_reply(200, token).access_token
        assert stk.parse_push_reply(200, pushed).checkout_request_id
        assert address == b"/api/payments/callback/secret/"

    def test_a_new_delay_answers_all_that_wait(self) -> None:
        async def talk() -> tuple[int, int, float]:
            server, port = await _serve()
            control, *pushers = (Client("127.0.0.1", port) for _ in range(4))
            await _ask(control, "/bench/delay/60")
            began = time.perf_counter()
            waiting = [asyncio.create_task(c.send(post(stk.PUSH_PATH, _PUSH))) for c in pushers]
            while json.loads(await _ask(control, "/bench/figures"))["in_flight"] < len(pushers):
                await asyncio.sleep(0.01)
            most = json.loads(await _ask(control, "/bench/figures"))["most_in_flight"]
            await _ask(control, "/bench/delay/0")
            answers = await asyncio.gather(*waiting)
            for client in (control, *pushers):
                client.close()
            server.close()
            return most, len({answer.body for answer in answers}), time.perf_counter() - began

        most, different, seconds = asyncio.run(talk())

        assert (most, different) == (3, 3)
        assert seconds < 30
