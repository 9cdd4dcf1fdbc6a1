"""Writes the bodies of results and queue timeouts, with all shapes seen in the field."""

import json
from collections.abc import Callable
from typing import Any

from .commands import Api, Command, Result
from .outcomes import wire_code

Body = dict[str, Any]
_PATHS = {
    Api.B2C: "b2cresults",
    Api.STATUS: "transactionstatusresults",
    Api.REVERSAL: "reversalresults",
    Api.BALANCE: "abresults",
}


def result_body(command: Command, result: Result) -> Body:
    """Return the result of a command; a failure has no parameters."""
    inner: Body = {
        "ResultType": 0,
        "ResultCode": wire_code(result.code) if result.code == "0" else result.code,
        "ResultDesc": result.description,
        "OriginatorConversationID": result.originator_conversation_id
        or command.originator_conversation_id,
        "ConversationID": command.conversation_id,
        "TransactionID": result.transaction_id,
    }
    if result.parameters:
        items = [
            {"Key": key} if value is None else {"Key": key, "Value": value}
            for key, value in result.parameters
        ]
        inner["ResultParameters"] = {"ResultParameter": items[0] if len(items) == 1 else items}
    url = f"https://internalapi.safaricom.co.ke/mpesa/{_PATHS[command.api]}/v1/submit"
    inner["ReferenceData"] = {"ReferenceItem": {"Key": "QueueTimeoutURL", "Value": url}}
    return {"Result": inner}


def timeout_body(command: Command) -> Body:
    """Return a queue timeout in the envelope of a result."""
    return {
        "Result": {
            "ResultType": 1,
            "ResultCode": 1,
            "ResultDesc": "The service request has timed out.",
            "OriginatorConversationID": command.originator_conversation_id,
            "ConversationID": command.conversation_id,
            "TransactionID": "",
        }
    }


def flat_timeout_body(command: Command) -> Body:
    """Return a queue timeout that repeats the request, with its SecurityCredential."""
    return dict(command.body) | {
        "OriginatorConversationID": command.originator_conversation_id,
    }


def _parameters(inner: Body) -> list[Body]:
    held = inner.get("ResultParameters", {}).get("ResultParameter", [])
    return [held] if isinstance(held, dict) else held


def _text_code(inner: Body) -> None:
    inner["ResultCode"], inner["ResultType"] = str(inner["ResultCode"]), str(inner["ResultType"])


def _text_values(inner: Body) -> None:
    for item in _parameters(inner):
        if "Value" in item:
            item["Value"] = str(item["Value"])


def _number_code(inner: Body) -> None:
    inner["ResultCode"] = wire_code(str(inner["ResultCode"]))


def _reversed_order(inner: Body) -> None:
    _parameters(inner).reverse()


def _repeated_key(inner: Body) -> None:
    items = _parameters(inner)
    if items:
        inner["ResultParameters"] = {"ResultParameter": [*items, {"Key": items[0]["Key"]}]}


def _one_parameter(inner: Body) -> None:
    items = _parameters(inner)
    if items:
        inner["ResultParameters"] = {"ResultParameter": items[0]}


def _no_parameters(inner: Body) -> None:
    inner.pop("ResultParameters", None)


def _reference_list(inner: Body) -> None:
    reference = inner["ReferenceData"]
    reference["ReferenceItem"] = [reference["ReferenceItem"], {"Key": "Occasion"}]


def _no_reference(inner: Body) -> None:
    inner.pop("ReferenceData", None)


QUIRKS: dict[str, Callable[[Body], None]] = {
    "text_code": _text_code,
    "text_values": _text_values,
    "number_code": _number_code,
    "reversed_order": _reversed_order,
    "repeated_key": _repeated_key,
    "one_parameter": _one_parameter,
    "no_parameters": _no_parameters,
    "reference_list": _reference_list,
    "no_reference": _no_reference,
}


def text_of(body: Body, kinds: list[str]) -> str:
    """Return the body as JSON text, changed by these quirks."""
    for kind in kinds:
        QUIRKS[kind](body["Result"])
    return json.dumps(body)
