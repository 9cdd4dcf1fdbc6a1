"""What Daraja answers to our requests, made a value or a precise exception. Pure.

One table says which errors are clear refusals (daraja.md §3). Whatever is not in it is an unknown
outcome, because a prompt may then be on the phone; HTML pages of the firewall are never in it.
"""

import re
from dataclasses import dataclass, field

from payments.daraja_json import clean_text, is_identifier, read_code, read_object
from payments.gateway import (
    STILL_PROCESSING,
    SUCCESS,
    GatewayRejected,
    GatewayUnreachable,
    OutcomeUnknown,
    PushAccepted,
    QueryAnswer,
    QueryVerdict,
    Refusal,
)
from payments.result_codes import SUBSCRIBER_BUSY, describe_result

HTTP_OK = 200
HTTP_TOO_MANY_REQUESTS = 429
HTTP_SERVER_ERROR = 500

TOKEN_LIFETIME_S = 3600
_TOKEN_LIFETIME_MAX_S = 86_400
_TOKEN = re.compile(r"[\x21-\x7e]{1,4096}")
#: Tokens, keys, passwords, passkeys, and request ids with the customer's number in them.
_SECRET_LIKE = re.compile(r"(?<=invalid access token - )\S+|[A-Za-z0-9+/=_-]{24,}", re.IGNORECASE)
_PHONE_LIKE = re.compile(r"\d{9,}")


class TokenRejected(Exception):
    """The access token is dead, or the app lacks the product (daraja.md §1): nothing was sent."""


@dataclass(frozen=True, kw_only=True)
class IssuedToken:
    """A fresh access token and the seconds it lives."""

    access_token: str = field(repr=False)
    expires_in_s: int


@dataclass(frozen=True)
class _Rule:
    """A reply whose code begins with `code` and whose text has `text` means `refusal`.

    Without a refusal it means a dead token. `text` is matched in lower case.
    """

    code: str
    text: str
    refusal: Refusal | None
    retry_after_s: int | None = None
    result_code: str = ""


#: The code given to Apigee's own envelope, which has none: {"fault": {"faultstring": ..., ...}}.
_FAULT = "fault"
_BUSY_S = 60
_THROTTLED_S = 30

# The first match counts. One code has several meanings (500.001.1001 has four), so here, and only
# here, the text decides too (daraja.md §3). "Wrong credentials" and "Invalid Password" are about
# the passkey, hence authentication.
_RULES = (
    _Rule("", "no apiproduct match", Refusal.REJECTED),
    _Rule(_FAULT, "noapiproductmatch", Refusal.REJECTED),
    _Rule("404.001.03", "", None),
    _Rule("400.003.01", "", None),
    _Rule("401.002.01", "", None),
    _Rule(_FAULT, "invalid access token", None),
    _Rule(_FAULT, "invalid_access_token", None),
    _Rule(_FAULT, "access_token_expired", None),
    _Rule("500.001.1001", "wrong credentials", Refusal.AUTHENTICATION),
    _Rule("500.001.1001", "merchant does not exist", Refusal.REJECTED),
    _Rule(
        "500.001.1001",
        "unable to lock subscriber",
        Refusal.SUBSCRIBER_BUSY,
        describe_result(SUBSCRIBER_BUSY).retry_after_s,
        SUBSCRIBER_BUSY,
    ),
    _Rule("500.003.02", "spike arrest", Refusal.BUSY, _THROTTLED_S),
    _Rule("500.003.02", "", Refusal.BUSY, _BUSY_S),
    _Rule("500.003.03", "", Refusal.BUSY, _BUSY_S),
    _Rule(_FAULT, "spike arrest", Refusal.BUSY, _THROTTLED_S),
    _Rule(_FAULT, "spikearrest", Refusal.BUSY, _THROTTLED_S),
    _Rule(_FAULT, "quota", Refusal.BUSY, _BUSY_S),
    _Rule("400.008.01", "", Refusal.AUTHENTICATION),
    _Rule("400.002.02", "invalid password", Refusal.AUTHENTICATION),
    _Rule("400.", "", Refusal.REJECTED),
    _Rule("404.001.01", "", Refusal.REJECTED),
    _Rule("404.001.04", "", Refusal.REJECTED),
    _Rule("405.001", "", Refusal.REJECTED),
)


@dataclass(frozen=True)
class _Reply:
    """A reply as far as classification needs it; `fields` is None when it is not a JSON object."""

    call: str
    status: int
    body: bytes
    fields: dict[str, object] | None

    def get(self, name: str) -> object:
        return (self.fields or {}).get(name)

    @property
    def response_code(self) -> str | None:
        return read_code(self.get("ResponseCode"))

    @property
    def error(self) -> tuple[str, str]:
        """Return error code and text, of either envelope; a reply without one gives ("", …)."""
        fault = self.get("fault")
        if isinstance(fault, dict):
            detail = fault.get("detail")
            error_code = detail.get("errorcode") if isinstance(detail, dict) else None
            return _FAULT, f"{_text(fault.get('faultstring'))} {_text(error_code)}".strip()
        text = _text(self.get("errorMessage")) or _text(self.get("ResponseDescription"))
        return read_code(self.get("errorCode")) or "", text

    def __str__(self) -> str:
        """Describe the reply for staff, without secrets: 401.002.01 echoes the token (§1)."""
        if self.fields is None:
            return f"{self.call}: HTTP {self.status}, not a JSON object"
        code, text = self.error
        shown = " ".join(part for part in (code or self.response_code, text) if part)
        return f"{self.call}: HTTP {self.status} {redact(shown) or 'without a code'}"


def redact(text: str) -> str:
    """Blank whatever looks like a secret, and mask runs of digits as long as a phone number."""
    return _PHONE_LIKE.sub("****", _SECRET_LIKE.sub("[redacted]", text))


