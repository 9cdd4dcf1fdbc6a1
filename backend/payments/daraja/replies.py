"""What all of Daraja's replies share: their shape, their errors, what must be blanked. Pure.

One table says which errors are clear rejections (docs/daraja.md §3). Whatever is not in it is an
unknown outcome, because a prompt may then be on the phone; HTML pages of the firewall are never in
it.
"""

import re
from dataclasses import dataclass

from payments.daraja.json_reader import clean_text, read_code, read_object
from payments.daraja.result_codes import SUBSCRIBER_BUSY, describe_result
from payments.gateway import GatewayRejected, RejectionReason

HTTP_OK = 200
HTTP_TOO_MANY_REQUESTS = 429

#: Tokens, keys, passwords, passkeys, and request ids with the customer's number in them.
_SECRET_LIKE = re.compile(r"(?<=invalid access token - )\S+|[A-Za-z0-9+/=_-]{24,}", re.IGNORECASE)
_PHONE_LIKE = re.compile(r"\d{9,}")


class TokenRejected(Exception):
    """The token is dead, or the app lacks the product (docs/daraja.md §1): nothing was sent."""


@dataclass(frozen=True)
class _Rule:
    """A reply whose code begins with `code` and whose text has `text` means `reason`.

    Without a reason it means a dead token. `text` is matched in lower case.
    """

    code: str
    text: str
    reason: RejectionReason | None
    retry_after_s: int | None = None
    result_code: str = ""


#: The code given to Apigee's own envelope, which has none: {"fault": {"faultstring": ..., ...}}.
FAULT = "fault"
_BUSY_S = 60
_THROTTLED_S = 30

# The first match counts. One code has several meanings (500.001.1001 has four), so here, and only
# here, the text decides too (docs/daraja.md §3). "Wrong credentials" and "Invalid Password" are
# about the passkey, hence authentication.
_RULES = (
    _Rule("", "no apiproduct match", RejectionReason.REJECTED),
    _Rule(FAULT, "noapiproductmatch", RejectionReason.REJECTED),
    _Rule("404.001.03", "", None),
    _Rule("400.003.01", "", None),
    _Rule("401.002.01", "", None),
    _Rule(FAULT, "invalid access token", None),
    _Rule(FAULT, "invalid_access_token", None),
    _Rule(FAULT, "access_token_expired", None),
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
    _Rule("400.", "", RejectionReason.REJECTED),
    _Rule("404.001.01", "", RejectionReason.REJECTED),
    _Rule("404.001.04", "", RejectionReason.REJECTED),
    _Rule("405.001", "", RejectionReason.REJECTED),
)


@dataclass(frozen=True)
class Reply:
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
            return FAULT, f"{read_text(fault.get('faultstring'))} {read_text(error_code)}".strip()
        text = read_text(self.get("errorMessage")) or read_text(self.get("ResponseDescription"))
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


def raise_rejection(reply: Reply) -> None:
    """Raise what a known error means; return when the reply is none.

    Raises:
        GatewayRejected, TokenRejected: by the table above.
    """
    code, text = reply.error
    for rule in _RULES:
        if code and code.startswith(rule.code) and rule.text in text.lower():
            if rule.reason is None:
                raise TokenRejected(str(reply))
            raise GatewayRejected(
                str(reply),
                reason=rule.reason,
                result_code=rule.result_code,
                retry_after_s=rule.retry_after_s,
            )
    # Apigee's own throttle may come without an envelope; a page of the firewall stays unknown.
    if reply.status == HTTP_TOO_MANY_REQUESTS and not reply.body.lstrip().startswith(b"<"):
        raise GatewayRejected(str(reply), reason=RejectionReason.BUSY, retry_after_s=_THROTTLED_S)


def read_reply(call: str, status: int, body: bytes) -> Reply:
    """Return a reply to `call` (its name in messages), whatever its bytes are."""
    return Reply(call=call, status=status, body=body, fields=read_object(body))


def read_text(value: object) -> str:
    """Return a reply's text as short and clean as it is stored; "" for anything else."""
    return clean_text(value, 255)
