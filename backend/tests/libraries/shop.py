"""A shop that takes M-Pesa: a library, the simulator, and a server for M-Pesa's messages."""

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

from tests.deployment.containers import free_port
from tests.libraries.catalogue import ENCRYPTING, is_node, program

_SECONDS = 10
_CALL_SECONDS = 30
PHONE = "254712345678"
SHORTCODE = "174379"
# Safaricom's public sandbox passkey, printed in its documentation.
_PASSKEY = (
    "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"  # pragma: allowlist secret
)
_KEY, _SECRET = "a key", "a secret"
_INITIATOR, _CREDENTIAL = "testapi", "a credential"


class Simulator:
    """The command `daraja-simulator`, as installed from its package, and its control API."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._control = httpx.Client(base_url=f"{url}/control", timeout=_SECONDS, trust_env=False)

    @classmethod
    @contextmanager
    def started(cls, folder: Path) -> Iterator["Simulator"]:
        """Start one that pays every prompt at once, and takes only the right keys."""
        port = free_port()
        process = subprocess.Popen(
            (
                str(folder / "bin/daraja-simulator"), "--automatic", "--port", str(port),
                "--delay-ms", "20", "--result-ms", "20", "--consumer-key", _KEY,
                "--consumer-secret", _SECRET, "--initiator-name", _INITIATOR,
            ),
            cwd="/", stdout=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            simulator = cls(f"http://127.0.0.1:{port}")
            _wait_until(simulator._is_up)
            yield simulator
            simulator._control.close()
        finally:
            process.terminate()
            process.wait()

    def begin(self, library: str) -> None:
        """Begin a new world, in which only the right credential of the initiator is taken."""
        self._control.post("/reset").raise_for_status()
        credential = "" if library in ENCRYPTING else _CREDENTIAL
        self.set(security_credential=credential, pending_shape="4999")

    def set(self, **settings: str) -> None:
        """Change settings of the run."""
        self._control.patch("/settings", json=settings).raise_for_status()

    def get(self, path: str, **query: str) -> Any:
        """Ask the control API."""
        return self._control.get(path, params=query).raise_for_status().json()

    def accepts(self, token: str) -> bool:
        """Whether a request with this token, and nothing in it, is refused for what it lacks."""
        answer = self._control.post(
            f"{self.url}/mpesa/accountbalance/v1/query",
            json={},
            headers={"Authorization": f"Bearer {token}"},
        ).json()
        found: str = answer["errorMessage"]
        assert found in ("Bad Request - Invalid Initiator", "Invalid Access Token"), found
        return found == "Bad Request - Invalid Initiator"

    def settle(self) -> None:
        """Wait until every prompt, request and message is done."""
        _wait_until(lambda: self.get("/pending")["quiet"])

    def _is_up(self) -> bool:
        try:
            return self._control.get(f"{self.url}/healthz").is_success
        except httpx.TransportError:
            return False


class Receiver:
    """A server that accepts everything M-Pesa sends, and keeps it by path."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.received: dict[str, list[Any]] = {}

    @classmethod
    @contextmanager
    def started(cls) -> Iterator["Receiver"]:
        """Serve on a free port of this machine."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _Accepting)
        receiver = _Accepting.receiver = cls(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield receiver
        server.shutdown()
        server.server_close()
        thread.join()

    def only(self, path: str) -> Any:
        """Return the one message that came to this path."""
        (message,) = self.received[path]
        return message


class _Accepting(BaseHTTPRequestHandler):
    receiver: Receiver

    def do_POST(self) -> None:
        """Accept, in the words that a validation wants; other messages do not care."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.receiver.received.setdefault(self.path, []).append(body)
        answer = b'{"ResultCode":"0","ResultDesc":"Accepted"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


class LibraryError(Exception):
    """The library raised: for an answer of the simulator, or before it asked."""


