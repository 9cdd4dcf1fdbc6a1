"""mpesakit: its address is an attribute of its HTTP client."""

from typing import Any

from lines import SHOP, serve
from mpesakit import MpesaClient
from mpesakit.b2c import B2CCommandIDType

CLIENT = MpesaClient(SHOP.consumer_key, SHOP.consumer_secret)
CLIENT.http_client.base_url = SHOP.url
_INITIATOR = {"initiator": SHOP.initiator, "security_credential": SHOP.security_credential}


def push(phone: str, amount: int, reference: str, url: str) -> Any:
    return CLIENT.stk_push(
        business_short_code=int(SHOP.shortcode),
        transaction_type="CustomerPayBillOnline",
        amount=amount,
        party_a=phone,
        party_b=SHOP.shortcode,
        phone_number=phone,
        callback_url=url,
        account_reference=reference,
        transaction_desc="Deposit",
        passkey=SHOP.passkey,
    ).model_dump()


def query(checkout_request_id: str) -> Any:
    return CLIENT.stk_query(
        business_short_code=int(SHOP.shortcode),
        checkout_request_id=checkout_request_id,
        passkey=SHOP.passkey,
    ).model_dump()


def callback(body: dict[str, Any]) -> Any:
    read = CLIENT.process_stk_callback(body).Body.stkCallback
    items = {item.Name: item.Value for item in read.CallbackMetadata.Item}
    return {"paid": read.ResultCode == 0, "receipt": items["MpesaReceiptNumber"]}


def register(confirmation_url: str, validation_url: str) -> Any:
    return CLIENT.c2b.register_url(
        short_code=int(SHOP.shortcode),
        response_type="Completed",
        confirmation_url=confirmation_url,
        validation_url=validation_url,
    ).model_dump()


def b2c(phone: str, amount: int, number: str, result_url: str, timeout_url: str) -> Any:
    return CLIENT.b2c.send_payment(
        originator_conversation_id=number,
        initiator_name=SHOP.initiator,
        security_credential=SHOP.security_credential,
        command_id=B2CCommandIDType.BusinessPayment,
        amount=amount,
        party_a=SHOP.shortcode,
        party_b=phone,
        remarks="Withdrawal",
        queue_timeout_url=timeout_url,
        result_url=result_url,
        occasion="none",
    ).model_dump()


def result(body: dict[str, Any]) -> Any:
    read = CLIENT.process_b2c_callback(body)
    return {"done": read.is_successful(), "receipt": read.Result.transaction_receipt}


def status(receipt: str, result_url: str, timeout_url: str) -> Any:
    return CLIENT.transactions.query_status(
        **_INITIATOR,
        transaction_id=receipt,
        party_a=int(SHOP.shortcode),
        identifier_type=4,
        result_url=result_url,
        queue_timeout_url=timeout_url,
        remarks="Look",
    ).model_dump()


def balance(result_url: str, timeout_url: str) -> Any:
    return CLIENT.balance.query(
        **_INITIATOR,
        command_id="AccountBalance",
        party_a=int(SHOP.shortcode),
        identifier_type=4,
        remarks="Look",
        result_url=result_url,
        queue_timeout_url=timeout_url,
    ).model_dump()


def reversal(receipt: str, amount: int, result_url: str, timeout_url: str) -> Any:
    return CLIENT.reversal.reverse(
        **_INITIATOR,
        transaction_id=receipt,
        amount=amount,
        receiver_party=int(SHOP.shortcode),
        result_url=result_url,
        queue_timeout_url=timeout_url,
        remarks="Back",
    ).model_dump()


def qr(amount: int, reference: str) -> Any:
    return CLIENT.dynamic_qr.generate(
        merchant_name="Shop",
        ref_no=reference,
        amount=amount,
        trx_code="PB",
        cpi=SHOP.shortcode,
        size="300",
    ).model_dump()


serve(
    {
        "token": CLIENT.token_manager.get_token,
        "push": push,
        "query": query,
        "callback": callback,
        "register": register,
        "b2c": b2c,
        "status": status,
        "balance": balance,
        "reversal": reversal,
        "qr": qr,
        "result": result,
    }
)
