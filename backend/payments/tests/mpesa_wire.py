"""A Daraja gateway for tests, and the replies that most of them need."""

import uuid
from datetime import UTC, datetime
from typing import Any

import httpx
from django.core.cache.backends.locmem import LocMemCache

from payments.daraja import stk
from payments.gateways.token_store import CacheTokenStore
from payments.mpesa_integration import MpesaGateway

HOST = "https://daraja.test"
TOKEN_URL = f"{HOST}/oauth/v1/generate"
PUSH_URL = f"{HOST}{stk.PUSH_PATH}"
QUERY_URL = f"{HOST}{stk.QUERY_PATH}"
CHECKOUT_REQUEST_ID = "ws_CO_05042025123542618708374149"
TOKEN = "c9SQxWWhmdVRlyh0zh8gZDTkubVF"
KEY, SECRET, PASSKEY = "the-consumer-key", "the-consumer-secret", "the-very-long-passkey"
NOW = datetime(2021, 6, 28, 6, 24, 8, tzinfo=UTC)


def make_store() -> CacheTokenStore:
    return CacheTokenStore(LocMemCache(uuid.uuid4().hex, {}))


def make_gateway(**changes: Any) -> MpesaGateway:
    arguments: dict[str, Any] = {
        "consumer_key": KEY,
        "consumer_secret": SECRET,
        "business_short_code": "174379",
        "passkey": PASSKEY,
        "token_store": make_store(),
        "base_url": HOST,
        "now": lambda: NOW,
    }
    return MpesaGateway(**{**arguments, **changes})


def issue(token: str) -> httpx.Response:
    return httpx.Response(200, json={"access_token": token, "expires_in": "3599"})


def accept() -> httpx.Response:
    return httpx.Response(200, json={"ResponseCode": "0", "CheckoutRequestID": CHECKOUT_REQUEST_ID})


def refuse_token() -> httpx.Response:
    error = {"errorCode": "404.001.03", "errorMessage": "Invalid Access Token"}
    return httpx.Response(404, json=error)
