"""Daraja's access token: the path that issues one, and the parser of its reply. Pure."""

import re
from dataclasses import dataclass, field

from payments.daraja.json_reader import read_code
from payments.daraja.replies import FAULT, HTTP_OK, TokenRejected, raise_rejection, read_reply
from payments.gateway import GatewayRejected, GatewayUnreachable, RejectionReason

TOKEN_PATH = "/oauth/v1/generate?grant_type=client_credentials"  # noqa: S105 - an address

TOKEN_LIFETIME_S = 3600
_TOKEN_LIFETIME_MAX_S = 86_400
_TOKEN = re.compile(r"[\x21-\x7e]{1,4096}")


@dataclass(frozen=True, kw_only=True)
class IssuedToken:
    """A new access token and its lifetime in seconds."""

    access_token: str = field(repr=False)
    expires_in_s: int


def parse_token_reply(status: int, body: bytes) -> IssuedToken:
    """Read the answer of /oauth/v1/generate (docs/daraja.md §1).

    Raises:
        GatewayRejected: consumer key or secret is wrong (AUTHENTICATION), or throttled (BUSY).
        GatewayUnreachable: the reply has no token for another reason. No push was sent.
    """
    reply = read_reply("OAuth", status, body)
    token = reply.get("access_token")
    if status == HTTP_OK and isinstance(token, str) and _TOKEN.fullmatch(token):
        lifetime_s = _read_lifetime_s(reply.get("expires_in"))
        return IssuedToken(access_token=token, expires_in_s=lifetime_s)
    # Daraja usually answers 400 with an empty body to a wrong key, or to a sandbox key in
    # production.
    if status in {400, 401} and (not body.strip() or reply.error[0] == FAULT):
        raise GatewayRejected(str(reply), reason=RejectionReason.AUTHENTICATION)
    try:
        raise_rejection(reply)
    except TokenRejected as error:
        raise GatewayRejected(str(reply), reason=RejectionReason.AUTHENTICATION) from error
    raise GatewayUnreachable(str(reply))


def _read_lifetime_s(expires_in: object) -> int:
    """Return the seconds from "3599" or 3599 (both occur: docs/daraja.md §1); 3600 if invalid."""
    text = read_code(expires_in) or ""
    seconds = int(text) if text.isascii() and text.isdigit() else 0
    return seconds if 0 < seconds <= _TOKEN_LIFETIME_MAX_S else TOKEN_LIFETIME_S
