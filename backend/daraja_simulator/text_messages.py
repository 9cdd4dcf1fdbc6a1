"""SMS of businesses, in the protocol of Africa's Talking: what is sent is read on the phone.

It is no part of Daraja, but the app sends codes by SMS, and a customer reads them on the same
phone. Any username and key are taken. Numbers get `statusCode` 101, or 403 where they are none.
"""

import re
from typing import Any
from urllib.parse import parse_qs

from .customers import Message
from .incoming import Answer, Incoming
from .reply import Reply, json_reply
from .simulator import Simulator
from .views import customer_view

PATH = "/version1/messaging"
_NUMBER = re.compile(r"\+?(254[17][0-9]{8})", re.ASCII)
_COST = "KES 0.8000"


def send(sim: Simulator, incoming: Incoming) -> Answer:
    """`POST /version1/messaging`."""
    if incoming.method != "POST":
        return Answer(Reply(405, "Method Not Allowed", "text/plain"))
    if not incoming.headers.get("apiKey"):
        return Answer(Reply(401, "The supplied authentication is invalid", "text/plain"))
    form = parse_qs(incoming.body.decode("utf-8", "replace"))
    missing = next((name for name in ("username", "to", "message") if name not in form), None)
    if missing is not None:
        text = f"Request is missing required form field '{missing}'"
        return Answer(Reply(400, text, "text/plain"))
    rows = [_deliver(sim, to.strip(), form["message"][0]) for to in form["to"][0].split(",")]
    sent = [row for row in rows if row["statusCode"] == 101]
    said = f"Sent to {len(sent)}/{len(rows)} Total Cost: KES {0.8 * len(sent):.4f}"
    answer = json_reply(201, {"SMSMessageData": {"Message": said, "Recipients": rows}})
    phone = sent[0]["number"].removeprefix("+") if sent else ""
    return Answer(answer, phone=phone)


def _deliver(sim: Simulator, to: str, text: str) -> dict[str, Any]:
    match = _NUMBER.fullmatch(to)
    if match is None:
        row = {"statusCode": 403, "number": to, "status": "InvalidPhoneNumber"}
        return {**row, "cost": "0", "messageId": "None"}
    customer = sim.world.customer(match[1])
    customer.receive(Message(sim.clock(), text))
    sim.hub.publish("customer", customer_view(customer))
    reference = f"ATXid_{sim.world.count_request('sms'):032x}"
    row = {"statusCode": 101, "number": f"+{match[1]}", "status": "Success"}
    return {**row, "cost": _COST, "messageId": reference}
