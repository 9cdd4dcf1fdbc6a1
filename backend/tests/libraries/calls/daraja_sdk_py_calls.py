"""daraja-sdk-py: its address is a constant of the module `daraja.environment`."""

from typing import Any

from daraja import Mpesa, environment
from daraja.models import MpesaResult, STKCallbackPayload
from lines import SHOP, serve

environment.SANDBOX_BASE_URL = SHOP.url
CLIENT = Mpesa(
    {
        "consumer_key": SHOP.consumer_key,
        "consumer_secret": SHOP.consumer_secret,
        "passkey": SHOP.passkey,
        "initiator_name": SHOP.initiator,
        "security_credential": SHOP.security_credential,
        "max_retries": 0,
    }
)


def push(phone: str, amount: int, reference: str, url: str) -> Any:
    return CLIENT.stk_push(
        {
            "BusinessShortCode": int(SHOP.shortcode),
            "TransactionType": "CustomerPayBillOnline",
            "Amount": amount,
            "PartyA": int(phone),
            "PartyB": int(SHOP.shortcode),
            "PhoneNumber": int(phone),
            "CallBackURL": url,
            "AccountReference": reference,
            "TransactionDesc": "Deposit",
        }
    ).model_dump()


def query(checkout_request_id: str) -> Any:
    return CLIENT.stk_query(
        {"BusinessShortCode": SHOP.shortcode, "CheckoutRequestID": checkout_request_id}
    ).model_dump()


def callback(body: dict[str, Any]) -> Any:
    read = STKCallbackPayload(**body).Body.stkCallback
    items = {item.Name: item.Value for item in read.CallbackMetadata.Item}
    return {"paid": read.ResultCode == 0, "receipt": items["MpesaReceiptNumber"]}


def register(confirmation_url: str, validation_url: str) -> Any:
    return CLIENT.c2b_register_url(
        {
            "ShortCode": SHOP.shortcode,
            "ResponseType": "Completed",
            "ConfirmationURL": confirmation_url,
            "ValidationURL": validation_url,
        }
    ).model_dump()


def simulate(phone: str, amount: int, reference: str) -> Any:
    return CLIENT.c2b_simulate(
        {
            "ShortCode": int(SHOP.shortcode),
            "CommandID": "CustomerPayBillOnline",
            "Amount": amount,
            "Msisdn": int(phone),
            "BillRefNumber": reference,
        }
    ).model_dump()


def b2c(phone: str, amount: int, number: str, result_url: str, timeout_url: str) -> Any:
    return CLIENT.b2c(
        {
            "OriginatorConversationID": number,
            "CommandID": "BusinessPayment",
            "Amount": amount,
            "PartyA": int(SHOP.shortcode),
            "PartyB": int(phone),
            "Remarks": "Withdrawal",
            "QueueTimeOutURL": timeout_url,
            "ResultURL": result_url,
        }
    ).model_dump()


def result(body: dict[str, Any]) -> Any:
    read = MpesaResult(**body).Result
    return {"done": read.ResultCode == 0, "receipt": read.TransactionID}


def status(receipt: str, result_url: str, timeout_url: str) -> Any:
    return CLIENT.transaction_status(
        {
            "CommandID": "TransactionStatusQuery",
            "TransactionID": receipt,
            "PartyA": int(SHOP.shortcode),
            "ResultURL": result_url,
            "QueueTimeOutURL": timeout_url,
            "Remarks": "Look",
        }
    ).model_dump()


def balance(result_url: str, timeout_url: str) -> Any:
    return CLIENT.account_balance(
        {
            "CommandID": "AccountBalance",
            "PartyA": int(SHOP.shortcode),
            "Remarks": "Look",
            "QueueTimeOutURL": timeout_url,
            "ResultURL": result_url,
        }
    ).model_dump()


def reversal(receipt: str, amount: int, result_url: str, timeout_url: str) -> Any:
    return CLIENT.reversal(
        {
            "CommandID": "TransactionReversal",
            "TransactionID": receipt,
            "Amount": amount,
            "ReceiverParty": int(SHOP.shortcode),
            "QueueTimeOutURL": timeout_url,
            "ResultURL": result_url,
            "Remarks": "Back",
        }
    ).model_dump()


def qr(amount: int, reference: str) -> Any:
    return CLIENT.dynamic_qr(
        {
            "MerchantName": "Shop",
            "RefNo": reference,
            "Amount": amount,
            "TrxCode": "PB",
            "CPI": SHOP.shortcode,
        }
    ).model_dump()


def pull_register(phone: str, url: str) -> Any:
    return CLIENT.pull_transactions_register(
        {"ShortCode": SHOP.shortcode, "NominatedNumber": phone, "CallBackURL": url}
    ).model_dump()


def pull(start: str, end: str) -> Any:
    return CLIENT.pull_transactions_query(
        {"ShortCode": SHOP.shortcode, "StartDate": start, "EndDate": end}
    ).model_dump()


serve(
    {
        "token": CLIENT.get_access_token,
        "push": push,
        "query": query,
        "callback": callback,
        "register": register,
        "simulate": simulate,
        "b2c": b2c,
        "status": status,
        "balance": balance,
        "reversal": reversal,
        "qr": qr,
        "result": result,
        "pull_register": pull_register,
        "pull": pull,
    }
)