class Library:
    """A program of `calls/` in the library's own environment."""

    def __init__(self, name: str, process: "subprocess.Popen[str]") -> None:
        self.name = name
        self._process = process

    @classmethod
    @contextmanager
    def started(cls, name: str, folder: Path, url: str) -> Iterator["Library"]:
        """Start the program; `folder` is where the library is installed."""
        shop = {
            "url": url, "shortcode": SHORTCODE, "passkey": _PASSKEY, "consumer_key": _KEY,
            "consumer_secret": _SECRET, "initiator": _INITIATOR,
            "security_credential": _CREDENTIAL,
        }  # fmt: skip
        # Of this process's environment only the path: no setting of Django's, no proxy.
        given = {
            "PATH": os.environ["PATH"],
            "TZ": "Africa/Nairobi",
            "PYTHONDONTWRITEBYTECODE": "1",
            "SHOP": json.dumps(shop),
            "PACKAGES": str(folder),
        }
        runner = "node" if is_node(name) else str(folder / "bin/python")
        process = subprocess.Popen(
            (runner, str(program(name))),
            env=given, cwd="/", text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        try:
            yield cls(name, process)
        finally:
            process.kill()
            process.communicate()

    def call(self, call: str, **given: Any) -> Any:
        """Let the library do one thing, and return what it made of the answer.

        Raises:
            LibraryError: it raised, or its program has ended.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        # A library without a time limit of its own would wait for ever.
        limit = threading.Timer(_CALL_SECONDS, self._process.kill)
        limit.start()
        try:
            self._process.stdin.write(f"{json.dumps({'call': call, 'with': given})}\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            limit.cancel()
        said = json.loads(line or '{"error": "its program has ended, or was too slow"}')
        if "error" in said:
            raise LibraryError(said["error"])
        return said["answer"]


@dataclass(frozen=True)
class Shop:
    """One library with a customer and a simulator, and the messages that M-Pesa sends it."""

    library: Library
    simulator: Simulator
    receiver: Receiver

    def url(self, what: str) -> str:
        """Return an address of the receiver, for this library only."""
        return f"{self.receiver.url}{self.path(what)}"

    def path(self, what: str) -> str:
        """Return the path of that address."""
        return f"/{self.library.name}/{what}"

    def deposit(self, amount: int, what: str) -> Any:
        """Push, let the customer pay, and return the payment of the simulator's book."""
        answer = self.library.call(
            "push", phone=PHONE, amount=amount, reference="Account9", url=self.url(what)
        )
        self.simulator.settle()
        assert str(answer["ResponseCode"]) == "0"
        (payment,) = (
            payment
            for payment in self.simulator.get(f"/book/{PHONE}")["payments"]
            if payment["checkout_request_id"] == answer["CheckoutRequestID"]
        )
        return payment

    def attempt(self, call: str, **given: Any) -> str:
        """Return what the library raised, or what it read off the answer."""
        try:
            return json.dumps(self.library.call(call, **given))
        except LibraryError as raised:
            return str(raised)

    def requests(self, kind: str) -> int:
        """Return how many requests of a kind the simulator's log holds."""
        return len(self.simulator.get("/wire", kind=kind, direction="in", limit="500")["messages"])

    def answered(self, kind: str) -> tuple[str, int]:
        """Return the path and the status of the newest request of a kind in the wire log."""
        (newest,) = self.simulator.get("/wire", kind=kind, direction="in", limit="1")["messages"]
        return newest["url"], newest["status"]

    def balance(self) -> int:
        """Return what the customer has, in KES."""
        balance: int = self.simulator.get(f"/customers/{PHONE}")["balance"]
        return balance

    def book(self) -> dict[str, int]:
        """Return what was ever paid to us, given back, and paid out by us, in KES."""
        book = self.simulator.get("/book")
        return {key: book[key] for key in ("total", "reversed", "paid_out")}


def _wait_until(condition: Any) -> None:
    deadline = time.monotonic() + _SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.01)
