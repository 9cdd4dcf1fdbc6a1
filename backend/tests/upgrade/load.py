"""Customers who deposit all the time, whichever server they are sent to, and M-Pesa beside them."""

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

_PASSWORD = "sufuria-matatu-2026"
_PATIENCE_S = 15


@dataclass
class Servers:
    """Which servers are asked, in turn; one that is told to stop is asked no more."""

    urls: list[str]
    told_to_stop: set[str] = field(default_factory=set)
    _turn: "itertools.count[int]" = field(default_factory=itertools.count)

    def next(self) -> str:
        """Return the next one's address."""
        urls = list(self.urls)
        return urls[next(self._turn) % len(urls)]

    def add(self, url: str) -> None:
        """Send requests to one more."""
        self.urls = [*self.urls, url]

    def leave(self, url: str) -> None:
        """Send no more requests to one, as a balancer does before a server is stopped."""
        self.told_to_stop.add(url)
        self.urls = [one for one in self.urls if one != url]


@dataclass
class Seen:
    """What the customers met."""

    failures: list[str] = field(default_factory=list)
    completed: dict[int, str] = field(default_factory=dict)  # receipt by deposit
    asked: dict[str, int] = field(default_factory=dict)  # requests by server


class Load(threading.Thread):
    """One customer with one phone: pushes, is called back twice, polls; again and again."""

    def __init__(self, phone: str, servers: Servers, simulator_url: str, seen: Seen) -> None:
        super().__init__(name=phone, daemon=True)
        self._phone, self._servers, self._seen = phone, servers, seen
        self._control = f"{simulator_url}/control"
        self._http = httpx.Client(timeout=_PATIENCE_S, trust_env=False)
        self._stopped = threading.Event()
        self._headers = {"Authorization": f"Token {self._sign_up()}"}

    def stop(self) -> None:
        """Let the deposit under way end, and begin no other."""
        self._stopped.set()
        self.join(_PATIENCE_S * 3)
        assert not self.is_alive(), f"{self._phone} does not come to an end"
        self._http.close()

    def run(self) -> None:
        """Deposit until told to stop; whatever goes wrong is written down."""
        for nth in itertools.count(1):
            if self._stopped.is_set():
                return
            try:
                self._deposit(f"{self._phone}-{nth}")
            except Exception as error:  # noqa: BLE001  # told to the test that waits for us
                self._seen.failures.append(f"{type(error).__name__}: {error}")

    def _sign_up(self) -> str:
        details = {"phone_number": self._phone, "password": _PASSWORD, "full_name": "Wanjiru"}
        url = f"{self._servers.next()}/api/auth"
        self._http.post(f"{url}/signup/", json=details).raise_for_status()
        self._http.cookies.clear()
        login = {"phone_number": self._phone, "password": _PASSWORD}
        token = self._http.post(f"{url}/token/", json=login).raise_for_status().json()["token"]
        return str(token)

    def _deposit(self, key: str) -> None:
        headers = {**self._headers, "Idempotency-Key": key}
        path, body = "/api/payments/stk-push/", {"amount": 250}
        first = self._ask("POST", path, headers, body)
        again = self._ask("POST", path, headers, body)
        deposit_id = first["transaction_id"]
        assert again["transaction_id"] == deposit_id, f"two deposits under {key}"
        prompt = self._find_paid_prompt()
        callback_path = (
            "/api/payments/callback/" + prompt["callback_url"].rpartition("callback/")[2]
        )
        for _ in range(2):
            self._ask("POST", callback_path, {}, _callback(prompt))
        path = f"/api/payments/transactions/{deposit_id}/status/"
        status = self._ask("GET", path, self._headers)["status"]
        assert status == "COMPLETED", f"deposit {deposit_id} is {status}"
        self._seen.completed[deposit_id] = prompt["receipt"]

    def _find_paid_prompt(self) -> dict[str, Any]:
        """Wait until the customer has paid. M-Pesa sends no callback itself: it is ours to send."""
        url = f"{self._control}/prompts?phone={self._phone}&limit=1"
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            [prompt] = self._http.get(url).raise_for_status().json()["prompts"]
            if prompt["receipt"] and prompt["receipt"] not in self._seen.completed.values():
                return dict(prompt)
            time.sleep(0.02)
        raise TimeoutError("the prompt was not paid")

    def _ask(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        body: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Ask the next server; another one, where it was told to stop meanwhile."""
        url = self._servers.next()
        self._seen.asked[url] = self._seen.asked.get(url, 0) + 1
        try:
            answer = self._http.request(method, f"{url}{path}", headers=headers, json=body)
        except httpx.TransportError:
            if url not in self._servers.told_to_stop:
                raise
            return self._ask(method, path, headers, body)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return dict(answer.json())


class Watch(threading.Thread):
    """Asks a server's /readyz all the time, and keeps every answer that is not 200."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._url = f"{url}/readyz"
        self._stopped = threading.Event()
        self.count = 0
        self.errors: list[str] = []

    def run(self) -> None:
        """Ask until told to stop."""
        with httpx.Client(timeout=_PATIENCE_S, trust_env=False) as http:
            while not self._stopped.wait(0.1):
                self._ask(http.get)

    def _ask(self, get: Callable[[str], httpx.Response]) -> None:
        self.count += 1
        try:
            answer = get(self._url)
        except httpx.TransportError as error:
            self.errors.append(f"{type(error).__name__}: {error}")
            return
        if answer.status_code != 200:
            self.errors.append(answer.text)

    def stop(self) -> None:
        """Ask no more."""
        self._stopped.set()
        self.join(_PATIENCE_S * 2)


def _callback(prompt: dict[str, Any]) -> dict[str, Any]:
    items = {"Amount": prompt["amount"], "MpesaReceiptNumber": prompt["receipt"]}
    return {
        "Body": {
            "stkCallback": {
                "MerchantRequestID": prompt["merchant_request_id"],
                "CheckoutRequestID": prompt["checkout_request_id"],
                "ResultCode": 0,
                "ResultDesc": "The service request is processed successfully.",
                "CallbackMetadata": {"Item": [{"Name": k, "Value": v} for k, v in items.items()]},
            }
        }
    }
