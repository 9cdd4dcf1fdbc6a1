"""Sends SMS by Africa's Talking: `POST /version1/messaging`, one recipient for each request.

The form has `username`, `to`, `message` and, with a sender ID of our own, `from`; the key is in the
header `apiKey`. Its 201 has a row for each recipient with a `statusCode`: 100 to 102 mean that it
took the message, 4xx that it will not (406: the customer takes no messages, 405: no credit left),
5xx that its own side failed. The simulator speaks the same (docs/simulator.md).
"""

import logging
import time
from typing import Any

import httpx

from users.sms.sender import Receipt, Sent

logger = logging.getLogger(__name__)

#: Seconds for each step of a request, and for the whole of it.
_STEP_S, _WHOLE_S = 5.0, 12.0
#: Their answers have less than 1 KiB.
_MAX_BYTES = 64 * 1024
_TAKEN = {100, 101, 102}


class AfricasTalkingSender:
    """One account at Africa's Talking. `sender_id` is empty for their shared one."""

    reaches_phones = True

    def __init__(
        self,
        *,
        base_url: str,
        username: str,
        api_key: str,
        sender_id: str = "",
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._url = f"{base_url}/version1/messaging"
        self._form = {"username": username} | ({"from": sender_id} if sender_id else {})
        self._client = httpx.Client(
            headers={"apiKey": api_key, "Accept": "application/json"},
            timeout=_STEP_S,
            transport=transport,
        )

    def send(self, phone_number: str, text: str) -> Receipt:
        """Send one message. No request is repeated here: the outbox decides that."""
        form = {**self._form, "to": f"+{phone_number}", "message": text}
        try:
            with self._client.stream("POST", self._url, data=form) as response:
                body = _read(response, time.monotonic() + _WHOLE_S)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return Receipt(Sent.NOT_SENT, failure=type(error).__name__)
        except httpx.HTTPError as error:
            # It may have been sent. The error's text could hold the address, never the form.
            return Receipt(Sent.UNKNOWN, failure=type(error).__name__)
        return _understand(response.status_code, body)


class _TooMuch(httpx.TransportError):
    """The answer is too long, or comes too slowly."""


def _read(response: httpx.Response, until: float) -> bytes:
    """Return the body; httpx limits each read, but not their sum."""
    body = b""
    for part in response.iter_bytes():
        body += part
        if len(body) > _MAX_BYTES or time.monotonic() > until:
            raise _TooMuch("answer")
    return body


def _understand(status: int, body: bytes) -> Receipt:
    if status in {401, 403}:
        return Receipt(Sent.REJECTED, failure=f"HTTP {status}: username or key")
    if status == 429:
        return Receipt(Sent.NOT_SENT, failure="HTTP 429")
    if 400 <= status < 500:
        return Receipt(Sent.REJECTED, failure=f"HTTP {status}")
    row = _only_row(body)
    code = row.get("statusCode")
    if not isinstance(code, int):
        return Receipt(Sent.UNKNOWN, failure=f"HTTP {status} without a statusCode")
    if code in _TAKEN:
        return Receipt(Sent.TAKEN, reference=str(row.get("messageId", ""))[:64])
    if 400 <= code < 500:
        return Receipt(Sent.REJECTED, failure=f"statusCode {code}")
    return Receipt(Sent.UNKNOWN, failure=f"statusCode {code}")


def _only_row(body: bytes) -> dict[str, Any]:
    try:
        rows = httpx.Response(200, content=body).json()["SMSMessageData"]["Recipients"]
        (row,) = rows
    except (ValueError, KeyError, TypeError):
        return {}
    return row if isinstance(row, dict) else {}
