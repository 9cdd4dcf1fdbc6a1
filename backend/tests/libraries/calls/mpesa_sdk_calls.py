"""mpesa-sdk: its address is a constant of the module `mpesa_sdk.urls`."""

from typing import Any

from lines import SHOP, serve
from mpesa_sdk import (
    Mpesa,
    generate_mpesa_express_password,
    generate_timestamp,
    oauth_generate_token,
    urls,
)

urls.SANDBOX_BASE_URL = SHOP.url


def token() -> Any:
    answer, _ = oauth_generate_token(SHOP.consumer_key, SHOP.consumer_secret)
    return answer["access_token"]


CLIENT = Mpesa(token())


def _signed(**fields: Any) -> Any:
    timestamp = generate_timestamp()
    return {
        "BusinessShortCode": SHOP.shortcode,
        "Password": generate_mpesa_express_password(SHOP.shortcode, SHOP.passkey, timestamp),
        "Timestamp": timestamp,
        **fields,
    }


def _initiated(**fields: Any) -> Any:
    return {
        "Initiator": SHOP.initiator,
        "SecurityCredential": SHOP.security_credential,
        "Remarks": "Look",
        "Occasion": "none",
        **fields,
    }


def push(phone: str, amount: int, reference: str, url: str) -> Any:
    answer, _ = CLIENT.mpesa_express_payment(
        _signed(
            Amount=amount,
            PartyA=phone,
            PartyB=SHOP.shortcode,
            PhoneNumber=phone,
            CallBackURL=url,
            AccountReference=reference,
            TransactionDesc="Deposit",
        )
    )
    return answer


def query(checkout_request_id: str) -> Any:
    answer, _ = CLIENT.mpesa_express_query(_signed(CheckoutRequestID=checkout_request_id))
    return answer


def register(confirmation_url: str, validation_url: str) -> Any:
    answer, _ = CLIENT.c2b_register_url(
        {
            "ShortCode": SHOP.shortcode,
            "ResponseType": "Completed",
            "ConfirmationURL": confirmation_url,
            "ValidationURL": validation_url,
        }
    )
    return answer


def simulate(phone: str, amount: int, reference: str) -> Any:
    answer, _ = CLIENT.c2b_simulate_transaction(
        {
            "ShortCode": SHOP.shortcode,
            "Amount": amount,
            "Msisdn": phone,
            "BillRefNumber": reference,
        }
    )
    return answer


def b2c(phone: str, amount: int, number: str, result_url: str, timeout_url: str) -> Any:
    answer, _ = CLIENT.b2c_payment_request(
        {
            "OriginatorConversationID": number,
            "InitiatorName": SHOP.initiator,
            "SecurityCredential": SHOP.security_credential,
            "CommandID": "BusinessPayment",
            "Amount": amount,
            "PartyA": SHOP.shortcode,
            "PartyB": phone,
            "Remarks": "Withdrawal",
            "QueueTimeOutURL": timeout_url,
            "ResultURL": result_url,
        }
    )
    return answer


def status(receipt: str, result_url: str, timeout_url: str) -> Any:
    answer, _ = CLIENT.transaction_status_request(
        _initiated(
            TransactionID=receipt,
            PartyA=SHOP.shortcode,
            ResultURL=result_url,
            QueueTimeOutURL=timeout_url,
        )
    )
    return answer


def balance(result_url: str, timeout_url: str) -> Any:
    answer, _ = CLIENT.account_balance_request(
        _initiated(PartyA=SHOP.shortcode, ResultURL=result_url, QueueTimeOutURL=timeout_url)
    )
    return answer


def reversal(receipt: str, amount: int, result_url: str, timeout_url: str) -> Any:
    answer, _ = CLIENT.reversal_request(
        _initiated(
            TransactionID=receipt,
            Amount=amount,
            ReceiverParty=SHOP.shortcode,
            ResultURL=result_url,
            QueueTimeOutURL=timeout_url,
        )
    )
    return answer


serve(
    {
        "token": token,
        "push": push,
        "query": query,
        "register": register,
        "simulate": simulate,
        "b2c": b2c,
        "status": status,
        "balance": balance,
        "reversal": reversal,
    }
)
