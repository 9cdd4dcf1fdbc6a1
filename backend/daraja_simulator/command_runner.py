"""Carries out acknowledged commands, and posts their results or queue timeouts."""

import asyncio
from collections.abc import Callable
from typing import Any

from . import command_results, results
from .announcer import Announcer
from .commands import Api, Command, Result
from .delivery import Outgoing
from .fault_catalogue import Fault
from .faults import Occasion
from .initiators import Initiator
from .timers import Timers
from .views import customer_view

EARLY = "result.early"
_NOT_CARRIED_OUT = ("timeout", "timeout_flat")
# Faults by which M-Pesa answers with a code in place of carrying out the command.
_CODES = {
    "busy": "26",
    "internal": "17",
    "no_role": "21",
    "unregistered": "2040",
    "unknown_number": "SFC_IC0003",
    "daily_limit": "4",
}
_ONLY_B2C = frozenset({"unregistered", "unknown_number", "daily_limit"})


class Commands:
    """All commands of the run, by ConversationID and by OriginatorConversationID."""

    def __init__(
        self, announcer: Announcer, timers: Timers, publish: Callable[[str, Any], None]
    ) -> None:
        self._announcer = announcer
        self._timers = timers
        self._publish = publish
        self.initiator = Initiator(announcer.world.settings)
        self.by_conversation: dict[str, Command] = {}
        self._by_originator: dict[str, Command] = {}

    @property
    def waiting(self) -> int:
        """How many commands are acknowledged and not yet carried out."""
        return sum(not command.is_done for command in self.by_conversation.values())

    def find_original(self, originator_conversation_id: str) -> Command | None:
        """Return the first command that had this OriginatorConversationID."""
        return self._by_originator.get(originator_conversation_id)

    def begin(self, command: Command) -> list[asyncio.Task[None]]:
        """Carry the command out after `result_ms`; under the fault `result.early` at once, and
        then return the tasks that the acknowledgement waits for.
        """
        self.by_conversation[command.conversation_id] = command
        self._by_originator.setdefault(command.originator_conversation_id, command)
        faults, occasion = self._announcer.faults, _occasion_of(command)
        fault = faults.choose("result", occasion, lambda fault: _fits(fault, command))
        if fault is not None and fault.name == EARLY:
            return self._run(command, fault)
        delay_s = self._announcer.world.settings.result_ms / 1000
        self._timers.after(delay_s, lambda: self._run(command, None))
        return []

    def _run(self, command: Command, early: Fault | None) -> list[asyncio.Task[None]]:
        faults, occasion = self._announcer.faults, _occasion_of(command)
        fault = early or faults.choose(
            "result", occasion, lambda fault: fault.name != EARLY and _fits(fault, command)
        )
        kind = fault.kind if fault else ""
        if fault is not None:
            faults.strike(fault, occasion)
            command.faults.append(fault.name)
        command.is_done = True
        if kind in _NOT_CARRIED_OUT:
            return [self._send_timeout(command, kind)]
        result = command.result = self._result(command, _CODES.get(kind))
        self._show_customer(command)
        if kind == "timeout_done":
            return [self._send_timeout(command, kind)]
        return self._send_result(command, result, kind)

    def _show_customer(self, command: Command) -> None:
        """Show the customer whose money moved on the open pages."""
        world = self._announcer.world
        payment = world.book.payments.get(str(command.body.get("TransactionID")))
        phone = command.phone or (payment.phone if payment is not None else "")
        if phone:
            self._publish("customer", customer_view(world.customer(phone)))

    def _result(self, command: Command, code: str | None) -> Result:
        """Carry the command out, unless a code is given; return its result."""
        world = self._announcer.world
        refused = code or self.initiator.check(command.body)
        original = self.find_original(command.originator_conversation_id)
        if refused is None and original is not command:
            refused = "15"
        if refused is not None:
            return command_results.failure(refused, world)
        if command.api is Api.STATUS:
            return command_results.status(command, world, self.by_conversation.values())
        return command_results.CARRY_OUT[command.api](command, world)

    def _send_timeout(self, command: Command, kind: str) -> asyncio.Task[None]:
        command.timed_out = True
        is_flat = kind == "timeout_flat"
        body = results.flat_timeout_body(command) if is_flat else results.timeout_body(command)
        return self._send(command, "timeout", command.timeout_url, results.text_of(body, []))

    def _send_result(self, command: Command, result: Result, kind: str) -> list[asyncio.Task[None]]:
        faults = self._announcer.faults
        quirks = faults.pick_all("result_shape", _occasion_of(command))
        command.faults += [quirk.name for quirk in quirks]
        body = results.result_body(command, result)
        text = results.text_of(body, [quirk.kind for quirk in quirks])
        copies = {"lose": 0, "duplicate": 2}.get(kind, 1)
        delay_s = faults.parameters.late_seconds if kind == "late" else 0
        return [
            self._send(command, "result", command.result_url, text, delay_s=delay_s)
            for _ in range(copies)
        ]

    def _send(
        self, command: Command, kind: str, url: str, text: str, *, delay_s: float = 0
    ) -> asyncio.Task[None]:
        fault = ", ".join(command.faults)
        return self._announcer.delivery.send(
            Outgoing(kind, url, text, command.phone, fault=fault, delay_s=delay_s)
        )


def _occasion_of(command: Command) -> Occasion:
    # The number tells the APIs apart, so that each draws separately.
    place = list(Api).index(command.api)
    return Occasion(command.phone, command.number * len(Api) + place, command.amount)


def _fits(fault: Fault, command: Command) -> bool:
    return command.api is Api.B2C or fault.kind not in _ONLY_B2C
