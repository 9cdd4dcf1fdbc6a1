"""The endpoints of the asynchronous family: check a request and acknowledge it.

What it does, and its result, are in command_runner.py.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import ids, wire
from .commands import Api, Command
from .faults import Occasion
from .incoming import Answer, Incoming, amount_of, answer_request, authorised, fields_of
from .reply import Reply, json_reply
from .simulator import Simulator
from .wire import DarajaError, invalid

RECEIPT = re.compile(r"[A-Z0-9]{10}")
_Check = tuple[str, Callable[[Any], bool]]


@dataclass(frozen=True)
class _Form:
    """What one API wants in a request, and which field names the business's shortcode."""

    api: Api
    checks: tuple[_Check, ...]
    shortcode_field: str
    phone_field: str = ""


def _one_of(*values: str) -> Callable[[Any], bool]:
    return lambda value: str(value) in values


def _is_remark(value: Any) -> bool:
    return wire.is_text(value) and len(value) <= 100


def _is_receipt(value: Any) -> bool:
    return RECEIPT.fullmatch(str(value)) is not None


_URLS: tuple[_Check, ...] = (("QueueTimeOutURL", wire.is_url), ("ResultURL", wire.is_url))
_INITIATOR: tuple[_Check, ...] = (
    ("Initiator", wire.is_text),
    ("SecurityCredential", wire.is_text),
)
_TAIL: tuple[_Check, ...] = (("Remarks", _is_remark), *_URLS)

_B2C = _Form(
    Api.B2C,
    (
        # B2C says InitiatorName where the other APIs say Initiator.
        ("InitiatorName", wire.is_text),
        ("SecurityCredential", wire.is_text),
        ("CommandID", _one_of("BusinessPayment", "SalaryPayment", "PromotionPayment")),
        ("Amount", wire.is_amount),
        ("PartyA", wire.is_shortcode),
        ("PartyB", wire.is_phone),
        *_TAIL,
    ),
    "PartyA",
    "PartyB",
)
_STATUS = _Form(
    Api.STATUS,
    (
        *_INITIATOR,
        ("CommandID", _one_of("TransactionStatusQuery")),
        ("PartyA", wire.is_shortcode),
        ("IdentifierType", _one_of("1", "2", "4")),
        *_TAIL,
    ),
    "PartyA",
)
_REVERSAL = _Form(
    Api.REVERSAL,
    (
        *_INITIATOR,
        ("CommandID", _one_of("TransactionReversal")),
        ("TransactionID", _is_receipt),
        ("Amount", wire.is_amount),
        ("ReceiverParty", wire.is_shortcode),
        # "Reciever" is Safaricom's own spelling.
        ("RecieverIdentifierType", _one_of("4", "11")),
        *_TAIL,
    ),
    "ReceiverParty",
)
_BALANCE = _Form(
    Api.BALANCE,
    (
        *_INITIATOR,
        ("CommandID", _one_of("AccountBalance")),
        ("PartyA", wire.is_shortcode),
        ("IdentifierType", _one_of("2", "4")),
        *_TAIL,
    ),
    "PartyA",
)


async def b2c_v1(sim: Simulator, incoming: Incoming) -> Answer:
    """`POST /mpesa/b2c/v1/paymentrequest`: without an id of the caller, so never a duplicate."""
    return await _acknowledge(sim, incoming, _B2C)


async def b2c_v3(sim: Simulator, incoming: Incoming) -> Answer:
    """`POST /mpesa/b2c/v3/paymentrequest`: OriginatorConversationID pays once."""
    return await _acknowledge(sim, incoming, _B2C, with_id=True)


async def transaction_status(sim: Simulator, incoming: Incoming) -> Answer:
    """`POST /mpesa/transactionstatus/v1/query`."""
    return await _acknowledge(sim, incoming, _STATUS)


async def reversal(sim: Simulator, incoming: Incoming) -> Answer:
    """`POST /mpesa/reversal/v1/request`."""
    return await _acknowledge(sim, incoming, _REVERSAL)


async def account_balance(sim: Simulator, incoming: Incoming) -> Answer:
    """`POST /mpesa/accountbalance/v1/query`."""
    return await _acknowledge(sim, incoming, _BALANCE)


async def _acknowledge(
    sim: Simulator, incoming: Incoming, form: _Form, *, with_id: bool = False
) -> Answer:
    fields = fields_of(incoming.body)
    phone = str(fields.get(form.phone_field, ""))[:20]
    number = sim.world.count_request(form.api, phone)
    occasion = Occasion(phone, number, amount_of(fields.get("Amount")))
    accepted: list[Command] = []

    def carry_out() -> Reply:
        body = authorised(sim, incoming, form.api)
        command = _command(sim, body, form, occasion, with_id=with_id)
        accepted.append(command)
        return json_reply(
            200,
            {
                "ConversationID": command.conversation_id,
                "OriginatorConversationID": command.originator_conversation_id,
                "ResponseCode": "0",
                "ResponseDescription": "Accept the service request successfully.",
            },
        )

    answer = answer_request(sim, form.api, occasion, carry_out)
    for command in accepted:
        if answer.fault:
            command.faults.append(answer.fault)
        early = sim.commands.begin(command)
        if early:
            await asyncio.wait(early)
    return answer


def _command(
    sim: Simulator, body: dict[str, Any], form: _Form, occasion: Occasion, *, with_id: bool
) -> Command:
    for field, is_right in form.checks:
        if not is_right(body.get(field)):
            raise invalid(field)
    for field, _ in _URLS:
        if sim.settings.strict and wire.is_refused_in_production(str(body[field])):
            raise invalid(field)
    shortcode = str(body[form.shortcode_field])
    if shortcode not in sim.world.merchants:
        raise invalid(form.shortcode_field)
    if form.api is Api.STATUS and not _names_a_transaction(body):
        raise invalid("TransactionID")
    originator = _originator(sim, body) if with_id else wire.request_id()
    return Command(
        form.api,
        ids.conversation_id(sim.clock()),
        originator,
        body,
        shortcode,
        sim.clock(),
        occasion.number,
        occasion.phone,
        occasion.amount,
    )


def _names_a_transaction(body: dict[str, Any]) -> bool:
    return bool(body.get("TransactionID") or body.get("OriginalConversationID"))


def _originator(sim: Simulator, body: dict[str, Any]) -> str:
    given = body.get("OriginatorConversationID")
    if not wire.is_text(given):
        raise invalid("OriginatorConversationID")
    if sim.commands.find_original(str(given)) and not sim.settings.duplicate_as_result:
        raise DarajaError(500, "500.002.1001", "Duplicate OriginatorConversationID.")
    return str(given)
