"""daraja-v3: its address is an argument, `base_url`."""

from typing import Any

from lines import SHOP, serve
from mpesa import MpesaClient

CLIENT = MpesaClient(
    SHOP.consumer_key,
    SHOP.consumer_secret,
    SHOP.shortcode,
    passkey=SHOP.passkey,
    base_url=SHOP.url,
)
_INITIATOR = {"initiator_name": SHOP.initiator, "security_credential": SHOP.security_credential}


def push(phone: str, amount: int, reference: str, url: str) -> Any:
    return CLIENT.stk_push(phone, amount, reference, "Deposit", url).raw


def query(checkout_request_id: str) -> Any:
    return CLIENT.stk_query(checkout_request_id).raw


def callback(body: dict[str, Any]) -> Any:
    read = CLIENT.parse_stk_callback(body)
    return {"paid": read["paid"], "receipt": read["mpesa_receipt"]}


def register(confirmation_url: str, validation_url: str) -> Any:
    return CLIENT.c2b_register_urls(validation_url, confirmation_url)


def b2c(phone: str, amount: int, number: str, result_url: str, timeout_url: str) -> Any:
    return CLIENT.b2c(
        phone,
        amount,
        remarks="Withdrawal",
        callback_url=result_url,
        queue_timeout_url=timeout_url,
        **_INITIATOR,
    ).raw


def balance(result_url: str, timeout_url: str) -> Any:
    return CLIENT.account_balance(result_url, timeout_url, **_INITIATOR)


serve(
    {
        "push": push,
        "query": query,
        "callback": callback,
        "register": register,
        "b2c": b2c,
        "balance": balance,
    }
)
