"""The answers that faults give: an error instead of the real answer, or the real one damaged."""

import json
from collections.abc import Callable
from dataclasses import replace

from .fault_catalogue import Fault
from .faults import Parameters
from .reply import HTML_TYPE, Manner, Reply, json_reply
from .wire import query_body, rejection, request_id

# The error page of Imperva, the firewall in front of Daraja (docs/daraja.md §1): one long line
# with an incident number.
INCAPSULA = (
    '<html style="height:100%"><head><META NAME="ROBOTS" CONTENT="NOINDEX, NOFOLLOW">'
    '<meta name="viewport" content="initial-scale=1.0"><script src="/_Incapsula_Resource"></script>'
    '</head><body style="margin:0px;height:100%"><iframe id="main-iframe" '
    'src="/_Incapsula_Resource?incident_id=1043000480120934567-82">Request unsuccessful. '
    "Incapsula incident ID: 1043000480120934567-82</iframe></body></html>"
)
_BAD_GATEWAY = "<html><body><h1>502 Bad Gateway</h1></body></html>"
_SERVER_ERROR = "500.003.1001"
_MERCHANT = "500.001.1001"

# The error for a wrong access token differs by API (docs/daraja.md §1, docs/simulator.md).
INVALID_TOKEN = {
    "push": (404, "404.001.03"),
    "query": (400, "400.003.01"),
    "register": (400, "400.003.01"),
    "simulate": (400, "400.003.01"),
    "pull": (401, "401.001"),
    "status": (400, "400.003.01"),
    "reversal": (404, "404.001.03"),
    "balance": (401, "401.002.01"),
    "b2c": (404, "404.001.03"),
    "qr": (404, "404.001.03"),
}


def _refuse(status: int, code: str, message: str) -> Callable[[], Reply]:
    return lambda: rejection(status, code, message)


def _apigee() -> Reply:
    """Return an error of Apigee, Daraja's gateway; it has no `errorCode` (docs/daraja.md §3)."""
    fault = {
        "faultstring": "Spike arrest violation. Allowed rate : MessageRate"
        "{messagesPerPeriod=5, periodInMicroseconds=1000000, maxBurstMessageCount=1.0}",
        "detail": {"errorcode": "policies.ratelimit.SpikeArrestViolation"},
    }
    return json_reply(429, {"fault": fault})


def nothing_pulled(reference: str, empty: object = "[[]]") -> dict[str, object]:
    """Return answer 1001 of Pull: nothing in this window, or not provisioned, in one text."""
    return {
        "ResponseRefID": reference or request_id(),
        "ResponseCode": "1001",
        "ResponseMessage": "No records found or Organization Name not available",
        "Response": empty,
    }


_INSTEAD: dict[str, Callable[[], Reply]] = {
    "system_busy": _refuse(500, "500.003.02", "System is busy. Please try again in few minutes."),
    "spike_arrest": _refuse(500, "500.003.02", "Error Occurred: Spike Arrest Violation"),
    "quota": _refuse(500, "500.003.03", "Quota Violation"),
    "apigee_429": _apigee,
    "waf_403": lambda: Reply(403, INCAPSULA, HTML_TYPE),
    "waf_503": lambda: Reply(503, INCAPSULA, HTML_TYPE),
    "internal_error": _refuse(500, _SERVER_ERROR, "Internal Server Error"),
    "reset": lambda: Reply(500, manner=Manner.RESET),
    "empty_400": lambda: Reply(400),
    "lock_subscriber": _refuse(
        500,
        _MERCHANT,
        "Unable to lock subscriber, a transaction is already in process for the current subscriber",
    ),
    "merchant_missing": _refuse(500, _MERCHANT, "Merchant does not exist"),
    "wrong_credentials": _refuse(500, _MERCHANT, "Wrong credentials"),
    "merchant_validate": _refuse(500, _MERCHANT, "[MerchantValidate] - Wrong credentials"),
    "being_processed": _refuse(500, _MERCHANT, "The transaction is being processed"),
    "error_in_200": _refuse(200, "500.003.02", "System is busy. Please try again in few minutes."),
    "no_product": _refuse(
        401,
        "401.003.01",
        "Error Occurred - Invalid Access Token - Invalid API call as no apiproduct match found",
    ),
    "already_registered": _refuse(500, _SERVER_ERROR, "Urls are already registered."),
    "on_old_platform": _refuse(
        500,
        _SERVER_ERROR,
        "Duplicate notification info, SP ID is 107031, correlator is 0c5f",
    ),
    "no_subscription": _refuse(403, "403.001", "No subscription to this product"),
    "not_provisioned": lambda: json_reply(200, nothing_pulled("")),
    "unknown_id": _refuse(400, "400.002.02", "Bad Request - Invalid CheckoutRequestID"),
}


