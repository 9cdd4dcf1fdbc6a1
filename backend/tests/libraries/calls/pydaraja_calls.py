"""pydaraja: its address is an argument, `endpoint`."""

from typing import Any

from lines import SHOP, serve
from pydaraja import MpesaPaymentGateway

CLIENT = MpesaPaymentGateway(
    SHOP.consumer_key, SHOP.consumer_secret, SHOP.shortcode, SHOP.passkey, SHOP.url
)


def push(phone: str, amount: int, reference: str, url: str) -> Any:
    return CLIENT.trigger_stk_push(phone, amount, url, reference, "Deposit").json()


def query(checkout_request_id: str) -> Any:
    return CLIENT.query_stk_push(checkout_request_id).json()


serve({"push": push, "query": query})
