"""Calls an address of our own as M-Pesa would: one request, never redirected, within a limit."""

import ssl
import time
from dataclasses import dataclass

import httpx

from payments.gateways.http import Deadline, exchange


@dataclass(frozen=True)
class Probed:
    """The answer to a probe; `took_s` includes the connection and the handshake of TLS."""

    status: int
    body: bytes
    took_s: float


class ProbeFailed(Exception):
    """No answer came. `is_untrusted`: because the certificate is not one that callers accept."""

    def __init__(self, kind: str, *, is_untrusted: bool) -> None:
        super().__init__(kind)
        self.is_untrusted = is_untrusted


def probe(
    client: httpx.Client, method: str, url: str, *, limit_s: float, body: bytes = b""
) -> Probed:
    """Send one request with a JSON body and return the answer.

    Raises:
        ProbeFailed: no complete answer came within `limit_s`. Its text names the kind of error
            only, since the address is a secret.
    """
    request = httpx.Request(method, url, content=body, headers={"Content-Type": "application/json"})
    began = time.perf_counter()
    try:
        status, answer = exchange(client, request, Deadline(limit_s))
    except httpx.RequestError as error:
        raise ProbeFailed(type(error).__name__, is_untrusted=_is_untrusted(error)) from error
    return Probed(status, answer, time.perf_counter() - began)


def _is_untrusted(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
