"""What all of Daraja's endpoints share: the request, the access token, the faults, the answer."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from . import wire
from .fault_catalogue import Fault, Phase
from .faults import Occasion
from .faulty_answers import INVALID_TOKEN, answer_instead, damage
from .prompts import Prompt
from .reply import Reply
from .simulator import Simulator
from .wire import DarajaError


@dataclass(frozen=True)
class Incoming:
    """A request as it was received."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    path: str = ""


@dataclass
class Answer:
    """The reply, with what the wire log and the transport need besides."""

    reply: Reply
    prompt: Prompt | None = None
    phone: str = ""
    fault: str = ""


def authorised(sim: Simulator, incoming: Incoming, group: str) -> dict[str, Any]:
    """Check the access token and return the request's body; the error for a wrong token differs by
    API (docs/daraja.md §1).

    Raises:
        DarajaError: wrong method, no or a wrong token, or a body that is no JSON object.
    """
    if incoming.method != "POST":
        raise DarajaError(405, "405.001", "Method Not Allowed")
    scheme, _, token = incoming.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise DarajaError(404, "404.001.04", "Invalid Authentication Header")
    if not sim.tokens.is_good(token.strip()):
        status, code = INVALID_TOKEN[group]
        raise DarajaError(status, code, "Invalid Access Token")
    return wire.read_body(incoming.body, incoming.headers.get("Content-Type", ""))


def fields_of(raw: bytes) -> dict[str, Any]:
    """Return the fields of an unchecked body, empty if it is not a JSON object."""
    try:
        body = json.loads(raw)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def amount_of(value: object) -> int | None:
    """Return an unchecked amount as a number, None if it is not a whole one."""
    text = str(value)
    is_whole = text.isascii() and text.isdigit() and len(text) <= wire.MAX_AMOUNT_DIGITS
    return int(text) if is_whole else None


def reply_to(refused: DarajaError) -> Reply:
    """Return the error envelope of a rejected request."""
    return wire.rejection(refused.status, refused.code, refused.message)


def damaged(sim: Simulator, answer: Answer, fault: Fault | None, occasion: Occasion) -> Answer:
    """Return the answer, damaged by the fault if there is one; count the fault."""
    if fault is not None:
        sim.faults.strike(fault, occasion)
        answer.reply = damage(answer.reply, fault, sim.faults.parameters)
        answer.fault = fault.name
    return answer


def answer_request(
    sim: Simulator, group: str, occasion: Occasion, carry_out: Callable[[], Reply]
) -> Answer:
    """Return the answer to a request of this group, under the faults that are switched on.

    `carry_out` does what was asked for. It is not called under a fault that answers in its place.
    """
    fault = sim.faults.choose(group, occasion)
    if fault is not None and fault.phase is Phase.INSTEAD:
        sim.faults.strike(fault, occasion)
        return Answer(answer_instead(fault), phone=occasion.phone, fault=fault.name)
    try:
        reply = carry_out()
    except DarajaError as refused:
        return Answer(reply_to(refused), phone=occasion.phone)
    return damaged(sim, Answer(reply, phone=occasion.phone), fault, occasion)