def parse_token_reply(status: int, body: bytes) -> IssuedToken:
    """Read the answer of /oauth/v1/generate (daraja.md §1).

    Raises:
        GatewayRejected: consumer key or secret are wrong (AUTHENTICATION), or throttled (BUSY).
        GatewayUnreachable: no token for another reason. Nothing was sent to the customer.
    """
    reply = _read("OAuth", status, body)
    token = reply.get("access_token")
    if status == HTTP_OK and isinstance(token, str) and _TOKEN.fullmatch(token):
        lifetime_s = _read_lifetime_s(reply.get("expires_in"))
        return IssuedToken(access_token=token, expires_in_s=lifetime_s)
    # An empty 400 is the usual answer to a wrong key, or to sandbox keys in production.
    if status in {400, 401} and (not body.strip() or reply.error[0] == _FAULT):
        raise GatewayRejected(str(reply), refusal=Refusal.AUTHENTICATION)
    try:
        _raise_refusal(reply)
    except TokenRejected as error:
        raise GatewayRejected(str(reply), refusal=Refusal.AUTHENTICATION) from error
    raise GatewayUnreachable(str(reply))


def parse_push_reply(status: int, body: bytes) -> PushAccepted:
    """Read the answer to an STK push (daraja.md §3).

    Raises:
        GatewayRejected: a clear no, by a known error code or another ResponseCode than 0.
        TokenRejected: a token error.
        OutcomeUnknown: anything else; a prompt may be on the phone.
    """
    reply = _read("push", status, body)
    checkout_request_id = reply.get("CheckoutRequestID")
    is_success = status == HTTP_OK and reply.response_code == SUCCESS
    if is_success and is_identifier(checkout_request_id) and checkout_request_id.strip():
        merchant_request_id = reply.get("MerchantRequestID")
        return PushAccepted(
            checkout_request_id=checkout_request_id,
            merchant_request_id=merchant_request_id if is_identifier(merchant_request_id) else None,
        )
    _raise_refusal(reply)
    if reply.response_code not in {None, SUCCESS} and status < HTTP_SERVER_ERROR:
        raise GatewayRejected(str(reply))
    raise OutcomeUnknown(str(reply))


def parse_query_reply(status: int, body: bytes, *, checkout_request_id: str) -> QueryAnswer:
    """Read the answer to an STK query about `checkout_request_id` (daraja.md §5).

    Final is only what names our own id with a listed code. A late prompt once answered for another
    and a pending one looks like an error, so everything else leaves the deposit as it is.

    Raises:
        GatewayRejected: the question was refused, which says nothing about the payment.
        TokenRejected: a token error.
        OutcomeUnknown: unreadable, unlisted, or about another prompt.
    """
    reply = _read("query", status, body)
    if _is_pending_error(reply):
        return _answer(QueryVerdict.PENDING, STILL_PROCESSING, reply.error[1])
    _raise_refusal(reply)
    result_code = read_code(reply.get("ResultCode"))
    named_id = reply.get("CheckoutRequestID")
    is_answer = status == HTTP_OK and reply.response_code == SUCCESS and result_code is not None
    if not is_answer or result_code is None or named_id != checkout_request_id:
        raise OutcomeUnknown(str(reply))
    return _answer(_judge(result_code), result_code, reply.get("ResultDesc"))


def _judge(result_code: str) -> QueryVerdict:
    if result_code == SUCCESS:
        return QueryVerdict.PAID
    if result_code == STILL_PROCESSING:
        return QueryVerdict.PENDING
    if describe_result(result_code).is_final_failure:
        return QueryVerdict.FAILED
    # By callback this settles as failed-unclassified; a query has given wrong answers (§5, §6).
    raise OutcomeUnknown("query: unlisted result code " + redact(result_code))


def _is_pending_error(reply: _Reply) -> bool:
    """Recognise the older of the two pending shapes, an error by its looks (daraja.md §5)."""
    code, text = reply.error
    return code == "500.001.1001" and "being processed" in text.lower()


def _answer(verdict: QueryVerdict, result_code: str, result_desc: object) -> QueryAnswer:
    return QueryAnswer(verdict=verdict, result_code=result_code, result_desc=_text(result_desc))


def _raise_refusal(reply: _Reply) -> None:
    """Raise what a known error means; return when the reply is none.

    Raises:
        GatewayRejected, TokenRejected: by the table above.
    """
    code, text = reply.error
    for rule in _RULES:
        if code and code.startswith(rule.code) and rule.text in text.lower():
            if rule.refusal is None:
                raise TokenRejected(str(reply))
            raise GatewayRejected(
                str(reply),
                refusal=rule.refusal,
                result_code=rule.result_code,
                retry_after_s=rule.retry_after_s,
            )
    # Apigee's own throttle may come without an envelope; a page of the firewall stays unknown.
    if reply.status == HTTP_TOO_MANY_REQUESTS and not reply.body.lstrip().startswith(b"<"):
        raise GatewayRejected(str(reply), refusal=Refusal.BUSY, retry_after_s=_THROTTLED_S)


def _read(call: str, status: int, body: bytes) -> _Reply:
    return _Reply(call=call, status=status, body=body, fields=read_object(body))


def _read_lifetime_s(expires_in: object) -> int:
    """Return seconds from "3599" or 3599 (both occur, daraja.md §1), an hour when it is silly."""
    text = read_code(expires_in) or ""
    seconds = int(text) if text.isascii() and text.isdigit() else 0
    return seconds if 0 < seconds <= _TOKEN_LIFETIME_MAX_S else TOKEN_LIFETIME_S


def _text(value: object) -> str:
    return clean_text(value, 255)
