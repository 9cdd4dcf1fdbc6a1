"""Daraja's endpoints: check a request and reply to it.

Payments are decided in world.py, callbacks are sent by announcer.py.
"""

import base64
import binascii
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import wire
from .announcer import LOSE_EVERYTHING, occasion_of
from .fault_catalogue import Fault, Phase
from .faults import Occasion
from .misanswers import answer_instead, pending, spoil
from .outcomes import BUSY, MAGIC_AMOUNTS, result_text
from .prompts import Prompt, PromptState
from .reply import Manner, Reply, json_reply
from .simulator import Simulator
from .wire import DarajaError
from .world import busy

_DENIED = "1037"


@dataclass(frozen=True)
class Incoming:
    """A request as it was received."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Answer:
    """The reply, with what the wire log and the transport need besides."""

    reply: Reply
    prompt: Prompt | None = None
    phone: str = ""
    fault: str = ""


def oauth(sim: Simulator, incoming: Incoming) -> Answer:
    """`GET /oauth/v1/generate`."""
    occasion = Occasion(number=sim.tokens.issued)
    fault = sim.faults.choose("oauth", occasion)
    if fault is not None and fault.phase is Phase.INSTEAD:
        # Count as if a token had been issued: the count is the input of the draw, so that the next
        # request draws afresh.
        sim.tokens.issued += 1
        sim.faults.strike(fault, occasion)
        return Answer(answer_instead(fault), fault=fault.name)
    refused = _check_keys(sim, incoming)
    if refused is not None:
        return Answer(refused)
    dead = fault is not None and fault.kind == "dead_token"
    # `expires_in` is a string in real traffic, although Safaricom's newest sample shows a number
    # (docs/daraja.md §1).
    token = {
        "access_token": sim.tokens.issue(dead=dead),
        "expires_in": str(sim.settings.token_seconds),
    }
    return _spoilt(sim, Answer(json_reply(200, token)), fault, occasion)


async def push(sim: Simulator, incoming: Incoming) -> Answer:
    """`POST /mpesa/stkpush/v1/processrequest`."""
    occasion = _push_occasion(sim, incoming.body)
    fault = sim.faults.choose("push", occasion)
    if fault is not None and fault.phase is Phase.INSTEAD:
        sim.faults.strike(fault, occasion)
        return Answer(answer_instead(fault), phone=occasion.phone, fault=fault.name)
    try:
        prompt = _open_prompt(sim, incoming, occasion)
    except DarajaError as refused:
        return Answer(_reply_to(refused), phone=occasion.phone)
    body = wire.accepted_body(prompt.merchant_request_id, prompt.checkout_request_id)
    answer = Answer(json_reply(200, body), prompt, prompt.phone)
    answer = _spoilt(sim, answer, fault, occasion)
    if fault is not None:
        prompt.faults.append(fault.name)
        prompt.answer_lost = fault.loses_answer
    await sim.deposits.begin(prompt)
    if LOSE_EVERYTHING in prompt.faults:
        answer.reply, answer.fault = answer.reply.sent(Manner.CLOSED), LOSE_EVERYTHING
    return answer


def query(sim: Simulator, incoming: Incoming) -> Answer:
    """`POST /mpesa/stkpushquery/v1/query`."""
    prompt = _prompt_asked_for(sim, incoming.body)
    occasion = _query_occasion(prompt)
    fault = sim.faults.choose("query", occasion, lambda fault: _query_fault_fits(fault, prompt))
    answer = Answer(Reply(500), prompt, occasion.phone)
    if fault is not None and fault.phase is Phase.INSTEAD:
        sim.faults.strike(fault, occasion)
        answer.fault = fault.name
        answer.reply = _query_instead(fault, prompt)
        return answer
    try:
        asked = _find_asked(sim, incoming)
    except DarajaError as refused:
        answer.reply = _reply_to(refused)
        return answer
    deny = fault is not None and fault.kind == "deny"
    answer.reply = _query_reply(sim, asked, deny=deny)
    return _spoilt(sim, answer, fault, occasion)


def register_url(sim: Simulator, incoming: Incoming) -> Answer:
    """`POST /mpesa/c2b/v*/registerurl`; a second call replaces the URL, as the sandbox allows."""
    try:
        body = _authorised(sim, incoming, 400, "400.003.01")
    except DarajaError as refused:
        return Answer(_reply_to(refused))
    shortcode, url = str(body.get("ShortCode")), body.get("ConfirmationURL")
    if shortcode not in sim.world.merchants:
        return Answer(_reply_to(wire.invalid("ShortCode")))
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        return Answer(_reply_to(wire.invalid("ConfirmationURL")))
    sim.announcer.confirmation_urls[shortcode] = url
    # "Coversation" is Safaricom's own spelling (docs/daraja.md §10).
    answer = {
        "OriginatorCoversationID": wire.request_id(),
        "ResponseCode": "0",
        "ResponseDescription": "Success",
    }
    return Answer(json_reply(200, answer))


def _reply_to(refused: DarajaError) -> Reply:
    return wire.rejection(refused.status, refused.code, refused.message)


def _spoilt(sim: Simulator, answer: Answer, fault: Fault | None, occasion: Occasion) -> Answer:
    if fault is not None:
        sim.faults.strike(fault, occasion)
        answer.reply = spoil(answer.reply, fault, sim.faults.parameters)
        answer.fault = fault.name
    return answer


def _check_keys(sim: Simulator, incoming: Incoming) -> Reply | None:
    if incoming.method != "GET":
        return wire.rejection(405, "405.001", "Method Not Allowed")
    if incoming.query.get("grant_type") != "client_credentials":
        return wire.rejection(400, "400.008.02", "Invalid grant type passed")
    keys = _basic(incoming.headers.get("Authorization", ""))
    if keys is None:
        return wire.rejection(400, "400.008.01", "Invalid Authentication passed")
    wanted = (sim.settings.consumer_key, sim.settings.consumer_secret)
    fits = all(
        given != "" and (not want or secrets.compare_digest(given, want))
        for given, want in zip(keys, wanted, strict=True)
    )
    # Daraja answers wrong keys with 400 and an empty body (docs/daraja.md §1).
    return None if fits else Reply(400)


def _basic(header: str) -> tuple[str, str] | None:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        key, colon, secret = base64.b64decode(encoded, validate=True).decode("ascii").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (key, secret) if colon else None


def _authorised(sim: Simulator, incoming: Incoming, status: int, code: str) -> dict[str, Any]:
    """Check the access token and return the request's body; the error for a wrong token differs by
    API (docs/daraja.md §1).
    """
    if incoming.method != "POST":
        raise DarajaError(405, "405.001", "Method Not Allowed")
    scheme, _, token = incoming.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise DarajaError(404, "404.001.04", "Invalid Authentication Header")
    if not sim.tokens.is_good(token.strip()):
        raise DarajaError(status, code, "Invalid Access Token")
    return wire.read_body(incoming.body, incoming.headers.get("Content-Type", ""))


def _open_prompt(sim: Simulator, incoming: Incoming, occasion: Occasion) -> Prompt:
    body = _authorised(sim, incoming, 404, "404.001.03")
    push = wire.read_push(body, strict=sim.settings.strict)
    wire.check_credentials(body, sim.world.merchants)
    if sim.settings.automatic and MAGIC_AMOUNTS.get(push.amount) == BUSY:
        raise busy()
    return sim.world.open_prompt(push, occasion.number)


def _fields(raw: bytes) -> dict[str, Any]:
    """Return the fields of an unchecked body, empty if it is not a JSON object."""
    try:
        body = json.loads(raw)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _push_occasion(sim: Simulator, raw: bytes) -> Occasion:
    fields = _fields(raw)
    phone = str(fields.get("PhoneNumber", ""))[:20]
    amount = str(fields.get("Amount"))
    number = sim.world.count_push(phone)
    whole = amount.isascii() and amount.isdigit() and len(amount) <= wire.MAX_AMOUNT_DIGITS
    return Occasion(phone, number, int(amount) if whole else None)


def _prompt_asked_for(sim: Simulator, raw: bytes) -> Prompt | None:
    prompt = sim.world.prompts.get(str(_fields(raw).get("CheckoutRequestID")))
    if prompt is not None:
        prompt.queries += 1
    return prompt


def _find_asked(sim: Simulator, incoming: Incoming) -> Prompt:
    body = _authorised(sim, incoming, 400, "400.003.01")
    wire.check_credentials(body, sim.world.merchants)
    if not sim.throttle.admits():
        raise DarajaError(500, "500.003.02", "Error Occurred: Spike Arrest Violation")
    return sim.world.find_prompt(body.get("CheckoutRequestID"))


def _query_occasion(prompt: Prompt | None) -> Occasion:
    if prompt is None:
        return Occasion()
    base = occasion_of(prompt)
    # The number combines push and query, so that each query of each push draws separately.
    return Occasion(base.phone, base.number * 10_000 + prompt.queries, base.amount)


def _query_fault_fits(fault: Fault, prompt: Prompt | None) -> bool:
    """Whether the fault may apply: a query may deny or delay a payment, never invent one."""
    finished = prompt is not None and not prompt.is_waiting
    if fault.kind == "deny":
        return prompt is not None and prompt.state is PromptState.PAID
    if fault.kind in ("pending_500", "pending_4999", "unknown_id", "numeric_code"):
        return finished
    return True


def _query_instead(fault: Fault, prompt: Prompt | None) -> Reply:
    if prompt is not None and fault.kind.startswith("pending_"):
        shape = fault.kind.removeprefix("pending_")
        return pending(shape, prompt.merchant_request_id, prompt.checkout_request_id)
    return answer_instead(fault)


def _query_reply(sim: Simulator, prompt: Prompt, *, deny: bool) -> Reply:
    merchant_id, checkout_id = prompt.merchant_request_id, prompt.checkout_request_id
    if prompt.is_waiting:
        shape = sim.settings.pending_shape
        if shape == "both":
            shape = "500" if prompt.queries % 2 else "4999"
        return pending(shape, merchant_id, checkout_id)
    code = _DENIED if deny else prompt.result_code or ""
    return json_reply(200, wire.query_body(merchant_id, checkout_id, code, result_text(code)))
