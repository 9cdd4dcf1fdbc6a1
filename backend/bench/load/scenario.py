"""Whole deposits as the page makes them: limits, push, polls until the PIN, callback, wallet, list.

The time between polls is that which the answers ask for.
"""

import asyncio
import json
import time
from collections import Counter
from typing import Any

from bench.load.connection import Answer, Client
from bench.load.requests import SIDES, callback_body, customer_token, get, post, twin_token

#: The time between polls of the first version, whose answers name none.
_FIXED_POLL_S = 2.0
_MAX_S = 60.0


class Scenario:
    """`customers` deposit once each, begin within `spread_s`, and enter the PIN after `pin_s`."""

    def __init__(self, job: dict[str, Any]) -> None:
        self._job = job
        self._side = SIDES[job["side"]]
        self._is_product = job["side"] == "product"
        self._statuses: Counter[str] = Counter()
        self._requests = 0
        self._finished = 0

    async def run(self) -> dict[str, Any]:
        """Let every customer deposit once and return the figures."""
        customers = int(self._job["customers"])
        step = float(self._job["spread_s"]) / customers
        first = int(self._job["first"])
        started_at = time.perf_counter()
        await asyncio.gather(*(self._deposit(first + nth, nth * step) for nth in range(customers)))
        return {
            "finished": self._finished,
            "requests": self._requests,
            "statuses": dict(self._statuses),
            "seconds": time.perf_counter() - started_at,
            "generator_cpu_s": time.process_time(),
        }

    async def _deposit(self, customer: int, wait_s: float) -> None:
        await asyncio.sleep(wait_s)
        client = Client("127.0.0.1", int(self._job["port"]))
        try:
            if self._side.LIMITS:
                await self._get(client, self._side.LIMITS, customer)
            pushed = await self._ask(
                client, self._side.push(customer, f"{self._job['run']}-{customer}")
            )
            answer = json.loads(pushed.body)
            paying = asyncio.create_task(self._pay(answer["checkout_id"]))
            if await self._poll(client, answer["transaction_id"], customer):
                self._finished += 1
            await paying
            await self._get(client, self._side.WALLET, customer)
            await self._get(client, self._side.LIST, customer)
        except (OSError, KeyError, ValueError) as error:
            self._statuses[f"broken: {type(error).__name__}"] += 1
        finally:
            client.close()

    async def _poll(self, client: Client, deposit_id: int, customer: int) -> bool:
        """Poll until the deposit is COMPLETED or the time is over; say whether it is COMPLETED."""
        deadline = time.perf_counter() + _MAX_S
        # The product's page first reads the whole deposit at once; the first version's page waited
        # before its first read.
        wait_s: float | None = 0.0 if self._is_product else _FIXED_POLL_S
        path = f"{self._side.LIST}{deposit_id}/"
        while wait_s is not None and time.perf_counter() < deadline:
            await asyncio.sleep(wait_s)
            answer = json.loads((await self._get(client, path, customer)).body)
            if answer["status"] == "COMPLETED":
                if self._is_product:
                    await self._get(client, f"{self._side.LIST}{deposit_id}/", customer)
                return True
            wait_s = answer["next_poll_after"] if self._is_product else _FIXED_POLL_S
            if self._is_product:
                path = f"{self._side.LIST}{deposit_id}/status/"
        return False

    async def _pay(self, checkout: str) -> None:
        """Wait `pin_s`, as a customer needs for the PIN, then post the success callback to the
        address that the push named.
        """
        await asyncio.sleep(float(self._job["pin_s"]))
        daraja = Client("127.0.0.1", int(self._job["daraja_port"]))
        api = Client("127.0.0.1", int(self._job["port"]))
        try:
            ask = f"GET /bench/address/{checkout} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
            path = (await daraja.send(ask.encode())).body.decode()
            body = callback_body(checkout, "S" + checkout[-11:])
            await self._ask(api, post(path, body))
        finally:
            daraja.close()
            api.close()

    async def _get(self, client: Client, path: str, customer: int) -> Answer:
        token = customer_token(customer) if self._is_product else twin_token(customer)
        return await self._ask(client, get(path, token))

    async def _ask(self, client: Client, request: bytes) -> Answer:
        self._requests += 1
        answer = await client.send(request)
        self._statuses[str(answer.status)] += 1
        return answer
