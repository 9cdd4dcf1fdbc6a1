"""Control API of customers, prompts and the book."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from .announcer import LOSE_EVERYTHING
from .control import Call, NotThereError, Routes
from .customers import Customer
from .deposits import Action
from .scenario import CustomerChange, NewCustomer, change_customer
from .views import customer_book, customer_view, payout_view, prompt_view, reversal_view

_PROMPTS_LISTED = 100
ROUTES = Routes()


class PromptAnswer(BaseModel):
    """How the customer answers a prompt."""

    model_config = ConfigDict(extra="forbid")
    action: Action
    pin: str = Field(default="", description="with action pin")


def _customer(call: Call) -> Customer:
    customer = call.sim.world.customers.get(call.path["phone"])
    if customer is None:
        raise NotThereError("no such customer")
    return customer


def _shown(call: Call, customer: Customer) -> dict[str, Any]:
    view = customer_view(customer)
    call.sim.hub.publish("customer", view)
    return view


@ROUTES.add("GET", "/customers", "Every customer")
async def list_customers(call: Call) -> Any:
    """All customers with balance, PIN, locks and messages."""
    return {"customers": [customer_view(c) for c in call.sim.world.customers.values()]}


@ROUTES.add("POST", "/customers", "Make a customer, or change one", body=NewCustomer)
async def make_customer(call: Call) -> Any:
    """The customer, created if the phone is new."""
    customer = call.sim.world.customer(call.body.phone)
    change_customer(customer, call.body)
    return _shown(call, customer)


@ROUTES.add("GET", "/customers/{phone}", "One customer, with SMS and open prompt")
async def get_customer(call: Call) -> Any:
    """One customer, and the prompt that waits on the phone, if any."""
    customer = _customer(call)
    prompt = call.sim.world.find_waiting(customer.phone)
    return {**customer_view(customer), "prompt": prompt_view(prompt) if prompt else None}


@ROUTES.add("PATCH", "/customers/{phone}", "Change a customer", body=CustomerChange)
async def patch_customer(call: Call) -> Any:
    """The customer after the change."""
    customer = _customer(call)
    change_customer(customer, call.body)
    return _shown(call, customer)


@ROUTES.add("POST", "/customers/{phone}/answer", "Answer the prompt open there", body=PromptAnswer)
async def answer_phone(call: Call) -> Any:
    """Answers the prompt that waits on the phone and returns it; 404 if none waits."""
    prompt = call.sim.world.find_waiting(call.path["phone"])
    if prompt is None:
        raise NotThereError("no prompt waits on that phone")
    call.sim.deposits.answer(prompt, call.body.action, call.body.pin)
    return prompt_view(prompt)


@ROUTES.add("GET", "/prompts", "Prompts, newest first", query=("state", "phone", "limit"))
async def list_prompts(call: Call) -> Any:
    """The newest prompts first; only those of a phone or a state, if the query names one."""
    state, phone = call.query.get("state"), call.query.get("phone")
    chosen = [
        prompt
        for prompt in reversed(call.sim.world.prompts.values())
        if state in (None, prompt.state.value) and phone in (None, prompt.phone)
    ]
    limit = call.number("limit", _PROMPTS_LISTED)
    return {"total": len(chosen), "prompts": [prompt_view(p) for p in chosen[:limit]]}


@ROUTES.add("GET", "/prompts/{checkout_request_id}", "One prompt")
async def get_prompt(call: Call) -> Any:
    """One prompt."""
    return prompt_view(call.prompt())


@ROUTES.add(
    "POST",
    "/prompts/{checkout_request_id}/answer",
    "Answer a prompt as its customer would",
    body=PromptAnswer,
)
async def answer_prompt(call: Call) -> Any:
    """Answers the prompt and returns it; a prompt that has ended does not change."""
    prompt = call.prompt()
    call.sim.deposits.answer(prompt, call.body.action, call.body.pin)
    return prompt_view(prompt)


@ROUTES.add("GET", "/book", "What every customer really paid")
async def get_book(call: Call) -> Any:
    """All payments by phone, the totals, and those whose push answer and callbacks were lost."""
    world = call.sim.world
    book = world.book
    lost = [
        prompt.push.amount
        for prompt in world.prompts.values()
        if prompt.receipt and LOSE_EVERYTHING in prompt.faults
    ]
    return {
        "total": sum(payment.amount for payment in book.payments.values()),
        "payments": len(book.payments),
        "balanced": world.is_balanced(),
        "lost_everything": {"payments": len(lost), "amount": sum(lost)},
        "reversed": sum(r.original.amount for r in book.reversals.values()),
        "reversals": [reversal_view(reversal) for reversal in book.reversals.values()],
        "paid_out": sum(payout.amount for payout in book.payouts.values()),
        "payouts": [payout_view(payout) for payout in book.payouts.values()],
        "organisations": customer_book("", book, world.prompts)["payments"],
        "phones": {phone: customer_book(phone, book, world.prompts) for phone in book.phones()},
    }


@ROUTES.add("GET", "/book/{phone}", "What one customer really paid")
async def get_customer_book(call: Call) -> Any:
    """One customer's payments."""
    world = call.sim.world
    return customer_book(call.path["phone"], world.book, world.prompts)
