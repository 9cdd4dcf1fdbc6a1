"""The requests of each side, byte by byte. What they name (customers, deposits, tokens) is computed
from numbers, as bench/fixtures.py stores it."""

import json
from collections.abc import Callable
from typing import Any

#: An amount that is within every limit, also when one customer has thousands of them.
AMOUNT_KES = 10
_TOKEN_LENGTH = 64
_TWIN_TOKEN_LENGTH = 40


def customer_token(customer: int) -> str:
    """Return a customer's API token. Knox looks for its first characters, so those differ."""
    return f"{customer:015d}".ljust(_TOKEN_LENGTH, "b")


def twin_token(customer: int) -> str:
    """Return the same customer's token at the textbook application."""
    return f"{customer:015d}".ljust(_TWIN_TOKEN_LENGTH, "b")


def callback_token(deposit: int) -> str:
    """Return the secret of a deposit's callback address."""
    return f"bench-{deposit:037d}"


def checkout_request_id(deposit: int) -> str:
    """Return the id under which the fixture's deposit is known to Daraja."""
    return f"ws_CO_B{deposit:020d}"


def callback_body(checkout: str, receipt: str, amount: int = AMOUNT_KES) -> bytes:
    """Return a successful callback as Daraja sends it (docs/daraja.md §4)."""
    values: dict[str, Any] = {
        "Amount": amount,
        "MpesaReceiptNumber": receipt,
        "TransactionDate": 20261130120000,
        "PhoneNumber": 254700000000,
    }
    callback = {
        "MerchantRequestID": "29115-34620561-1",
        "CheckoutRequestID": checkout,
        "ResultCode": 0,
        "ResultDesc": "The service request is processed successfully.",
        "CallbackMetadata": {
            "Item": [{"Name": name, "Value": value} for name, value in values.items()]
        },
    }
    return json.dumps({"Body": {"stkCallback": callback}}).encode()


def receipt_number(deposit: int) -> str:
    """Return the receipt of the fixture's deposit."""
    return f"B{deposit:011d}"


def get(path: str, token: str) -> bytes:
    """Return a GET with a token."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Token {token}\r\n"
        "Accept: application/json\r\nUser-Agent: bench\r\n\r\n"
    ).encode()


def post(path: str, body: bytes, headers: str = "") -> bytes:
    """Return a POST of JSON; each extra header ends its line."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Accept: application/json\r\nUser-Agent: bench\r\n{headers}"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Product:
    """The product's addresses."""

    WALLET = "/api/wallet/"
    LIST = "/api/payments/transactions/"
    LIMITS = "/api/payments/limits/"

    @staticmethod
    def callback(deposit: int) -> bytes:
        """A success at the deposit's own address."""
        body = callback_body(checkout_request_id(deposit), receipt_number(deposit))
        return post(f"/api/payments/callback/{callback_token(deposit)}/", body)

    @staticmethod
    def status(deposit_id: int, customer: int) -> bytes:
        """What the page polls."""
        path = f"/api/payments/transactions/{deposit_id}/status/"
        return get(path, customer_token(customer))

    @staticmethod
    def push(customer: int, key: str) -> bytes:
        """A deposit with its idempotency key, as the page sends it."""
        headers = f"Authorization: Token {customer_token(customer)}\r\nIdempotency-Key: {key}\r\n"
        return post("/api/payments/stk-push/", b'{"amount": %d}' % AMOUNT_KES, headers)


class Twin:
    """The same at the textbook application."""

    WALLET = "/wallet/"
    LIST = "/transactions/"
    LIMITS = None

    @staticmethod
    def callback(deposit: int) -> bytes:
        """A success at the one address that all deposits share."""
        body = callback_body(checkout_request_id(deposit), receipt_number(deposit))
        return post("/callback/", body)

    @staticmethod
    def status(deposit_id: int, customer: int) -> bytes:
        """One transaction."""
        return get(f"/transactions/{deposit_id}/", twin_token(customer))

    @staticmethod
    def push(customer: int, key: str) -> bytes:  # it knows no keys
        """A deposit."""
        headers = f"Authorization: Token {twin_token(customer)}\r\n"
        return post("/stk-push/", b'{"amount": %d}' % AMOUNT_KES, headers)


SIDES: dict[str, type[Product] | type[Twin]] = {"product": Product, "twin": Twin}
Build = Callable[[int], bytes]


def builder(job: dict[str, Any]) -> Build:
    """Return what makes the job's nth request (from 0)."""
    side, first = SIDES[job["side"]], int(job["first"])
    kind = job["kind"]
    if kind == "callback":
        return lambda nth: side.callback(first + nth)
    if kind == "status":
        many, first_id = int(job["deposits"]), int(job["first_id"])
        low, width = int(job["low"]), int(job["customers"])

        def status(nth: int) -> bytes:
            # A stride that visits them in no order a cache would like.
            number = nth * 7919 % many
            return side.status(first_id + number, low + (first + number) % width)

        return status
    run = job["run"]
    return lambda nth: side.push(first + nth, f"{run}-{nth}")
