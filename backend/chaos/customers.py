"""The customers of the run: each makes one deposit after the other over HTTP, as the page does.

A customer keeps one Idempotency-Key for each wish to deposit, and repeats the request under that
key whenever no answer came, or the answer says that no push was sent.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import cycle
from typing import Any

import httpx

from chaos.payers import Payers
from chaos.plan import ByHand
from chaos.system import PROMPT_OPEN_S

_ANSWER_LIMIT_S = 10
_TRIES = 60
_TRIES_WHEN_BUSY = 4
_MAX_PAUSE_S = 1.0
#: How long a customer polls one deposit before starting the next.
_PATIENCE_S = PROMPT_OPEN_S + 3
#: Error codes which say that no push was sent. The API does not store these answers, so a request
#: under the same key starts afresh (docs/api.md §3).
_NOT_SENT = {"mpesa_busy", "mpesa_unavailable"}
_UNDER_WAY = {"deposit_in_progress", "idempotency_in_progress"}
_REFUSED = {"subscriber_busy", "mpesa_rejected", "mpesa_authentication_failed"}


class Next(StrEnum):
    """What a customer does after an answer."""

    FOLLOW = "follow the deposit"
    REPEAT = "repeat under the same key"
    REPEAT_BUSY = "repeat, for M-Pesa is busy"
    WAIT = "wait, then repeat"
    END = "refused, so end"
    SURPRISE = "an answer the contract does not know"


def decide(status: int, code: str | None) -> Next:
    """Say what the customer does after an answer with this HTTP status and error code. Pure."""
    if status in {200, 202}:
        return Next.FOLLOW
    if code in _NOT_SENT:
        return Next.REPEAT_BUSY
    if code in _UNDER_WAY:
        return Next.WAIT
    if code in _REFUSED:
        return Next.END
    return Next.REPEAT if status >= 500 else Next.SURPRISE


@dataclass
class Wish:
    """One amount that a customer wants to deposit, and what became of it as the customer saw it.

    `by_hand` is a payment that the customer makes by hand at the same time; `nameless` the shape in
    which M-Pesa confirms the prompt's payment without our account reference.
    """

    phone: str
    amount: int
    key: str
    by_hand: ByHand | None = None
    nameless: str | None = None
    broken_answers: int = 0
    is_replayed: bool = False
    transaction_ids: list[int] = field(default_factory=list)
    end: str = "not begun"


@dataclass
class Crowd:
    """All customers, depositing at the same time.

    `answers` counts the API's answers by HTTP status and error code, and failed connections.
    """

    api_urls: Sequence[str]
    wishes: list[list[Wish]]
    tokens: Mapping[str, str]
    payers: Payers
    deadline: float  # by time.monotonic()
    on_progress: Callable[[int], None] = lambda _done: None
    answers: Counter[str] = field(default_factory=Counter)
    surprises: list[str] = field(default_factory=list)
    done: int = 0

    def run(self) -> None:
        """Let every customer deposit until all wishes have an end or the time is over."""
        asyncio.run(self._run())

    async def _run(self) -> None:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=100)
        async with httpx.AsyncClient(
            timeout=_ANSWER_LIMIT_S, limits=limits, trust_env=False
        ) as client:
            await asyncio.gather(
                *(self._deposit_all(client, nth) for nth in range(len(self.wishes)))
            )

    async def _deposit_all(self, client: httpx.AsyncClient, nth: int) -> None:
        # As a load balancer without health checks: each request goes to the next API process,
        # whether or not that one runs.
        urls = cycle([*self.api_urls[nth % len(self.api_urls) :], *self.api_urls])
        for wish in self.wishes[nth]:
            if time.monotonic() > self.deadline:
                return
            customer = _Customer(self, client, urls, wish)
            if wish.nameless is not None:
                faults = (wish.nameless, "callback.lose")
                await self.payers.expect_faults(client, wish.phone, faults)
            await asyncio.gather(customer.deposit(), self._pay_by_hand(client, wish))
            if wish.nameless is not None:
                await self.payers.expect_no_faults(client, wish.phone)
            self.done += 1
            self.on_progress(self.done)

    async def _pay_by_hand(self, client: httpx.AsyncClient, wish: Wish) -> None:
        payment = wish.by_hand
        if payment is not None:
            await self.payers.pay(client, wish.phone, payment, self.deadline)


class _Customer:
    """One customer with one wish."""

    def __init__(self, crowd: Crowd, client: httpx.AsyncClient, urls: Any, wish: Wish) -> None:
        self._crowd = crowd
        self._client = client
        self._urls = urls
        self._wish = wish
        self._headers = {"Authorization": f"Token {crowd.tokens[wish.phone]}"}

    async def deposit(self) -> None:
        """Repeat the request until an answer decides, then poll the deposit until it has ended."""
        busy = 0
        payment = self._wish.by_hand
        if payment is not None and payment.leaves_prompt_open:
            await self._crowd.payers.expect_no_answer(self._client, self._wish.phone)
        for _ in range(_TRIES):
            response = await self._push()
            step = self._read(response) if response is not None else Next.REPEAT
            busy += step is Next.REPEAT_BUSY
            self._wish.end = step.value
            if response is not None and step is Next.FOLLOW:
                await self._follow(response.json()["transaction_id"])
                return
            if step in {Next.END, Next.SURPRISE} or busy >= _TRIES_WHEN_BUSY:
                return
            if time.monotonic() > self._crowd.deadline:
                return
            await asyncio.sleep(_MAX_PAUSE_S if step is Next.WAIT else 0.3)

    async def _push(self) -> httpx.Response | None:
        """Send the request once; return None if no answer came."""
        headers = {**self._headers, "Idempotency-Key": self._wish.key}
        body = {"amount": self._wish.amount}
        url = f"{next(self._urls)}/api/payments/stk-push/"
        try:
            return await self._client.post(url, json=body, headers=headers)
        except httpx.TransportError as error:
            self._wish.broken_answers += 1
            self._crowd.answers[f"push: {type(error).__name__}"] += 1
            return None

    def _read(self, response: httpx.Response) -> Next:
        body = _json(response)
        code = body.get("code")
        self._crowd.answers[f"push: {response.status_code} {code or ''}".strip()] += 1
        transaction_id = body.get("transaction_id")
        step = decide(response.status_code, code)
        self._wish.broken_answers += step is Next.REPEAT
        if transaction_id is not None and step is not Next.WAIT:
            self._wish.transaction_ids.append(transaction_id)
        if "Idempotent-Replayed" in response.headers:
            self._wish.is_replayed = True
        if step is Next.SURPRISE:
            self._crowd.surprises.append(f"{response.status_code}: {response.text[:200]}")
        return step

    async def _follow(self, transaction_id: int) -> None:
        """Poll the deposit until it is COMPLETED or FAILED, or `_PATIENCE_S` is over."""
        deadline = time.monotonic() + _PATIENCE_S
        pause_s = 0.2
        while time.monotonic() < deadline:
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 1.5, _MAX_PAUSE_S)
            status = await self._poll(transaction_id)
            if status in {"COMPLETED", "FAILED"}:
                self._wish.end = status
                return
        self._wish.end = "patience ended"

    async def _poll(self, transaction_id: int) -> str | None:
        url = f"{next(self._urls)}/api/payments/transactions/{transaction_id}/status/"
        try:
            response = await self._client.get(url, headers=self._headers)
        except httpx.TransportError:
            return None
        if 400 <= response.status_code < 500:
            self._crowd.surprises.append(f"poll {response.status_code}: {response.text[:200]}")
        status = _json(response).get("status")
        return status if isinstance(status, str) else None


def _json(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
