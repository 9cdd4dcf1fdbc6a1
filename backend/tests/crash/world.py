"""API, worker, database and Daraja simulator as separate processes, and their books compared."""

import itertools
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import httpx

from tests.crash.processes import Postgres, Program, free_port, wait_until

_PASSKEY = (
    "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"  # pragma: allowlist secret
)
_PASSWORD = "sufuria-matatu-2026"
_PAYBILL_SECRET = "crash-tests-only-paybill-0123456789"  # pragma: allowlist secret
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Customer:
    """A customer who signed up over HTTP."""

    phone_number: str
    token: str


class World:
    """Everything a deposit needs, each part a process that may be killed."""

    def __init__(self, cleanup: ExitStack, settings: dict[str, str] | None = None) -> None:
        self.postgres = Postgres.migrated()
        cleanup.callback(self.postgres.remove)
        api_port, simulator_port = free_port(), free_port()
        self.api_url = f"http://127.0.0.1:{api_port}"
        self.confirmation_url = (
            f"{self.api_url}/api/payments/paybill/{_PAYBILL_SECRET}/confirmation/"
        )
        self.simulator_url = f"http://127.0.0.1:{simulator_port}"
        environment = {
            **product_environment(api_port, self.simulator_url),
            **self.reach_database(cleanup),
            **(settings or {}),
        }
        self.environment = environment
        self.api = Program("api", ["-m", "config.server"], environment)
        self.worker = Program("worker", ["-m", "config.worker"], environment)
        self.simulator = Program(
            "simulator",
            ["-m", "daraja_simulator", f"--port={simulator_port}", "--automatic"],
            environment,
        )
        self._http = httpx.Client(timeout=40, trust_env=False)
        cleanup.callback(self._http.close)
        for program in (self.simulator, self.api, self.worker):
            cleanup.callback(program.remove)
            program.start()
        self.wait_until_ready()
        wait_until(self._simulator_answers, within_s=20, what="the simulator answers")

    def reach_database(self, cleanup: ExitStack) -> dict[str, str]:
        """Return the settings by which the programs reach the database: directly."""
        return {"DATABASE_URL": self.postgres.url}

    def _simulator_answers(self) -> bool:
        return self._answers(f"{self.simulator_url}/control/pending")

    def wait_until_ready(self, within_s: float = 20) -> float:
        """Wait until the API says that it can work."""
        return wait_until(self._is_ready, within_s=within_s, what="the API is ready")

    def _is_ready(self) -> bool:
        return self._answers(f"{self.api_url}/readyz")

    def _answers(self, url: str) -> bool:
        try:
            return self._http.get(url).status_code == 200
        except httpx.TransportError:
            return False

    # --- Customers ------------------------------------------------------------------------------

    def sign_up(self, count: int) -> list[Customer]:
        """Make customers."""
        return [self._sign_up(f"2547{next(_numbers):08d}") for _ in range(count)]

    def _sign_up(self, phone_number: str) -> Customer:
        details = {"phone_number": phone_number, "password": _PASSWORD, "full_name": "Wanjiru"}
        with httpx.Client(base_url=f"{self.api_url}/api/auth", timeout=15) as http:
            http.post("/signup/", json=details).raise_for_status()
            http.cookies.clear()
            login = {"phone_number": phone_number, "password": _PASSWORD}
            token = http.post("/token/", json=login).raise_for_status().json()["token"]
        return Customer(phone_number, token)

    def account_number_of(self, customer: Customer) -> str:
        """Return the number that the customer types to pay by hand."""
        headers = {"Authorization": f"Token {customer.token}"}
        answer = self._http.get(f"{self.api_url}/api/payments/paybill/", headers=headers)
        return str(answer.raise_for_status().json()["account_number"])

    def push(self, customer: Customer, amount: int, key: str) -> httpx.Response | None:
        """Ask for a deposit; None when the connection broke."""
        try:
            return self._http.post(
                f"{self.api_url}/api/payments/stk-push/",
                json={"amount": amount},
                headers={"Authorization": f"Token {customer.token}", "Idempotency-Key": key},
            )
        except httpx.TransportError:
            return None

    def push_at_once(
        self, customers: list[Customer], threads: ThreadPoolExecutor
    ) -> list["Future[httpx.Response | None]"]:
        """Ask for a deposit of each customer at the same time; 100, 101, 102 ... KES."""
        return [
            threads.submit(self.push, customer, 100 + n, "first")
            for n, customer in enumerate(customers)
        ]

    # --- Safaricom's side -----------------------------------------------------------------------

    def misbehave(
        self,
        probabilities: dict[str, float] | None = None,
        *,
        answer_delay_ms: int = 1500,
        delay_ms: int = 200,
    ) -> None:
        """Choose how the simulator behaves from now on."""
        control = f"{self.simulator_url}/control"
        self._http.delete(f"{control}/faults").raise_for_status()
        parameters = {"answer_delay_ms": answer_delay_ms}
        change = {"probabilities": probabilities or {}, "parameters": parameters}
        self._http.put(f"{control}/faults", json=change).raise_for_status()
        settings = {"delay_ms": delay_ms}
        self._http.patch(f"{control}/settings", json=settings).raise_for_status()

    def messages_of(self, kind: str) -> list[dict[str, Any]]:
        """Return the messages of one kind (`oauth`, `push` ...) that the simulator has seen."""
        url = f"{self.simulator_url}/control/wire?kind={kind}"
        return list(self._http.get(url).json()["messages"])

    def prompts_of(self, customer: Customer) -> int:
        """Return how many prompts the customer's phone ever showed."""
        url = f"{self.simulator_url}/control/prompts?phone={customer.phone_number}"
        return int(self._http.get(url).json()["total"])

    def paid_prompt_of(self, customer: Customer) -> dict[str, Any] | None:
        """Return the customer's newest prompt, once it was paid."""
        url = f"{self.simulator_url}/control/prompts?phone={customer.phone_number}&limit=1"
        prompts = self._http.get(url).raise_for_status().json()["prompts"]
        return dict(prompts[0]) if prompts and prompts[0]["receipt"] else None

    def report_of(self, customer: Customer) -> tuple[str, dict[str, Any]]:
        """Return where M-Pesa reports the customer's newest payment, and what it says."""
        prompt = self.paid_prompt_of(customer)
        assert prompt is not None
        items = {"Amount": prompt["amount"], "MpesaReceiptNumber": prompt["receipt"]}
        callback = {
            "MerchantRequestID": prompt["merchant_request_id"],
            "CheckoutRequestID": prompt["checkout_request_id"],
            "ResultCode": 0,
            "ResultDesc": "The service request is processed successfully.",
            "CallbackMetadata": {"Item": [{"Name": k, "Value": v} for k, v in items.items()]},
        }
        return prompt["callback_url"], {"Body": {"stkCallback": callback}}

    def payments_of(self, customers: list[Customer]) -> dict[str, dict[str, Any]]:
        """Return what was really paid, by account reference."""
        found = {}
        for customer in customers:
            url = f"{self.simulator_url}/control/book/{customer.phone_number}"
            for payment in self._http.get(url).json()["payments"]:
                found[payment["account_reference"]] = payment
        return found

    def wait_until_quiet(self) -> None:
        """Wait until no prompt and no callback is on its way."""
        wait_until(self._is_quiet, within_s=30, what="the simulator is quiet")

    def _is_quiet(self) -> bool:
        url = f"{self.simulator_url}/control/pending"
        return bool(self._http.get(url).json()["quiet"])

    def wait(self, is_true: Callable[[], bool], what: str, within_s: float = 20) -> float:
        """Wait for something, and show the logs' ends when it does not come."""
        try:
            return wait_until(is_true, within_s=within_s, what=what)
        except AssertionError as late:
            tails = [
                "\n".join(program.log.read_text(errors="replace").splitlines()[-15:])
                for program in (self.api, self.worker)
            ]
            raise AssertionError("\n".join([str(late), *tails])) from late


