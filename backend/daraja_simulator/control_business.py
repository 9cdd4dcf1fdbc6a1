"""Control API of what happens at the business's side: payments by hand, reversals, its accounts."""

from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from .book import Way
from .c2b_api import MAX_REFERENCE
from .control import Call, NotThereError, Routes
from .views import accounts_view, customer_view, payment_view, reversal_view

ROUTES = Routes()


class AccountAsked(BaseModel):
    """The account number that a payer typed."""

    model_config = ConfigDict(extra="forbid")
    account_reference: str = Field(default="", max_length=MAX_REFERENCE)
    shortcode: str | None = Field(default=None, description="default: the paybill")


class HandPayment(AccountAsked):
    """A payment to the paybill from the M-Pesa menu, without an STK push."""

    amount: int = Field(ge=1)
    pin: str | None = Field(default=None, description="left out: the right one")
    way: Literal["menu", "overdraft", "ratiba"] = "menu"


class OrganisationPayment(AccountAsked):
    """A payment of another business, which has no phone."""

    amount: int = Field(ge=1)
    name: str = "EXAMPLE LTD B2C"


class Amount(BaseModel):
    """An amount of whole KES."""

    model_config = ConfigDict(extra="forbid")
    amount: int = Field(ge=1)


def _shortcode(call: Call, asked: str | None) -> str:
    shortcode = asked or call.sim.settings.shortcode
    if shortcode not in call.sim.world.merchants:
        raise NotThereError("no such shortcode")
    return shortcode


def _publish_customer(call: Call, phone: str) -> None:
    if phone:
        call.sim.hub.publish("customer", customer_view(call.sim.world.customer(phone)))


@ROUTES.add("POST", "/customers/{phone}/pay", "Pay the paybill by hand", body=HandPayment)
async def pay_by_hand(call: Call) -> Any:
    """The payment, once the business accepted it; its confirmation goes to the registered URL.

    It is 400 for a wrong PIN, when M-Pesa's rules forbid it, and when the validation rejects it.
    """
    world, asked = call.sim.world, call.body
    customer = world.customer(call.path["phone"])
    shortcode = _shortcode(call, asked.shortcode)
    if not world.merchants[shortcode].is_till and not asked.account_reference.strip():
        raise ValueError("account_reference: a paybill needs one")
    if asked.pin is not None and (wrong := customer.enter_pin(asked.pin)) is not None:
        _publish_customer(call, customer.phone)
        message = f"result {wrong}: the PIN is wrong"
        raise ValueError(message)
    payment = world.draft(
        customer.phone, asked.amount, shortcode, asked.account_reference, Way(asked.way)
    )
    return payment_view(await call.sim.paybill.pay(payment), None)


@ROUTES.add("POST", "/hakikisha", "The name behind an account number", body=AccountAsked)
async def ask_name(call: Call) -> Any:
    """What the payer's screen shows before the PIN: `name`, or the `problem` in its place."""
    asked, sim = call.body, call.sim
    shown = await sim.hakikisha.look_up(
        asked.account_reference, _shortcode(call, asked.shortcode), sim.clock()
    )
    return {"name": shown.name, "problem": shown.problem}


@ROUTES.add("GET", "/shortcodes", "The businesses, their balances and registered URLs")
async def list_shortcodes(call: Call) -> Any:
    """Every business by shortcode."""
    world = call.sim.world
    businesses = {}
    for shortcode, merchant in world.merchants.items():
        registration = world.registrations.get(shortcode)
        businesses[shortcode] = {
            "name": merchant.name,
            "is_till": merchant.is_till,
            "accounts": accounts_view(world.treasury.accounts[shortcode]),
            "registration": None
            if registration is None
            else {
                "version": registration.version,
                "response_type": registration.response_type,
                "confirmation_url": registration.confirmation_url,
                "validation_url": registration.validation_url,
                "registered_at": registration.registered_at.isoformat(),
            },
            "pull": shortcode in world.pull_registrations,
        }
    return {"shortcodes": businesses}


@ROUTES.add("DELETE", "/shortcodes/{shortcode}/urls", "Delete the registered URLs")
async def delete_urls(call: Call) -> Any:
    """Deletes them as two operators do on the portal; they can be registered again then."""
    shortcode = _shortcode(call, call.path["shortcode"])
    call.sim.world.registrations.pop(shortcode, None)
    return {}


@ROUTES.add(
    "POST",
    "/shortcodes/{shortcode}/receive",
    "A payment of another business",
    body=OrganisationPayment,
)
async def receive(call: Call) -> Any:
    """The payment; it has no phone, and its confirmation the name of the business."""
    asked, world = call.body, call.sim.world
    shortcode = _shortcode(call, call.path["shortcode"])
    draft = world.draft("", asked.amount, shortcode, asked.account_reference, Way.ORGANISATION)
    payment = await call.sim.paybill.pay(replace(draft, payer_name=asked.name))
    return payment_view(payment, None)


@ROUTES.add("POST", "/shortcodes/{shortcode}/sweep", "Sweep money to the bank", body=Amount)
async def sweep(call: Call) -> Any:
    """The balances after the money went to the settlement account."""
    shortcode = _shortcode(call, call.path["shortcode"])
    call.sim.world.treasury.sweep(shortcode, call.body.amount)
    return accounts_view(call.sim.world.treasury.accounts[shortcode])


@ROUTES.add("POST", "/shortcodes/{shortcode}/fund", "Put money in for payouts", body=Amount)
async def fund(call: Call) -> Any:
    """The balances after the money came into the utility account."""
    shortcode = _shortcode(call, call.path["shortcode"])
    call.sim.world.treasury.fund(shortcode, call.body.amount)
    return accounts_view(call.sim.world.treasury.accounts[shortcode])


@ROUTES.add("POST", "/payments/{receipt}/reverse", "Safaricom takes a payment back")
async def reverse(call: Call) -> Any:
    """The reversal; the business is not told, it stands in statements and Transaction Status."""
    world, receipt = call.sim.world, call.path["receipt"]
    if receipt not in world.book.payments:
        raise NotThereError("no such payment")
    reversal = world.treasury.reverse(receipt, "safaricom")
    _publish_customer(call, reversal.original.phone)
    return reversal_view(reversal)


@ROUTES.add("POST", "/initiator/unlock", "Unlock the API operator")
async def unlock_initiator(call: Call) -> Any:
    """Ends result 8006, as a Business Administrator does on the portal."""
    call.sim.commands.initiator.unlock()
    return {}
