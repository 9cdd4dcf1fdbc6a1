"""Sends callbacks as Safaricom does: JSON without signature, following no redirect.

A callback that the merchant does not answer with 2xx is lost, unless the settings ask for more
attempts.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from .clock import Clock
from .prompts import Prompt
from .settings import Settings
from .wirelog import BODY_SHOWN, Exchange, WireLog

_HEADERS = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Outgoing:
    """A message to the merchant's server: a callback, a question, a result, or a forged one."""

    kind: str  # callback, c2b, validation, hakikisha, result, forged
    url: str
    text: str
    phone: str = ""
    prompt: Prompt | None = None
    fault: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0
    # For `callback.reorder`: seconds to wait at most, so that a later message is sent first.
    overtaken_within_s: float = 0
    # Called with True once the message was taken (2xx), with False after its last try.
    on_end: Callable[[bool], None] | None = None


class Delivery:
    """Sends messages, each in a task of its own."""

    def __init__(self, settings: Settings, log: WireLog, clock: Clock) -> None:
        self._settings = settings
        self._log = log
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()
        self._held: list[asyncio.Event] = []
        self._slots = asyncio.Semaphore(settings.callback_concurrency)
        self._session: aiohttp.ClientSession | None = None

    @property
    def pending(self) -> int:
        """How many messages are scheduled, held back or being sent."""
        return len(self._tasks)

    def send(self, message: Outgoing) -> asyncio.Task[None]:
        """Schedule the message; the task ends when it is delivered or lost."""
        return self.track(self._deliver(message))

    def track(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do the work in a task that counts as pending until it ends, and ends with `drop_all`."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def ask(self, message: Outgoing, seconds: float) -> tuple[int | None, str]:
        """Send the message once, and return the status and the body of its answer; the status is
        None if none came within so many seconds.
        """
        return await self._post(message, seconds)

    async def drop_all(self) -> None:
        """Cancel all messages that are not yet delivered."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def close(self) -> None:
        """Cancel all messages and close the connections."""
        await self.drop_all()
        if self._session is not None:
            await self._session.close()

    async def _deliver(self, message: Outgoing) -> None:
        await asyncio.sleep(message.delay_s)
        if message.overtaken_within_s:
            await self._wait_to_be_overtaken(message.overtaken_within_s)
        delivered = await self._try_until_taken(message)
        if message.prompt is not None and message.kind == "callback":
            message.prompt.callbacks_delivered += delivered
            message.prompt.callbacks_failed += not delivered
        if message.on_end is not None:
            message.on_end(delivered)
        for event in self._held:
            event.set()

    async def _wait_to_be_overtaken(self, within_s: float) -> None:
        event = asyncio.Event()
        self._held.append(event)
        try:
            await asyncio.wait_for(event.wait(), within_s)
        except TimeoutError:
            return
        finally:
            self._held.remove(event)

    async def _try_until_taken(self, message: Outgoing) -> bool:
        for attempt in range(self._settings.callback_attempts):
            if attempt:
                await asyncio.sleep(self._settings.callback_retry_seconds)
            async with self._slots:
                status, _ = await self._post(message, self._settings.callback_timeout_seconds)
                if status is not None and 200 <= status < 300:
                    return True
        return False

    async def _post(self, message: Outgoing, seconds: float) -> tuple[int | None, str]:
        started, at = time.monotonic(), self._clock()
        status, headers, body, error = await self._exchange(message, seconds)
        self._log.add(
            Exchange(
                direction="out",
                kind=message.kind,
                method="POST",
                url=message.url,
                at=at,
                duration_ms=round((time.monotonic() - started) * 1000),
                request_headers={**_HEADERS, **message.headers},
                request_body=message.text,
                status=status,
                response_headers=headers,
                response_body=body,
                error=error,
                fault=message.fault,
                phone=message.phone,
                checkout_request_id=message.prompt.checkout_request_id if message.prompt else "",
            )
        )
        return status, body

    async def _exchange(
        self, message: Outgoing, seconds: float
    ) -> tuple[int | None, dict[str, str], str, str]:
        try:
            async with self._open_session().post(
                message.url,
                data=message.text.encode(),
                headers={**_HEADERS, **message.headers},
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(seconds),
            ) as response:
                body = (await response.content.read(BODY_SHOWN)).decode("utf-8", "replace")
                return response.status, dict(response.headers), body, ""
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            return None, {}, "", f"{type(error).__name__}: {error}".rstrip(": ")

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "daraja-simulator"},
            )
        return self._session
