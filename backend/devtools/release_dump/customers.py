"""Customers of the dump, over HTTP, and what M-Pesa says of their deposits where it has to lie.

Numbers, names and passwords are made up; nobody has them.
"""

import itertools
from dataclasses import dataclass, field
from typing import Any

import httpx

from chaos.simulator import Prompt
from devtools.release_dump.system import DumpSystem

# Only accounts of a throw-away database have it.
PASSWORD = "mandazi-chai-1963"  # noqa: S105  # pragma: allowlist secret
_ANSWER_LIMIT_S = 15


@dataclass
class Customer:
    """A customer who signed up."""

    phone: str
    token: str
    keys: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))


class Customers:
    """Signs customers up by name, lets them deposit, and speaks for M-Pesa where it has to lie."""

    def __init__(self, system: DumpSystem) -> None:
        self._system = system
        self._http = httpx.Client(timeout=_ANSWER_LIMIT_S, trust_env=False)
        self._by_name: dict[str, Customer] = {}
        self._receipts = itertools.count(1)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def phones(self) -> dict[str, str]:
        """Return each customer's number by name."""
        return {name: customer.phone for name, customer in self._by_name.items()}

    def sign_up(self, *names: str) -> None:
        """Make customers."""
        for name in names:
            phone = f"254700000{len(self._by_name) + 100}"
            details = {"phone_number": phone, "password": PASSWORD, "full_name": name.title()}
            self._post("/api/auth/signup/", details).raise_for_status()
            self._http.cookies.clear()
            login = {"phone_number": phone, "password": PASSWORD}
            token = self._post("/api/auth/token/", login).raise_for_status().json()["token"]
            self._by_name[name] = Customer(phone, token)

    def arm(self, name: str, fault: str) -> None:
        """Let M-Pesa misbehave at the customer's next occasion."""
        self._system.simulator.arm(fault, self._by_name[name].phone)

    def push(self, name: str, amount: int) -> httpx.Response:
        """Ask for a deposit under a new key; whatever the answer."""
        customer = self._by_name[name]
        headers = {
            "Authorization": f"Token {customer.token}",
            "Idempotency-Key": f"{name}-{next(customer.keys)}",
        }
        return self._post("/api/payments/stk-push/", {"amount": amount}, headers)

    def prompt(self, name: str) -> Prompt:
        """Return the newest prompt of the customer."""
        phone = self._by_name[name].phone
        return [one for one in self._system.simulator.prompts() if one.phone == phone][-1]

    def new_receipt(self) -> str:
        """Return a receipt that the simulator never gives: its own do not begin with Z."""
        return f"ZZZ{next(self._receipts):07d}"

    def pay_again(self, name: str, *, receipt: str, checkout_request_id: str | None = None) -> None:
        """Report a success to the newest deposit's own address, with this receipt."""
        prompt = self.prompt(name)
        items = {
            "Amount": prompt.amount,
            "MpesaReceiptNumber": receipt,
            "PhoneNumber": prompt.phone,
        }
        self.call_back(
            prompt.callback_url,
            {
                "MerchantRequestID": "29115-34620561-1",
                "CheckoutRequestID": checkout_request_id or prompt.checkout_request_id,
                "ResultCode": 0,
                "ResultDesc": "The service request is processed successfully.",
                "CallbackMetadata": {
                    "Item": [{"Name": key, "Value": value} for key, value in items.items()]
                },
            },
        )

    def fail_at_unknown_address(self, checkout_request_id: str) -> None:
        """Report a failure without a deposit's token, as anybody could."""
        self.call_back(
            f"{self._system.api_url}/api/payments/callback/",
            {
                "MerchantRequestID": "29115-34620561-1",
                "CheckoutRequestID": checkout_request_id,
                "ResultCode": 1032,
                "ResultDesc": "Request cancelled by user",
            },
        )

    def call_back(self, url: str, callback: dict[str, Any] | None) -> None:
        """Send a callback; None: one that nobody can read."""
        body = {"Body": {"stkCallback": callback}} if callback else {"Body": "?"}
        self._http.post(url, json=body)

    def _post(
        self, path: str, body: dict[str, Any], headers: dict[str, str] | None = None
    ) -> httpx.Response:
        return self._http.post(f"{self._system.api_url}{path}", json=body, headers=headers)
