"""The endpoints of M-Pesa Express: check a request for a token, a push or a query, and reply.

Payments are decided in world.py, callbacks are sent by announcer.py.
"""

import base64
import binascii
import secrets

from . import wire
from .announcer import LOSE_EVERYTHING, occasion_of
from .fault_catalogue import Fault, Phase
from .faults import Occasion
from .faulty_answers import answer_instead, pending
from .incoming import Answer, Incoming, amount_of, authorised, damaged, fields_of, reply_to
from .outcomes import BUSY, MAGIC_AMOUNTS, result_text
from .prompts import Prompt, PromptState
from .reply import Manner, Reply, json_reply
from .simulator import Simulator
from .wire import DarajaError
from .world import busy

_DENIED = "1037"


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
    return damaged(sim, Answer(json_reply(200, token)), fault, occasion)


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
        return Answer(reply_to(refused), phone=occasion.phone)
    body = wire.accepted_body(prompt.merchant_request_id, prompt.checkout_request_id)
    answer = Answer(json_reply(200, body), prompt, prompt.phone)
    answer = damaged(sim, answer, fault, occasion)
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
        answer.reply = reply_to(refused)
        return answer
    deny = fault is not None and fault.kind == "deny"
    answer.reply = _query_reply(sim, asked, deny=deny)
    return damaged(sim, answer, fault, occasion)


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


def _open_prompt(sim: Simulator, incoming: Incoming, occasion: Occasion) -> Prompt:
    body = authorised(sim, incoming, "push")
    push = wire.read_push(body, strict=sim.settings.strict)
    wire.check_credentials(body, sim.world.merchants)
    if sim.settings.automatic and MAGIC_AMOUNTS.get(push.amount) == BUSY:
        raise busy()
    return sim.world.open_prompt(push, occasion.number)


def _push_occasion(sim: Simulator, raw: bytes) -> Occasion:
    fields = fields_of(raw)
    phone = str(fields.get("PhoneNumber", ""))[:20]
    number = sim.world.count_push(phone)
    return Occasion(phone, number, amount_of(fields.get("Amount")))


def _prompt_asked_for(sim: Simulator, raw: bytes) -> Prompt | None:
    prompt = sim.world.prompts.get(str(fields_of(raw).get("CheckoutRequestID")))
    if prompt is not None:
        prompt.queries += 1
    return prompt


def _find_asked(sim: Simulator, incoming: Incoming) -> Prompt:
    body = authorised(sim, incoming, "query")
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
