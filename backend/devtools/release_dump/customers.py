"""The customers of the dump, over HTTP, and the false callbacks that some of its states need.

Phone numbers, names and passwords are made up.
"""

import itertools
from dataclasses import dataclass, field
from typing import Any

import httpx

from chaos.simulator import Prompt
from devtools.release_dump.system import DumpSystem

# The password of all accounts of the dump, whose database is temporary.
PASSWORD = "mandazi-chai-1963"  # noqa: S105  # pragma: allowlist secret
_ANSWER_LIMIT_S = 15


@dataclass
class Customer:
    """A customer who signed up; `keys` numbers the customer's idempotency keys."""

    phone: str
    token: str
    keys: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))


class Customers:
    """Signs customers up, lets them deposit, and sends callbacks that the simulator would not send.

    Customers are known by the names in scenario.py.
    """

    def __init__(self, system: DumpSystem) -> None:
        self._system = system
        self._http = httpx.Client(timeout=_ANSWER_LIMIT_S, trust_env=False)
        self._by_name: dict[str, Customer] = {}
        self._receipts = itertools.count(1)

    def close(self) -> None:
        self._http.close()

    def phones(self) -> dict[str, str]:
        """Return each customer's phone number by name."""
        return {name: customer.phone for name, customer in self._by_name.items()}

    def sign_up(self, *names: str) -> None:
        """Sign up a customer for each name, and keep a token for each."""
        for name in names:
            phone = f"254700000{len(self._by_name) + 100}"
            details = {"phone_number": phone, "password": PASSWORD, "full_name": name.title()}
            self._post("/api/auth/signup/", details).raise_for_status()
            self._http.cookies.clear()
            login = {"phone_number": phone, "password": PASSWORD}
            token = self._post("/api/auth/token/", login).raise_for_status().json()["token"]
            self._by_name[name] = Customer(phone, token)

    def arm(self, name: str, fault: str) -> None:
        """Make the simulator's fault happen once, at the next request or prompt of the customer."""
        self._system.simulator.arm(fault, self._by_name[name].phone)

    def push(self, name: str, amount: int) -> httpx.Response:
        """Request a deposit under a new idempotency key, and return the answer, good or bad."""
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
        """Return a receipt that the simulator never issues: it issues none that begins with Z."""
        return f"ZZZ{next(self._receipts):07d}"

    def pay_again(self, name: str, *, receipt: str, checkout_request_id: str | None = None) -> None:
        """Post a success callback to the secret address of the customer's newest deposit.

        It has this receipt and the deposit's CheckoutRequestID, unless another one is given.
        """
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
        """Post a failure callback to the address without a token, as any third party could."""
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
        """Post a callback; for None, post a malformed one."""
        body = {"Body": {"stkCallback": callback}} if callback else {"Body": "?"}
        self._http.post(url, json=body)

    def _post(
        self, path: str, body: dict[str, Any], headers: dict[str, str] | None = None
    ) -> httpx.Response:
        return self._http.post(f"{self._system.api_url}{path}", json=body, headers=headers)
