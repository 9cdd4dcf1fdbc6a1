"""Common to all replies of Daraja: their fields, their errors, the secrets to blank. Pure.

The table _RULES lists the errors that are clear rejections (docs/daraja.md §3). After any other
error the outcome is unknown, because a prompt may be on the phone; the firewall's HTML pages, too,
leave it unknown.
"""

import re
from dataclasses import dataclass

from payments.daraja.json_reader import clean_text, read_code, read_object
from payments.daraja.result_codes import SUBSCRIBER_BUSY, describe_result
from payments.gateway import GatewayRejected, RejectionReason

HTTP_OK = 200
HTTP_UNAUTHORIZED = 401
HTTP_TOO_MANY_REQUESTS = 429

#: Matches tokens, keys, passwords, passkeys, and request ids, which contain digits of the
#: customer's phone number.
_SECRET_LIKE = re.compile(r"(?<=invalid access token - )\S+|[A-Za-z0-9+/=_-]{24,}", re.IGNORECASE)
_PHONE_LIKE = re.compile(r"\d{9,}")


class TokenRejected(Exception):
    """Daraja rejected the access token: no longer valid, or of an app without the product.

    M-Pesa did nothing (docs/daraja.md §1).
    """


@dataclass(frozen=True)
class _Rule:
    """An error whose code begins with `code` and whose text contains `text` is rejected for
    `reason`.

    `reason` None: the access token is rejected. `text` is compared in lower case.
    """

    code: str
    text: str
    reason: RejectionReason | None
    retry_after_s: int | None = None
    result_code: str = ""


#: Our code for an error of Apigee's gateway, which has none: {"fault": {"faultstring": ..., ...}}.
FAULT = "fault"
_BUSY_S = 60
_THROTTLED_S = 30

# The first matching rule counts. Some codes have several meanings (500.001.1001 has four), so here,
# and only here, M-Pesa's text is compared, too (docs/daraja.md §3). "Wrong credentials" and
# "Invalid Password" mean a wrong passkey, so their reason is AUTHENTICATION.
_RULES = (
    _Rule("", "no apiproduct match", RejectionReason.REJECTED),
    _Rule(FAULT, "noapiproductmatch", RejectionReason.REJECTED),
    # A rejected token has many spellings (docs/daraja.md §12); an HTTP 401 is one of them.
    _Rule("404.001.03", "", None),
    _Rule("400.003.01", "", None),
    _Rule("401.", "", None),
    _Rule("", "invalid access token", None),
    _Rule(FAULT, "invalid_access_token", None),
    _Rule(FAULT, "invalidaccesstoken", None),
    _Rule(FAULT, "access_token_expired", None),
    _Rule(FAULT, "accesstokenexpired", None),
    _Rule(FAULT, "access token expired", None),
    _Rule(FAULT, "access_token_not_approved", None),
    _Rule("500.001.1001", "wrong credentials", RejectionReason.AUTHENTICATION),
    _Rule("500.001.1001", "merchant does not exist", RejectionReason.REJECTED),
    _Rule(
        "500.001.1001",
        "unable to lock subscriber",
        RejectionReason.SUBSCRIBER_BUSY,
        describe_result(SUBSCRIBER_BUSY).retry_after_s,
        SUBSCRIBER_BUSY,
    ),
    _Rule("500.003.02", "spike arrest", RejectionReason.BUSY, _THROTTLED_S),
    _Rule("500.003.02", "", RejectionReason.BUSY, _BUSY_S),
    _Rule("500.003.03", "", RejectionReason.BUSY, _BUSY_S),
    _Rule(FAULT, "spike arrest", RejectionReason.BUSY, _THROTTLED_S),
    _Rule(FAULT, "spikearrest", RejectionReason.BUSY, _THROTTLED_S),
    _Rule(FAULT, "quota", RejectionReason.BUSY, _BUSY_S),
    _Rule("400.008.01", "", RejectionReason.AUTHENTICATION),
    _Rule("400.002.02", "invalid password", RejectionReason.AUTHENTICATION),
    # Both fields hold the customer's number.
    _Rule("400.002.02", "invalid phonenumber", RejectionReason.NUMBER),
    _Rule("400.002.02", "invalid partya", RejectionReason.NUMBER),
    _Rule("400.", "", RejectionReason.REJECTED),
    _Rule("404.001.01", "", RejectionReason.REJECTED),
    _Rule("404.001.04", "", RejectionReason.REJECTED),
    _Rule("405.001", "", RejectionReason.REJECTED),
)


@dataclass(frozen=True)
class Reply:
    """A reply of Daraja; `fields` is None where its body is not a JSON object."""

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
        """Return error code and text, from Daraja's or Apigee's fields; the code is "" without
        one."""
        fault = self.get("fault")
        if isinstance(fault, dict):
            detail = fault.get("detail")
            error_code = detail.get("errorcode") if isinstance(detail, dict) else None
            return FAULT, f"{read_text(fault.get('faultstring'))} {read_text(error_code)}".strip()
        text = read_text(self.get("errorMessage")) or read_text(self.get("ResponseDescription"))
        return read_code(self.get("errorCode")) or "", text

    def __str__(self) -> str:
        """Describe the reply for operators, without secrets: 401.002.01 echoes the access token."""
        if self.fields is None:
            return f"{self.call}: HTTP {self.status}, not a JSON object"
        code, text = self.error
        shown = " ".join(part for part in (code or self.response_code, text) if part)
        return f"{self.call}: HTTP {self.status} {redact(shown) or 'without a code'}"


def redact(text: str) -> str:
    """Blank everything that looks like a secret, and digits as many as in a phone number."""
    return _PHONE_LIKE.sub("****", _SECRET_LIKE.sub("[redacted]", text))


def raise_rejection(reply: Reply) -> None:
    """Raise the rejection that the reply means; return where it is no known rejection.

    Raises:
        GatewayRejected: M-Pesa rejected the request.
        TokenRejected: Daraja rejected the access token.
    """
    code, text = reply.error
    for rule in _RULES:
        if (code or rule.text) and code.startswith(rule.code) and rule.text in text.lower():
            if rule.reason is None:
                raise TokenRejected(str(reply))
            raise GatewayRejected(
                str(reply),
                reason=rule.reason,
                result_code=rule.result_code,
                retry_after_s=rule.retry_after_s,
            )
    is_about_no_push = reply.fields is not None and reply.get("CheckoutRequestID") is None
    if reply.status == HTTP_UNAUTHORIZED and is_about_no_push:
        raise TokenRejected(str(reply))
    # Apigee may throttle without JSON. After an HTML page of the firewall the outcome is unknown.
    if reply.status == HTTP_TOO_MANY_REQUESTS and not reply.body.lstrip().startswith(b"<"):
        raise GatewayRejected(str(reply), reason=RejectionReason.BUSY, retry_after_s=_THROTTLED_S)


def read_reply(call: str, status: int, body: bytes) -> Reply:
    """Return the reply to `call` (a name for error messages); any bytes are accepted."""
    return Reply(call=call, status=status, body=body, fields=read_object(body))


def read_text(value: object) -> str:
    """Return a text of the reply as it can be stored, at most 255 characters; "" for other
    types."""
    return clean_text(value, 255)
