"""The list of all faults, by name. What a fault does is in the modules that apply it."""

from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """When a fault takes effect in a request."""

    INSTEAD = "instead"  # an error is answered and the request not carried out: no prompt
    AFTER = "after"  # the request is carried out, then its answer is damaged or lost
    EVENT = "event"  # not an answer: affects callbacks, customers or whole deposits


@dataclass(frozen=True)
class Fault:
    """One fault; with `loses_answer` the caller never receives the real answer to its request."""

    name: str
    phase: Phase
    text: str
    loses_answer: bool = False

    @property
    def group(self) -> str:
        """The part of the name before the dot: the endpoint or message that the fault affects."""
        return self.name.partition(".")[0]

    @property
    def kind(self) -> str:
        """The part of the name after the dot."""
        return self.name.partition(".")[2]


def _instead(group: str, kinds: dict[str, str]) -> list[Fault]:
    return [Fault(f"{group}.{kind}", Phase.INSTEAD, text) for kind, text in kinds.items()]


def _after(group: str, kinds: dict[str, str], *, loses: bool) -> list[Fault]:
    return [Fault(f"{group}.{kind}", Phase.AFTER, text, loses) for kind, text in kinds.items()]


def _events(group: str, kinds: dict[str, str]) -> list[Fault]:
    return [Fault(f"{group}.{kind}", Phase.EVENT, text) for kind, text in kinds.items()]


# Errors of the gateway in front of M-Pesa, the same for every endpoint (docs/daraja.md §3).
_GATEWAY = {
    "system_busy": "500.003.02 System is busy",
    "spike_arrest": "500.003.02 Spike Arrest Violation",
    "quota": "500.003.03 Quota Violation",
    "apigee_429": "429 with Apigee's own fault body",
    "waf_403": "403 with Incapsula's HTML page",
    "waf_503": "503 with Incapsula's HTML page",
    "internal_error": "500.003.1001 Internal Server Error, nothing was done",
    "reset": "the connection is reset (RST), nothing was done",
}
_SPOILT = {
    "slow_drip": "the right answer, a few bytes at a time",
    "delay": "the right answer, late (answer_delay_ms)",
    "whitespace": "the right answer after blank lines",
}
_LOST = {
    "drop_answer": "carried out, then the connection is closed without an answer",
    "reset_after": "carried out, then the connection is reset (RST)",
    "hang": "carried out, then no answer until the caller disconnects (hang_seconds)",
    "truncated": "carried out, the answer breaks off half-way",
    "garbage": "carried out, 200 with bytes that are no JSON",
    "html_200": "carried out, 200 with an HTML page",
    "bad_gateway": "carried out, 502 with an HTML page",
    "gateway_timeout": "carried out, 504 with an empty body",
    "internal_error_after": "carried out, 500.003.1001 Internal Server Error",
}

CATALOGUE: tuple[Fault, ...] = (
    *_instead(
        "oauth",
        {"empty_400": "400 with an empty body, as for wrong keys", **_GATEWAY},
    ),
    *_after(
        "oauth",
        {
            "integer_expiry": "expires_in as a number",
            "no_expiry": "expires_in is missing",
            "dead_token": "the token handed out is refused everywhere",
            **_SPOILT,
        },
        loses=False,
    ),
    *_after("oauth", {"garbage": "200 with bytes that are no JSON"}, loses=True),
    *_instead(
        "push",
        {
            "invalid_token": "404.001.03 Invalid Access Token",
            "lock_subscriber": "500.001.1001 Unable to lock subscriber",
            "merchant_missing": "500.001.1001 Merchant does not exist",
            "wrong_credentials": "500.001.1001 Wrong credentials",
            "merchant_validate": "500.001.1001 [MerchantValidate] - Wrong credentials",
            "being_processed": "500.001.1001 The transaction is being processed",
            "error_in_200": "an error envelope under status 200",
            **_GATEWAY,
        },
    ),
    *_after("push", _SPOILT, loses=False),
    *_after("push", _LOST, loses=True),
    *_instead(
        "query",
        {
            "invalid_token": "400.003.01 Invalid Access Token",
            "unknown_id": "400.002.02 Invalid CheckoutRequestID, although known",
            "pending_500": "500.001.1001 still processing, although finished",
            "pending_4999": "ResultCode 4999, although finished",
            **_GATEWAY,
        },
    ),
    *_after(
        "query",
        {
            "deny": "a paid prompt is reported as failed (1037); contradicts the callback",
            "numeric_code": "ResultCode as a number",
            **_SPOILT,
        },
        loses=False,
    ),
    *_after("query", _LOST, loses=True),
    *_events(
        "callback",
        {
            "early": "arrives before the push answer (automatic mode)",
            "lose": "never sent; not applied when the push answer was lost too",
            "duplicate": "sent two or three times, at the same moment or apart",
            "late": "sent late (late_seconds)",
            "reorder": "sent after the callback that follows it",
            "failure_first": "a failure 1037, then the success",
            "failure_after": "the success, then a failure 1037",
            "wrong_amount": "another amount than the one paid",
        },
    ),
    *_events(
        "shape",
        {
            "string_code": "ResultCode as text",
            "float_amount": "Amount as 500.0",
            "integer_amount": "Amount as 500",
            "valueless_balance": "a Balance item without Value",
            "masked_phone": "PhoneNumber as 2547 ***** 126",
            "hashed_phone": "PhoneNumber as a SHA-256",
            "no_phone": "no PhoneNumber item",
            "string_date": "TransactionDate as text",
            "old_text": "ResultDesc with its prefix of 2019",
            "extra_items": "unknown keys and items",
            "shuffled": "items in another order",
        },
    ),
    *_events("c2b", {"lose": "the confirmation is never sent", "duplicate": "it is sent twice"}),
    *_events(
        "customer",
        {
            "cancels": "the customer cancels (automatic mode)",
            "wrong_pin": "the customer enters a wrong PIN (automatic mode)",
            "ignores": "the customer lets the prompt expire (automatic mode)",
            "unreachable": "the phone cannot be reached (automatic mode)",
            "broke": "the customer has not enough money (automatic mode)",
        },
    ),
    *_events(
        "deposit",
        {
            "lose_everything": "the push answer and every callback are lost",
            "forge": "a third party sends forged callbacks beside the real one",
        },
    ),
)

BY_NAME = {fault.name: fault for fault in CATALOGUE}

# Groups whose faults may happen together; of every other group at most one happens at a time.
INDEPENDENT_GROUPS = frozenset({"shape", "deposit"})
