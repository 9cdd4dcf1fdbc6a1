"""mpesa-connect: its address is a property of the application, which may be another class."""

from typing import Any

from lines import SHOP, serve
from mpesa_connect import (
    B2C,
    C2B,
    AccountBalance,
    App,
    Authorization,
    STKPush,
    TransactionStatus,
)


class LocalApp(App):  # type: ignore[misc]  # the library has no types here
    @property
    def base_url(self) -> str:
        return str(SHOP.url)


APP = LocalApp(
    domain="sandbox", consumer_key=SHOP.consumer_key, consumer_secret=SHOP.consumer_secret
)
TOKEN = {"access_token": Authorization(APP).generate_token().access_token}
_INITIATED = {
    "initiator": SHOP.initiator,
    "security_credential": SHOP.security_credential,
    "identifier_type": 4,
    "party_a": int(SHOP.shortcode),
    "remarks": "Look",
}


def push(phone: str, amount: int, reference: str, url: str) -> Any:
    return (
        STKPush(APP, **TOKEN)
        .process_request(
            business_short_code=int(SHOP.shortcode),
            phone_number=int(phone),
            amount=amount,
            call_back_url=url,
            account_reference=reference,
            transaction_desc="Deposit",
            pass_key=SHOP.passkey,
        )
        .response.json()
    )


def query(checkout_request_id: str) -> Any:
    return (
        STKPush(APP, **TOKEN)
        .query(
            business_short_code=int(SHOP.shortcode),
            checkout_request_id=checkout_request_id,
            pass_key=SHOP.passkey,
        )
        .response.json()
    )


def register(confirmation_url: str, validation_url: str) -> Any:
    return (
        C2B(APP, **TOKEN)
        .register_url(
            short_code=int(SHOP.shortcode),
            validation_url=validation_url,
            confirmation_url=confirmation_url,
            response_type="Completed",
        )
        .response.json()
    )


def simulate(phone: str, amount: int, reference: str) -> Any:
    return (
        C2B(APP, **TOKEN)
        .simulate(
            short_code=int(SHOP.shortcode),
            command_id="CustomerPayBillOnline",
            amount=amount,
            msisdn=int(phone),
            bill_ref_number=reference,
        )
        .response.json()
    )


def b2c(phone: str, amount: int, number: str, result_url: str, timeout_url: str) -> Any:
    return (
        B2C(APP, **TOKEN)
        .payment_request(
            initiator_name=SHOP.initiator,
            security_credential=SHOP.security_credential,
            command_id="BusinessPayment",
            amount=amount,
            party_a=int(SHOP.shortcode),
            party_b=int(phone),
            remarks="Withdrawal",
            queue_time_out_url=timeout_url,
            result_url=result_url,
        )
        .response.json()
    )


def status(receipt: str, result_url: str, timeout_url: str) -> Any:
    return (
        TransactionStatus(APP, **TOKEN)
        .query(
            **_INITIATED,
            transaction_id=receipt,
            queue_time_out_url=timeout_url,
            result_url=result_url,
        )
        .response.json()
    )


def balance(result_url: str, timeout_url: str) -> Any:
    return (
        AccountBalance(APP, **TOKEN)
        .query(**_INITIATED, queue_time_out_url=timeout_url, result_url=result_url)
        .response.json()
    )


serve(
    {
        "token": lambda: Authorization(APP).generate_token().access_token,
        "push": push,
        "query": query,
        "register": register,
        "simulate": simulate,
        "b2c": b2c,
        "status": status,
        "balance": balance,
    }
)
