"""Daraja's access token: the address that issues one, and its reply made a value. Pure."""

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
    """A fresh access token and the seconds it lives."""

    access_token: str = field(repr=False)
    expires_in_s: int


def parse_token_reply(status: int, body: bytes) -> IssuedToken:
    """Read the answer of /oauth/v1/generate (docs/daraja.md §1).

    Raises:
        GatewayRejected: consumer key or secret are wrong (AUTHENTICATION), or throttled (BUSY).
        GatewayUnreachable: no token for another reason. Nothing was sent to the customer.
    """
    reply = read_reply("OAuth", status, body)
    token = reply.get("access_token")
    if status == HTTP_OK and isinstance(token, str) and _TOKEN.fullmatch(token):
        lifetime_s = _read_lifetime_s(reply.get("expires_in"))
        return IssuedToken(access_token=token, expires_in_s=lifetime_s)
    # An empty 400 is the usual answer to a wrong key, or to sandbox keys in production.
    if status in {400, 401} and (not body.strip() or reply.error[0] == FAULT):
        raise GatewayRejected(str(reply), reason=RejectionReason.AUTHENTICATION)
    try:
        raise_rejection(reply)
    except TokenRejected as error:
        raise GatewayRejected(str(reply), reason=RejectionReason.AUTHENTICATION) from error
    raise GatewayUnreachable(str(reply))


def _read_lifetime_s(expires_in: object) -> int:
    """Return seconds from "3599" or 3599 (docs/daraja.md §1: both occur), or an hour."""
    text = read_code(expires_in) or ""
    seconds = int(text) if text.isascii() and text.isdigit() else 0
    return seconds if 0 < seconds <= _TOKEN_LIFETIME_MAX_S else TOKEN_LIFETIME_S
