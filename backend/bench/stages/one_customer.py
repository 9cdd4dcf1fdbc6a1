"""One customer who makes one deposit after the other, with the time of each step."""

import http.client
import json
import time
from collections import defaultdict
from statistics import median
from typing import Any

from bench.load.requests import AMOUNT_KES, callback_body


class Customer:
    """Sends push, status read and callback, one after the other, on one connection."""

    def __init__(self, port: int, daraja_port: int, token: str) -> None:
        self._api = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._daraja = http.client.HTTPConnection("127.0.0.1", daraja_port, timeout=60)
        self._token = token
        self._seconds: dict[str, list[float]] = defaultdict(list)

    def deposit(self) -> None:
        """Make one deposit, from push to credit."""
        body = json.dumps({"amount": AMOUNT_KES}).encode()
        pushed = self._ask("push", "POST", "/api/payments/stk-push/", body)
        checkout = pushed["checkout_id"]
        self._ask(
            "status", "GET", f"/api/payments/transactions/{pushed['transaction_id']}/status/", None
        )
        self._daraja.request("GET", f"/bench/address/{checkout}")
        path = self._daraja.getresponse().read().decode()
        self._ask("callback", "POST", path, callback_body(checkout, "H" + checkout[-11:]))

    def median_s(self, step: str) -> float:
        """Return the median time of a step in seconds, without the first deposit."""
        return median(self._seconds[step][1:])

    def _ask(self, step: str, method: str, path: str, body: bytes | None) -> dict[str, Any]:
        headers = {"Content-Type": "application/json", "Authorization": f"Token {self._token}"}
        began = time.perf_counter()
        self._api.request(method, path, body, headers)
        answer = self._api.getresponse()
        text = answer.read()
        self._seconds[step].append(time.perf_counter() - began)
        if answer.status != http.client.OK:
            message = f"{step}: {answer.status} {text[:200]!r}"
            raise RuntimeError(message)
        found: dict[str, Any] = json.loads(text)
        return found
