"""Sends the merchant the messages about a prompt that ended: callback and C2B confirmation.

Faults of callbacks (lost, late, twice and so on) are applied here.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from . import c2b_messages, callbacks, forgery
from .book import Payment
from .delivery import Delivery, Outgoing
from .fault_catalogue import Fault
from .faults import Faults, Occasion, Parameters, draw
from .prompts import Prompt, PromptState
from .world import World

LOSE_EVERYTHING = "deposit.lose_everything"
EARLY = "callback.early"
_ONLY_WHEN_PAID = {"callback.failure_first", "callback.failure_after", "callback.wrong_amount"}

Plan = Callable[[Outgoing, Prompt, Parameters], list[Outgoing]]


def occasion_of(prompt: Prompt) -> Occasion:
    """Return the input of every random decision about this prompt: phone, push number, amount."""
    return Occasion(prompt.phone, prompt.number, prompt.push.amount)


class Announcer:
    """Writes the messages about a prompt and gives them to `Delivery` to send."""

    def __init__(self, world: World, faults: Faults, delivery: Delivery) -> None:
        self.world = world
        self.faults = faults
        self.delivery = delivery

    def announce(self, prompt: Prompt, *, early: Fault | None = None) -> list[asyncio.Task[None]]:
        """Send the callback of a prompt that has ended, and the C2B confirmation if it was paid.

        `early` is the fault by which the callback is sent before the answer to the push.
        """
        if LOSE_EVERYTHING in prompt.faults:
            return []
        fault = early or self.faults.pick(
            "callback", occasion_of(prompt), lambda fault: _may_strike(fault, prompt)
        )
        messages = self._messages(prompt, fault)
        payment = self.world.book.payments.get(prompt.receipt or "")
        if payment is not None:
            self.confirm(payment, occasion_of(prompt))
        return [self.delivery.send(message) for message in messages]

    def confirm(self, payment: Payment, occasion: Occasion) -> None:
        """Send the C2B confirmation of a payment, if its business registered a URL for it
        (docs/daraja.md §5).
        """
        registration = self.world.registrations.get(payment.shortcode)
        if registration is None:
            return
        fault = self.faults.pick("c2b", occasion)
        quirks = self.faults.pick_all("c2b_shape", occasion)
        struck = ([fault] if fault else []) + quirks
        told = self.world.book.confirmations[payment.receipt]
        told.faults += [fault.name for fault in struck]
        body = c2b_messages.notice(
            payment, registration.version, self.world.treasury.balance_after(payment)
        )
        message = Outgoing(
            "c2b",
            registration.confirmation_url,
            c2b_messages.text_of(body, payment, [quirk.kind for quirk in quirks]),
            payment.phone,
            fault=", ".join(told.faults),
            delay_s=self.faults.parameters.late_seconds if fault and fault.kind == "late" else 0,
            on_end=told.count,
        )
        copies = {"lose": 0, "duplicate": 2}.get(fault.kind, 1) if fault else 1
        for _ in range(copies):
            self.delivery.send(message)

    def forge(self, prompt: Prompt, nth: int, delay_s: float, *, url: str = "") -> None:
        """Send a forged callback about the prompt, as a third party would.

        It goes to `url`, or else to the callback URL whose secret part is left out or guessed.
        """
        target = url or (forgery.bare_url, forgery.guessed_url)[nth % 2](prompt.push.callback_url)
        kind = forgery.drawn_kind(self.faults.seed, prompt, nth)
        receipts = self.world.book.payments
        text = forgery.forged_text(prompt, kind, next(reversed(receipts), None))
        self.delivery.send(
            Outgoing(
                "forged",
                target,
                text,
                prompt.phone,
                prompt,
                fault=f"deposit.forge ({kind})",
                headers=forgery.CLAIMED_SOURCE,
                delay_s=delay_s,
            )
        )

    def _messages(self, prompt: Prompt, fault: Fault | None) -> list[Outgoing]:
        quirks = self._quirks(prompt)
        names = [struck.name for struck in ([fault] if fault else []) + quirks]
        prompt.faults += names
        wrong_amount = fault is not None and fault.kind == "wrong_amount"
        message = Outgoing(
            "callback",
            prompt.push.callback_url,
            self._text(prompt, [quirk.kind for quirk in quirks], wrong_amount=wrong_amount),
            prompt.phone,
            prompt,
            fault=", ".join(names),
        )
        plan = _PLANS.get(fault.kind) if fault else None
        if plan is None:
            return [message]
        return plan(message, prompt, self.faults.parameters)

    def _quirks(self, prompt: Prompt) -> list[Fault]:
        is_paid = prompt.state is PromptState.PAID
        return self.faults.pick_all(
            "shape",
            occasion_of(prompt),
            lambda fault: is_paid or fault.kind in callbacks.FAILURE_QUIRKS,
        )

    def _text(self, prompt: Prompt, quirks: list[str], *, wrong_amount: bool) -> str:
        payment = self.world.book.payments.get(prompt.receipt or "")
        if payment is None:
            callback = callbacks.failure(prompt, prompt.result_code or "9999")
        else:
            amount = (1 if payment.amount > 1 else 2) if wrong_amount else payment.amount
            callback = callbacks.success(prompt, replace(payment, amount=amount))
        callbacks.apply_quirks(callback, quirks)
        return callback.text()


def _may_strike(fault: Fault, prompt: Prompt) -> bool:
    if fault.name in _ONLY_WHEN_PAID:
        return prompt.state is PromptState.PAID
    if fault.kind == "lose":
        # If the push answer may be lost too, the callback is not: losing both is the fault
        # `deposit.lose_everything`. A slow answer counts, since the caller may disconnect.
        return not (prompt.answer_lost or any(n.startswith("push.") for n in prompt.faults))
    return fault.name != EARLY


def _lose(_message: Outgoing, _prompt: Prompt, _parameters: Parameters) -> list[Outgoing]:
    return []


def _duplicate(message: Outgoing, prompt: Prompt, parameters: Parameters) -> list[Outgoing]:
    # Sent two or three times; for half of the prompts at the same moment, else with a gap.
    drawn = draw(0, "duplicate", prompt.phone, prompt.number)
    gap_s = 0 if drawn < 0.5 else parameters.duplicate_gap_ms / 1000
    copies = 2 + (int(drawn * 100) % 2)
    return [replace(message, delay_s=gap_s * nth) for nth in range(copies)]


def _late(message: Outgoing, _prompt: Prompt, parameters: Parameters) -> list[Outgoing]:
    return [replace(message, delay_s=parameters.late_seconds)]


def _reorder(message: Outgoing, _prompt: Prompt, parameters: Parameters) -> list[Outgoing]:
    return [replace(message, overtaken_within_s=parameters.reorder_seconds)]


def _untrue(message: Outgoing, prompt: Prompt) -> Outgoing:
    return replace(message, text=callbacks.failure(prompt, "1037").text())


def _failure_first(message: Outgoing, prompt: Prompt, parameters: Parameters) -> list[Outgoing]:
    gap_s = parameters.duplicate_gap_ms / 1000
    return [_untrue(message, prompt), replace(message, delay_s=gap_s)]


def _failure_after(message: Outgoing, prompt: Prompt, parameters: Parameters) -> list[Outgoing]:
    gap_s = parameters.duplicate_gap_ms / 1000
    return [message, replace(_untrue(message, prompt), delay_s=gap_s)]


_PLANS: dict[str, Plan] = {
    "lose": _lose,
    "duplicate": _duplicate,
    "late": _late,
    "reorder": _reorder,
    "failure_first": _failure_first,
    "failure_after": _failure_after,
}