def answer_instead(fault: Fault) -> Reply:
    """Return the answer that the fault gives in place of the real one."""
    if fault.kind == "invalid_token":
        status, code = INVALID_TOKEN[fault.group]
        return rejection(status, code, "Invalid Access Token")
    return _INSTEAD[fault.kind]()


def pending(shape: str, merchant_request_id: str, checkout_request_id: str) -> Reply:
    """Return the answer "still processing", in one of its two formats (docs/daraja.md §5)."""
    if shape == "500":
        text = "The transaction is being processed"
        return rejection(500, _MERCHANT, text, about=checkout_request_id)
    text = "The transaction is still under processing"
    return json_reply(200, query_body(merchant_request_id, checkout_request_id, "4999", text))


def _numeric_code(reply: Reply) -> Reply:
    body = json.loads(reply.body)
    if str(body.get("ResultCode", "")).isdigit():
        body["ResultCode"] = int(body["ResultCode"])
    return replace(reply, body=json.dumps(body))


def _changed_token(reply: Reply, *, drop: bool) -> Reply:
    body = json.loads(reply.body)
    expires_in = int(body.pop("expires_in"))
    return replace(reply, body=json.dumps(body if drop else {**body, "expires_in": expires_in}))


_SPOIL: dict[str, Callable[[Reply], Reply]] = {
    "integer_expiry": lambda reply: _changed_token(reply, drop=False),
    "no_expiry": lambda reply: _changed_token(reply, drop=True),
    "slow_drip": lambda reply: reply.sent(Manner.DRIP),
    "whitespace": lambda reply: replace(reply, body=f"\n\n  {reply.body}"),
    "numeric_code": _numeric_code,
    "zeros": lambda reply: replace(
        reply, body=json.dumps({**json.loads(reply.body), "ResponseCode": "00000000"})
    ),
    "drop_answer": lambda reply: reply.sent(Manner.CLOSED),
    "reset_after": lambda reply: reply.sent(Manner.RESET),
    "hang": lambda reply: reply.sent(Manner.HANG),
    "truncated": lambda reply: reply.sent(Manner.TRUNCATED),
    "garbage": lambda reply: replace(reply, status=200, body="\x00\x17{]%%�<<"),
    "html_200": lambda _: Reply(200, INCAPSULA, HTML_TYPE),
    "bad_gateway": lambda _: Reply(502, _BAD_GATEWAY, HTML_TYPE),
    "gateway_timeout": lambda _: Reply(504, "", HTML_TYPE),
    "system_internal": lambda _: rejection(500, "500.002.1001", "System internal error."),
    "internal_error_after": lambda _: rejection(500, _SERVER_ERROR, "Internal Server Error"),
}


def damage(reply: Reply, fault: Fault, parameters: Parameters) -> Reply:
    """Return the real answer, damaged by the fault."""
    if fault.kind == "delay":
        return replace(reply, wait_s=parameters.answer_delay_ms / 1000)
    change = _SPOIL.get(fault.kind)
    return change(reply) if change is not None else reply