def product_environment(api_port: int, simulator_url: str) -> dict[str, str]:
    """Return the environment of API and worker, without the address of their database."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "PYTHONUNBUFFERED": "1",
        "DB_POOL_SIZE": "8",
        "PORT": str(api_port),
        "DEBUG": "False",
        # pragma: allowlist nextline secret
        "SECRET_KEY": "crash-tests-only-0123456789-abcdefghijklmnopqrstuvwxyz-ABC",
        "SECURE_SSL_REDIRECT": "False",
        "MPESA_DEBUG": "False",
        "MPESA_ENVIRONMENT": "sandbox",
        "MPESA_BASE_URL": simulator_url,
        "MPESA_CONSUMER_KEY": "key",
        "MPESA_CONSUMER_SECRET": "secret",
        "MPESA_SHORTCODE": "174379",
        "MPESA_PASSKEY": _PASSKEY,
        "MPESA_CALLBACK_URL": f"http://127.0.0.1:{api_port}/api/payments/callback/",
        "MPESA_TIMEOUT_SECONDS": "3",
        "KYC_REQUIRED": "False",
        "RATELIMIT_ENABLE": "False",
        "RECONCILE_FIRST_SECONDS": "1",
        "DARAJA_QUERY_RATE": "6000/m",
        "DEPOSIT_DAILY_LIMIT": "100000000",
        "PROMPT_OPEN_SECONDS": "2",
        "PAYBILL_ENABLED": "True",
        "PAYBILL_URL_SECRET": _PAYBILL_SECRET,
    }
