"""noriapay: its address is an argument, `base_url`. It sends Daraja's own fields as they are."""

from typing import Any

from lines import SHOP, serve
from noriapay import MpesaClient, build_mpesa_stk_password, build_mpesa_timestamp

CLIENT = MpesaClient(
    consumer_key=SHOP.consumer_key, consumer_secret=SHOP.consumer_secret, base_url=SHOP.url
)


def _signed(**fields: Any) -> Any:
    timestamp = build_mpesa_timestamp()
    return {
        "BusinessShortCode": SHOP.shortcode,
        "Password": build_mpesa_stk_password(
            business_short_code=SHOP.shortcode, passkey=SHOP.passkey, timestamp=timestamp
        ),
        "Timestamp": timestamp,
        **fields,
    }


def _initiated(command: str, **fields: Any) -> Any:
    return {
        "Initiator": SHOP.initiator,
        "SecurityCredential": SHOP.security_credential,
        "CommandID": command,
        "Remarks": "Remarks",
        **fields,
    }


def push(phone: str, amount: int, reference: str, url: str) -> Any:
    return CLIENT.stk_push(
        _signed(
            TransactionType="CustomerPayBillOnline",
            Amount=amount,
            PartyA=phone,
            PartyB=SHOP.shortcode,
            PhoneNumber=phone,
            CallBackURL=url,
            AccountReference=reference,
            TransactionDesc="Deposit",
        )
    )


def query(checkout_request_id: str) -> Any:
    return CLIENT.stk_push_query(_signed(CheckoutRequestID=checkout_request_id))


def register(confirmation_url: str, validation_url: str) -> Any:
    return CLIENT.register_c2b_urls(
        {
            "ShortCode": SHOP.shortcode,
            "ResponseType": "Completed",
            "ConfirmationURL": confirmation_url,
            "ValidationURL": validation_url,
        }
    )


def b2c(phone: str, amount: int, number: str, result_url: str, timeout_url: str) -> Any:
    return CLIENT.b2c_payment(
        {
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


def status(receipt: str, result_url: str, timeout_url: str) -> Any:
    return CLIENT.transaction_status(
        _initiated(
            "TransactionStatusQuery",
            TransactionID=receipt,
            PartyA=SHOP.shortcode,
            IdentifierType="4",
            ResultURL=result_url,
            QueueTimeOutURL=timeout_url,
        )
    )


def balance(result_url: str, timeout_url: str) -> Any:
    return CLIENT.account_balance(
        _initiated(
            "AccountBalance",
            PartyA=SHOP.shortcode,
            IdentifierType="4",
            ResultURL=result_url,
            QueueTimeOutURL=timeout_url,
        )
    )


def reversal(receipt: str, amount: int, result_url: str, timeout_url: str) -> Any:
    return CLIENT.reversal(
        _initiated(
            "TransactionReversal",
            TransactionID=receipt,
            Amount=amount,
            ReceiverParty=SHOP.shortcode,
            RecieverIdentifierType="11",
            ResultURL=result_url,
            QueueTimeOutURL=timeout_url,
        )
    )


def qr(amount: int, reference: str) -> Any:
    # Its own type of the request names fields that Daraja does not have; it sends any.
    return CLIENT.generate_qr_code(
        {
            "MerchantName": "Shop",
            "RefNo": reference,
            "Amount": amount,
            "TrxCode": "PB",
            "CPI": SHOP.shortcode,
            "Size": "300",
        }
    )


serve(
    {
        "token": CLIENT.get_access_token,
        "push": push,
        "query": query,
        "register": register,
        "b2c": b2c,
        "status": status,
        "balance": balance,
        "reversal": reversal,
        "qr": qr,
    }
)
