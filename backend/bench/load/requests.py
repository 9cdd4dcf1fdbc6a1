"""The bytes of the requests to each side.

The customers, deposits and tokens in them are computed from numbers, by the same rules by which
bench/fixtures.py fills the tables.
"""

import json
from collections.abc import Callable
from typing import Any

#: The amount of each deposit, so small that one customer's thousands of them exceed no limit.
AMOUNT_KES = 10
_TOKEN_LENGTH = 64
_TWIN_TOKEN_LENGTH = 40


def customer_token(customer: int) -> str:
    """Return a customer's API token; its first characters differ, since Knox looks a token up by
    them.
    """
    return f"{customer:015d}".ljust(_TOKEN_LENGTH, "b")


def twin_token(customer: int) -> str:
    """Return the same customer's token for the plain Django application (bench/twin)."""
    return f"{customer:015d}".ljust(_TWIN_TOKEN_LENGTH, "b")


def callback_token(deposit: int) -> str:
    """Return a deposit's callback token."""
    return f"bench-{deposit:037d}"


def checkout_request_id(deposit: int) -> str:
    """Return the CheckoutRequestID of a deposit of the fixtures."""
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
    """Return the receipt of a deposit of the fixtures."""
    return f"B{deposit:011d}"


def get(path: str, token: str) -> bytes:
    """Return the bytes of a GET request with a token."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Token {token}\r\n"
        "Accept: application/json\r\nUser-Agent: bench\r\n\r\n"
    ).encode()


def post(path: str, body: bytes, headers: str = "") -> bytes:
    """Return the bytes of a POST request with JSON; each extra header includes its line end."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Accept: application/json\r\nUser-Agent: bench\r\n{headers}"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Product:
    """Requests to the product."""

    WALLET = "/api/wallet/"
    LIST = "/api/payments/transactions/"
    LIMITS = "/api/payments/limits/"

    @staticmethod
    def callback(deposit: int) -> bytes:
        """Return a success callback to the deposit's secret address."""
        body = callback_body(checkout_request_id(deposit), receipt_number(deposit))
        return post(f"/api/payments/callback/{callback_token(deposit)}/", body)

    @staticmethod
    def status(deposit_id: int, customer: int) -> bytes:
        """Return the status read that the page polls with."""
        path = f"/api/payments/transactions/{deposit_id}/status/"
        return get(path, customer_token(customer))

    @staticmethod
    def push(customer: int, key: str) -> bytes:
        """Return the request of a deposit with its idempotency key, as the page sends it."""
        headers = f"Authorization: Token {customer_token(customer)}\r\nIdempotency-Key: {key}\r\n"
        return post("/api/payments/stk-push/", b'{"amount": %d}' % AMOUNT_KES, headers)


class Twin:
    """The same requests to the plain Django application (bench/twin)."""

    WALLET = "/wallet/"
    LIST = "/transactions/"
    LIMITS = None

    @staticmethod
    def callback(deposit: int) -> bytes:
        """Return a success callback to the address that all deposits share."""
        body = callback_body(checkout_request_id(deposit), receipt_number(deposit))
        return post("/callback/", body)

    @staticmethod
    def status(deposit_id: int, customer: int) -> bytes:
        """Return the read of one transaction."""
        return get(f"/transactions/{deposit_id}/", twin_token(customer))

    @staticmethod
    def push(customer: int, key: str) -> bytes:  # bench/twin has no idempotency keys
        """Return the request of a deposit."""
        headers = f"Authorization: Token {twin_token(customer)}\r\n"
        return post("/stk-push/", b'{"amount": %d}' % AMOUNT_KES, headers)


SIDES: dict[str, type[Product] | type[Twin]] = {"product": Product, "twin": Twin}
Build = Callable[[int], bytes]


def builder(job: dict[str, Any]) -> Build:
    """Return the function that returns the job's nth request, counted from 0."""
    side, first = SIDES[job["side"]], int(job["first"])
    kind = job["kind"]
    if kind == "callback":
        return lambda nth: side.callback(first + nth)
    if kind == "status":
        many, first_id = int(job["deposits"]), int(job["first_id"])
        low, width = int(job["low"]), int(job["customers"])

        def status(nth: int) -> bytes:
            # A large stride, so that deposits are not read in the order in which they are stored:
            # that would favour caches.
            number = nth * 7919 % many
            return side.status(first_id + number, low + (first + number) % width)

        return status
    run = job["run"]
    return lambda nth: side.push(first + nth, f"{run}-{nth}")
