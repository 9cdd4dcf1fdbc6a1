"""A simulator and a merchant's server on a loop of their own thread, and a client for tests."""

import asyncio
import base64
import json
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import httpx
from aiohttp import web

from daraja_simulator.server import build_app
from daraja_simulator.settings import SANDBOX_PASSKEY, Settings

PHONE = "254712345678"
TIMESTAMP = "20261123150000"
T = TypeVar("T")


class LoopThread:
    """An event loop that runs in a thread, for servers under test."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do it on the loop and wait for the result."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout=10)

    def serve(self, app: web.Application) -> tuple[str, web.AppRunner]:
        """Serve on a free port: its address, and the runner to clean up."""
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)

        async def start() -> int:
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            return int(runner.addresses[0][1])

        return f"http://127.0.0.1:{self.run(start())}", runner

    def close(self) -> None:
        """Stop the loop and its thread."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(timeout=5)
        self.loop.close()


class Merchant:
    """A merchant's server: keeps every callback it gets."""

    def __init__(self) -> None:
        self.received: list[tuple[str, dict[str, str], str]] = []
        self.status = 200
        self.url = ""
        # Answers by path, in place of the usual one; seconds to wait before any answer.
        self.answers: dict[str, Any] = {}
        self.wait_s = 0.0

    def app(self) -> web.Application:
        """Its server."""
        app = web.Application()
        app.router.add_post("/{path:.*}", self._take)
        return app

    async def _take(self, request: web.Request) -> web.Response:
        self.received.append((request.path, dict(request.headers), await request.text()))
        headers = {"Location": "/elsewhere"} if self.status == 302 else None
        await asyncio.sleep(self.wait_s)
        answer = self.answers.get(request.path, {"ResultCode": 0, "ResultDesc": "Accepted"})
        if isinstance(answer, str):
            return web.Response(text=answer, status=self.status)
        return web.json_response(answer, status=self.status, headers=headers)

    def bodies(self, path: str) -> list[dict[str, Any]]:
        """The JSON bodies that came to a path."""
        return [json.loads(text) for where, _, text in self.received if where == path]

    def callbacks(self, path: str = "/hook/secret/stk") -> list[dict[str, Any]]:
        """The STK callbacks that came to a path."""
        texts = [text for where, _, text in self.received if where == path]
        return [json.loads(text)["Body"]["stkCallback"] for text in texts]


class SimulatorClient:
    """What a merchant's program and a test do with a simulator."""

    def __init__(self, url: str, merchant: Merchant) -> None:
        self.http = httpx.Client(base_url=url, timeout=5, trust_env=False)
        self.merchant = merchant
        self._token = ""

    def get_token(self, *keys: str) -> httpx.Response:
        """Ask for a token."""
        url = "/oauth/v1/generate?grant_type=client_credentials"
        return self.http.get(url, auth=httpx.BasicAuth(*(keys or ("key", "secret"))))

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a product call, with a good token."""
        self._token = self._token or self.get_token().json()["access_token"]
        return {"Authorization": f"Bearer {self._token}"}

    def push_body(self, **changes: Any) -> dict[str, Any]:
        """A good push request, changed."""
        body = {
            "BusinessShortCode": 174379,
            "Password": password("174379"),
            "Timestamp": TIMESTAMP,
            "TransactionType": "CustomerPayBillOnline",
            "Amount": 500,
            "PartyA": int(PHONE),
            "PartyB": 174379,
            "PhoneNumber": int(PHONE),
            "CallBackURL": f"{self.merchant.url}/hook/secret/stk",
            "AccountReference": "DEP7K2M9QX",
            "TransactionDesc": "Deposit",
        }
        return {**body, **changes}

    def push(self, **changes: Any) -> httpx.Response:
        """Ask a customer for money."""
        if "PhoneNumber" in changes:
            changes.setdefault("PartyA", changes["PhoneNumber"])
        path = "/mpesa/stkpush/v1/processrequest"
        return self.http.post(path, json=self.push_body(**changes), headers=self.headers)

    def push_id(self, **changes: Any) -> str:
        """Ask a customer for money; the CheckoutRequestID."""
        return str(self.push(**changes).json()["CheckoutRequestID"])

    def query(self, checkout_request_id: str, **changes: Any) -> httpx.Response:
        """Ask how a prompt ended."""
        body = {
            "BusinessShortCode": "174379",
            "Password": password("174379"),
            "Timestamp": TIMESTAMP,
            "CheckoutRequestID": checkout_request_id,
            **changes,
        }
        return self.http.post("/mpesa/stkpushquery/v1/query", json=body, headers=self.headers)

    def call(self, path: str, body: Any) -> httpx.Response:
        """Call any of Daraja's endpoints, with a good token."""
        return self.http.post(path, json=body, headers=self.headers)

    def register(self, version: str = "v2", **changes: Any) -> httpx.Response:
        """Register the C2B addresses."""
        body = {
            "ShortCode": "174379",
            "ResponseType": "Completed",
            "ConfirmationURL": f"{self.merchant.url}/confirmation",
            "ValidationURL": f"{self.merchant.url}/validation",
            **changes,
        }
        return self.call(f"/mpesa/c2b/{version}/registerurl", body)

    def pay(self, amount: int = 80, **changes: Any) -> dict[str, Any]:
        """Pay the paybill by hand."""
        body = {"amount": amount, "account_reference": "KBZ7", **changes}
        return dict(self.control("POST", f"/customers/{PHONE}/pay", body))

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Use the control API; it must not refuse."""
        response = self.http.request(method, f"/control{path}", json=body)
        assert response.status_code == 200, response.text
        return response.json()

    def answer(self, checkout_request_id: str, action: str, pin: str = "") -> dict[str, Any]:
        """Do what the customer does."""
        body = {"action": action, "pin": pin}
        return dict(self.control("POST", f"/prompts/{checkout_request_id}/answer", body))

    def arm(self, fault: str, times: int = 1) -> None:
        """Let a fault strike next."""
        self.control("POST", "/faults/arm", {"fault": fault, "times": times})

    def count(self, fault: str) -> int:
        """How often a fault struck."""
        return int(self.control("GET", "/faults/counts").get(fault, 0))

    def book(self) -> dict[str, Any]:
        """What customers really paid."""
        return dict(self.control("GET", "/book"))

    def settle(self) -> None:
        """Wait until nothing is pending any more."""
        wait_for(lambda: self.control("GET", "/pending")["quiet"])

    def settled_push(self, **changes: Any) -> dict[str, Any]:
        """Push, wait for the end, and give the prompt."""
        checkout_request_id = self.push_id(**changes)
        self.settle()
        return dict(self.control("GET", f"/prompts/{checkout_request_id}"))


def password(shortcode: str, passkey: str = SANDBOX_PASSKEY, timestamp: str = TIMESTAMP) -> str:
    """The password of a push."""
    return base64.b64encode(f"{shortcode}{passkey}{timestamp}".encode()).decode()


def wait_for(condition: Callable[[], Any], seconds: float = 5) -> None:
    """Wait until the condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to pass"
        time.sleep(0.01)


def make_settings(**changes: Any) -> Settings:
    """Settings for tests: quick."""
    return Settings.model_validate({"delay_ms": 10, "unreachable_seconds": 0.05, **changes})


def make_app(**changes: Any) -> web.Application:
    """The simulator's server, with these settings."""
    return build_app(make_settings(**changes))
