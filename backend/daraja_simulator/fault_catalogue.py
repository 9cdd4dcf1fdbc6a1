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
_NO_PRODUCT = {"no_product": "401.003.01 no apiproduct match found"}
_REGISTER = {
    "already_registered": "500.003.1001 Urls are already registered",
    "on_old_platform": "500.003.1001 Duplicate notification info",
    **_NO_PRODUCT,
    **_GATEWAY,
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


def _initiator(group: str, token_code: str) -> list[Fault]:
    """Return the faults that the acknowledgements of the four asynchronous APIs share."""
    instead = {
        "invalid_token": f"{token_code} Invalid Access Token",
        "no_subscription": "403.001, the app has no such product",
        **_NO_PRODUCT,
        **_GATEWAY,
    }
    return [
        *_instead(group, instead),
        *_after(group, _SPOILT, loses=False),
        *_after(group, _LOST, loses=True),
    ]


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
    *_events(
        "c2b",
        {
            "lose": "the confirmation is never sent",
            "duplicate": "it is sent twice",
            "late": "it is sent late (late_seconds)",
        },
    ),
    *_events(
        "validation",
        {
            "unreachable": "M-Pesa cannot reach the ValidationURL: the ResponseType decides",
            "duplicate": "it is asked twice about one payment",
        },
    ),
    *_events(
        "c2b_shape",
        {
            "hashed_phone": "MSISDN as a SHA-256, as in v1",
            "masked_hash": "MSISDN as a masked SHA-256",
            "empty_phone": "MSISDN empty",
            "clear_phone": "MSISDN in full",
            "missing_keys": "InvoiceNumber, ThirdPartyTransID, MiddleName and LastName are missing",
            "no_names": "no name at all",
            "full_names": "first, middle and last name",
            "number_amount": "TransAmount as a number",
            "short_amount": 'TransAmount as "5" instead of "5.00"',
            "null_reference": "BillRefNumber is null",
            "own_reference": "BillRefNumber is the shortcode",
            "padded_reference": "BillRefNumber with spaces around it",
            "blank_type": "TransactionType empty",
            "unknown_type": "TransactionType Buy Goods",
            "invoice": "InvoiceNumber ThisInvoice",
            "no_balance": "OrgAccountBalance empty",
        },
    ),
    *_instead("register", {"invalid_token": "400.003.01 Invalid Access Token", **_REGISTER}),
    *_after("register", {**_SPOILT, "zeros": "ResponseCode 00000000"}, loses=False),
    *_after("register", _LOST, loses=True),
    *_instead(
        "pull",
        {
            "invalid_token": "401.001 Invalid Access Token",
            "not_provisioned": "1001 in a 200, although there are payments",
            **_NO_PRODUCT,
            **_GATEWAY,
        },
    ),
    *_after("pull", _SPOILT, loses=False),
    *_after("pull", _LOST, loses=True),
    *_events(
        "pull_shape",
        {
            "spaced_keys": '"Response Status" and "Response Description" when registering',
            "flat": "the payments in one list instead of a list in a list",
            "empty_list": 'no payments as the list [[]] instead of the text "[[]]"',
            "plain_date": "trxDate as 2026-09-16 10:15:30",
            "number_amount": "amount as a number",
            "text_phone": "msisdn as text",
            "masked_phone": "msisdn masked",
            "short_phone": "msisdn cut off, as in the official sample",
            "named_sender": "sender is the payer's name",
        },
    ),
    *_initiator("status", "400.003.01"),
    *_initiator("reversal", "404.001.03"),
    *_initiator("balance", "401.002.01"),
    *_initiator("b2c", "404.001.03"),
    *_after(
        "b2c", {"system_internal": "carried out, 500.002.1001 System internal error"}, loses=True
    ),
    *_events(
        "result",
        {
            "early": "arrives before the acknowledgement",
            "lose": "carried out, its result is never sent",
            "duplicate": "the result is sent twice",
            "late": "the result is sent late (late_seconds)",
            "timeout": "not carried out; a queue timeout in a result's envelope",
            "timeout_flat": "not carried out; a queue timeout that repeats the request",
            "timeout_done": "carried out, but only a queue timeout is sent",
            "busy": "not carried out: result 26",
            "internal": "not carried out: result 17",
            "no_role": "not carried out: result 21",
            "unregistered": "B2C: result 2040, the receiver is not registered",
            "unknown_number": "B2C: result SFC_IC0003",
            "daily_limit": "B2C: result 4, the receiver's daily limit",
        },
    ),
    *_events(
        "result_shape",
        {
            "text_code": "ResultCode and ResultType as text",
            "text_values": "every Value as text",
            "number_code": "ResultCode as a number, also of failures",
            "reversed_order": "parameters in another order",
            "repeated_key": "a key twice, the second time without a value",
            "one_parameter": "ResultParameter as an object instead of a list",
            "no_parameters": "no ResultParameters",
            "reference_list": "ReferenceItem as a list",
            "no_reference": "no ReferenceData",
        },
    ),
    *_instead("qr", {"invalid_token": "404.001.03 Invalid Access Token", **_GATEWAY}),
    *_after("qr", _LOST, loses=True),
    *_instead("simulate", {"invalid_token": "400.003.01 Invalid Access Token", **_GATEWAY}),
    *_after("simulate", _LOST, loses=True),
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
# The catalogue is asked about a group several times for each prompt.
BY_GROUP = {
    group: tuple(fault for fault in CATALOGUE if fault.group == group)
    for group in {fault.group for fault in CATALOGUE}
}

# Groups whose faults may happen together; of every other group at most one happens at a time.
INDEPENDENT_GROUPS = frozenset({"shape", "deposit", "c2b_shape", "pull_shape", "result_shape"})
