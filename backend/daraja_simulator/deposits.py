"""One prompt from push to callback: shown, then answered by the customer, a timer or a fault."""

import asyncio
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from .announcer import EARLY, LOSE_EVERYTHING, Announcer, occasion_of
from .fault_catalogue import Fault
from .faults import Faults
from .outcomes import MAGIC_AMOUNTS, NEVER_ANSWERS
from .prompts import Prompt
from .settings import Settings
from .timers import Timers
from .views import customer_view, prompt_view
from .world import World

PAY = "0"
IGNORE = "ignore"

# Automatic mode: what each `customer.*` fault makes the customer do, as a result code.
_BEHAVIOUR = {
    "cancels": "1032",
    "wrong_pin": "2001",
    "ignores": IGNORE,
    "unreachable": "1037",
    "broke": "1",
}


class Action(StrEnum):
    """How a prompt can be answered through the control API."""

    PIN = "pin"
    WRONG_PIN = "wrong_pin"
    CANCEL = "cancel"
    IGNORE = "ignore"
    EXPIRE = "expire"
    UNREACHABLE = "unreachable"


class Deposits:
    """Shows prompts to customers, ends them, and has their callbacks sent."""

    def __init__(
        self, announcer: Announcer, timers: Timers, publish: Callable[[str, Any], None]
    ) -> None:
        self._announcer = announcer
        self._timers = timers
        self._publish = publish

    @property
    def _world(self) -> World:
        return self._announcer.world

    @property
    def _faults(self) -> Faults:
        return self._announcer.faults

    @property
    def _settings(self) -> Settings:
        return self._world.settings

    async def begin(self, prompt: Prompt) -> None:
        """Show the prompt to the customer and schedule how it ends.

        It returns before the prompt is answered. Only under the fault `callback.early` it returns
        after the callback was delivered or lost, so that the push answer comes later.
        """
        self._strike_deposit(prompt)
        code, after_s = self._foreseen(prompt)
        self._publish("customer", customer_view(self._world.customer(prompt.phone)))
        self._publish("prompt", prompt_view(prompt))
        if code is None:
            return
        early = self._early(prompt, after_s)
        if early is None:
            self._timers.after(after_s, lambda: self._end(prompt, code))
            return
        tasks = self._end(prompt, code, early=early)
        if tasks:
            await asyncio.wait(tasks)

    def answer(self, prompt: Prompt, action: Action, pin: str = "") -> None:
        """Apply the customer's answer; it has no effect on a prompt that has ended."""
        if not prompt.is_waiting:
            return
        match action:
            case Action.PIN:
                self._world.pay_with_pin(prompt, pin)
            case Action.WRONG_PIN:
                # No customer's PIN is empty, so an empty one is always wrong.
                self._world.pay_with_pin(prompt, "")
            case Action.IGNORE:
                prompt.dismissed = True
            case Action.CANCEL:
                self._world.fail(prompt, "1032")
            case Action.UNREACHABLE:
                self._world.fail(prompt, "1037")
            case Action.EXPIRE:
                self._world.fail(prompt, self._settings.expiry_code)
        self._announce(prompt)

    def _end(
        self, prompt: Prompt, code: str, *, early: Fault | None = None
    ) -> list[asyncio.Task[None]]:
        """End the prompt with this result code, unless it has ended already."""
        if not prompt.is_waiting:
            return []
        if code == PAY:
            self._world.pay(prompt)
        else:
            self._world.fail(prompt, code)
        return self._announce(prompt, early=early)

    def _announce(self, prompt: Prompt, *, early: Fault | None = None) -> list[asyncio.Task[None]]:
        tasks = [] if prompt.is_waiting else self._announcer.announce(prompt, early=early)
        self._publish("prompt", prompt_view(prompt))
        self._publish("customer", customer_view(self._world.customer(prompt.phone)))
        return tasks

    def _strike_deposit(self, prompt: Prompt) -> None:
        struck = self._faults.pick_all("deposit", occasion_of(prompt))
        prompt.faults += [fault.name for fault in struck]
        if LOSE_EVERYTHING in prompt.faults:
            prompt.answer_lost = True
        if "deposit.forge" in prompt.faults:
            delay_s = self._settings.delay_ms / 1000
            # One forged callback while the prompt is open, one after its end.
            self._announcer.forge(prompt, 0, delay_s / 2)
            self._announcer.forge(prompt, 1, delay_s * 2)

    def _foreseen(self, prompt: Prompt) -> tuple[str | None, float]:
        """Return the result code with which the prompt ends if no customer answers by hand, and the
        seconds until then; None if it never ends.
        """
        prompt.shown = False
        obstacle = self._world.obstacle(prompt)
        delay_s = self._settings.delay_ms / 1000
        if obstacle is not None:
            return obstacle, delay_s
        if not self._world.customer(prompt.phone).phone_on:
            wait_s = delay_s if self._settings.automatic else self._settings.unreachable_seconds
            return "1037", wait_s
        prompt.shown = True
        code = self._automatic(prompt) if self._settings.automatic else IGNORE
        prompt.silent = code == NEVER_ANSWERS
        if code == IGNORE:
            return self._settings.expiry_code, self._settings.prompt_seconds
        return (None if prompt.silent else code), delay_s

    def _automatic(self, prompt: Prompt) -> str:
        magic = MAGIC_AMOUNTS.get(prompt.push.amount)
        if magic is not None:
            return magic
        fault = self._faults.pick("customer", occasion_of(prompt))
        if fault is None:
            return PAY
        prompt.faults.append(fault.name)
        return _BEHAVIOUR[fault.kind]

    def _early(self, prompt: Prompt, after_s: float) -> Fault | None:
        """Return the fault `callback.early` if it applies: only in automatic mode, and only to a
        prompt that ends after the short delay, not after an expiry.
        """
        if not self._settings.automatic or after_s > self._settings.delay_ms / 1000:
            return None
        fault = self._faults.choose("callback", occasion_of(prompt))
        if fault is None or fault.name != EARLY:
            return None
        self._faults.strike(fault, occasion_of(prompt))
        return fault
