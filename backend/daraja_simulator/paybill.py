"""Payments without our prompt: the business is asked (validation), and told (confirmation)."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from . import c2b_messages, sms
from .announcer import Announcer
from .book import Payment
from .delivery import Outgoing
from .faults import Occasion
from .registrations import Registration
from .views import customer_view
from .world import World

_ACCEPTED = "0"
# The validation did not answer in time, or not in a way that M-Pesa understands.
_UNREACHED = ""


class RejectedError(ValueError):
    """The business did not take the payment, and no money moved."""


class Paybill:
    """Carries out payments that the payer starts, in M-Pesa's order.

    Rules first, then the validation without any money moved, then the rules again, because time
    has passed, and the money; the confirmation follows.
    """

    def __init__(self, announcer: Announcer, publish: Callable[[str, Any], None]) -> None:
        self._announcer = announcer
        self._publish = publish

    @property
    def _world(self) -> World:
        return self._announcer.world

    async def pay(self, payment: Payment) -> Payment:
        """Carry out a drafted payment, and return it with what the validation added.

        Raises:
            RejectedError: the business rejected it, or could not be asked and has ResponseType
                Cancelled.
            ValueError: M-Pesa's rules forbid the payment.
        """
        number = self._world.count_request("hand", payment.phone)
        occasion = Occasion(payment.phone, number, payment.amount)
        registration = self._world.registrations.get(payment.shortcode)
        forbidden = self._world.rule_against(payment)
        if forbidden is None and registration is not None:
            payment = await self._validated(payment, registration, occasion)
        taken = self._world.take(payment)
        self._announcer.confirm(taken, occasion)
        self._show(payment.phone)
        return taken

    async def _validated(
        self, payment: Payment, registration: Registration, occasion: Occasion
    ) -> Payment:
        settings = self._world.settings
        if not settings.validation or not registration.validation_url:
            return payment
        code, third_party_id = await self._ask(payment, registration, occasion)
        if code == _ACCEPTED:
            return replace(payment, third_party_trans_id=third_party_id)
        if code == _UNREACHED and registration.goes_on_without_validation:
            return payment
        self._world.treasury.decline(payment)
        if payment.phone:
            name = self._world.merchants[payment.shortcode].name
            message = sms.rejected_message(code, name, self._world.clock())
            self._world.customer(payment.phone).receive(message)
            self._show(payment.phone)
        raise RejectedError(
            f"the business rejected the payment: {code}"
            if code
            else "the validation did not answer, and the ResponseType is Cancelled"
        )

    async def _ask(
        self, payment: Payment, registration: Registration, occasion: Occasion
    ) -> tuple[str, str]:
        """Return the validation's ResultCode and ThirdPartyTransID."""
        faults, delivery = self._announcer.faults, self._announcer.delivery
        fault = faults.pick("validation", occasion)
        if fault is not None and fault.kind == "unreachable":
            return _UNREACHED, ""
        quirks = faults.pick_all("c2b_shape", occasion)
        body = c2b_messages.notice(payment, registration.version, None)
        names = [struck.name for struck in ([fault] if fault else []) + quirks]
        message = Outgoing(
            "validation",
            registration.validation_url,
            c2b_messages.text_of(body, payment, [quirk.kind for quirk in quirks]),
            payment.phone,
            fault=", ".join(names),
        )
        if fault is not None and fault.kind == "duplicate":
            delivery.send(message)
        status, text = await delivery.ask(message, self._world.settings.validation_seconds)
        return _verdict(status, text)

    def _show(self, phone: str) -> None:
        if phone:
            self._publish("customer", customer_view(self._world.customer(phone)))


def _verdict(status: int | None, text: str) -> tuple[str, str]:
    try:
        body = json.loads(text) if status == 200 else None
    except ValueError:
        body = None
    if not isinstance(body, dict) or "ResultCode" not in body:
        return _UNREACHED, ""
    code = str(body["ResultCode"])
    # Any number of zeros accepts; everything else rejects, also an unknown code.
    accepted = code != "" and code.strip("0") == ""
    return (_ACCEPTED if accepted else code or "C2B00016"), str(body.get("ThirdPartyTransID") or "")
