"""A server in the place of our own public addresses, and Daraja's simulator as a process."""

import json
import os
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from payments.tests.mpesa_wire import KEY, PASSKEY
from payments.tests.mpesa_wire import SECRET as CONSUMER_SECRET

_BACKEND = Path(__file__).resolve().parent.parent.parent
#: As `secrets.token_urlsafe(32)` makes one.
SECRET = "kT9xv2PwLrE0aZsYh4BnQ6uJ1cNdG8fIoXtVyR3N7bU"  # pragma: allowlist secret


class OwnAddresses:
    """Answers as our API does to validations and to a GET of the confirmation, unless told."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, Any]] = []
        self.status: dict[str, int] = {"validation": 200, "confirmation": 405}
        self.body: bytes = b'{"ResultCode": "C2B00012", "ResultDesc": "Rejected"}'
        self.wait_s = 0.0
        addresses = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                self._answer()

            def _answer(self) -> None:
                sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                name = self.path.rstrip("/").rpartition("/")[2]
                addresses.requests.append((self.command, self.path, json.loads(sent or "null")))
                time.sleep(addresses.wait_s)
                is_told = (self.command, name) == ("POST", "confirmation")
                body = b'{"ResultCode": 0, "ResultDesc": "Success"}' if is_told else addresses.body
                self.send_response(200 if is_told else addresses.status[name])
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"

    @property
    def callback_url(self) -> str:
        """Return the setting from which the addresses are derived."""
        return f"{self.origin}/api/payments/callback/"

    def posts(self, name: str) -> list[Any]:
        """Return the bodies posted to one of the two addresses."""
        return [
            body
            for method, path, body in self.requests
            if method == "POST" and path == f"/api/payments/paybill/{SECRET}/{name}/"
        ]


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[OwnAddresses]:
    """Serve the addresses on loopback, with `tls` over HTTPS."""
    addresses = OwnAddresses()
    if tls is not None:
        addresses.server.socket = tls.wrap_socket(addresses.server.socket, server_side=True)
        addresses.origin = addresses.origin.replace("http:", "https:")
    thread = threading.Thread(target=addresses.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield addresses
    finally:
        addresses.server.shutdown()
        addresses.server.server_close()
        thread.join()


class SimulatorProcess:
    """Daraja's simulator, which takes any keys."""

    def __init__(self, url: str) -> None:
        self.url = url

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Use the control API; it must not refuse."""
        answer = httpx.request(method, f"{self.url}/control{path}", json=body, trust_env=False)
        assert answer.status_code == 200, answer.text
        return answer.json()

    @property
    def registration(self) -> Any:
        """Return what is registered for the short code, None for nothing."""
        return self.control("GET", "/shortcodes")["shortcodes"]["174379"]["registration"]

    def forget(self) -> None:
        """Delete what is registered, and take every fault and setting back."""
        self.control("POST", "/reset")


@contextmanager
def simulating(port: int) -> Iterator[SimulatorProcess]:
    """Run the simulator, with the paybill's validation on."""
    command = [sys.executable, "-m", "daraja_simulator", f"--port={port}", "--validation"]
    process = subprocess.Popen(command, cwd=_BACKEND, stdout=subprocess.DEVNULL, env={**os.environ})
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(f"{url}/healthz", process)
        yield SimulatorProcess(url)
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, "the simulator has ended"
        try:
            if httpx.get(url, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("the simulator does not answer")


def paybill_settings(callback_url: str, base_url: str, **changes: Any) -> dict[str, Any]:
    """Return the settings of a deployment that takes payments by hand."""
    options = {
        "environment": "sandbox",
        "base_url": base_url,
        "consumer_key": KEY,
        "consumer_secret": CONSUMER_SECRET,
        "business_short_code": "174379",
        "passkey": PASSKEY,
        "transaction_type": "CustomerPayBillOnline",
        "party_b": "174379",
        **changes.pop("options", {}),
    }
    return {
        "MPESA_DEBUG": False,
        "MPESA_ENVIRONMENT": "sandbox",
        "MPESA_CALLBACK_URL": callback_url,
        "PAYBILL_ENABLED": True,
        "PAYBILL_URL_SECRET": SECRET,
        "PAYBILL_REGISTER_VERSION": "v2",
        "PAYBILL_RESPONSE_TYPE": "Completed",
        "DEPOSIT_MIN_AMOUNT": 10,
        "PAYMENTS_GATEWAY": {
            "CLASS": "payments.mpesa_integration.MpesaGateway",
            "OPTIONS": options,
        },
        **changes,
    }


def self_signed(folder: Path) -> ssl.SSLContext:
    """Return the TLS of a server at 127.0.0.1 whose certificate no authority has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def as_conf(values: dict[str, Any]) -> SimpleNamespace:
    """Return settings as an object."""
    return SimpleNamespace(**values)
